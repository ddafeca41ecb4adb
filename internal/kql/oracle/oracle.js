// Answers, for each line {id, query} of standard input, what Microsoft's own
// Kusto parser and binder say of the query: {id, errors, columns}. The first
// argument is the folder that npm installed @kusto/language-service-next into,
// the second a JSON file with the tables: {tables: [{name, open, columns:
// [{name, type}]}], functions: [{name, open, columns}]}.
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');
const readline = require('readline');

const [modules, schemaFile] = process.argv.slice(2);
const folder = path.join(modules, 'node_modules', '@kusto', 'language-service-next');
for (const file of ['bridge.min.js', 'Kusto.Language.Bridge.min.js']) {
  vm.runInThisContext(fs.readFileSync(path.join(folder, file), 'utf8'), { filename: file });
}
const { Bridge, Kusto } = globalThis;
const { KustoCode, GlobalState, Symbols } = Kusto.Language;

const quoted = (name) => "['" + name.replace(/[\\']/g, '\\$&') + "']";
const schemaOf = (columns) => columns.map((c) => `${quoted(c.name)}:${c.type}`).join(', ');

function tableOf(t) {
  const table = new Symbols.TableSymbol.$ctor7(t.name, '(' + schemaOf(t.columns) + ')', null);
  return t.open ? table.WithIsOpen(true) : table;
}

// A function returns the rows of a table that only it names, so that its
// columns can be as open as those of any table.
const rowsOf = (f) => ({ name: 'rows of ' + f.name, open: f.open, columns: f.columns });

function functionOf(f) {
  return new Symbols.FunctionSymbol.$ctor16(f.name, '(alias:string, keys:dynamic=dynamic(null))', `{ ${quoted(rowsOf(f).name)} }`, null);
}

function* each(list) {
  const it = Bridge.getEnumerator(list);
  while (it.moveNext()) yield it.Current;
}

const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
const functions = schema.functions || [];
const members = schema.tables.concat(functions.map(rowsOf)).map(tableOf).concat(functions.map(functionOf));
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1("db", members, false));

function answer(query) {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const errors = [];
  for (const d of each(code.GetDiagnostics())) {
    if (d.Severity === 'Error') errors.push({ code: d.Code, start: d.Start, message: d.Message });
  }
  const columns = [];
  const type = code.ResultType;
  if (type && type.Columns) {
    for (const c of each(type.Columns)) columns.push({ name: c.Name, type: c.Type.Name });
  }
  return { errors, columns };
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, query } = JSON.parse(line);
  let result;
  try {
    result = answer(query);
  } catch (e) {
    result = { failed: String(e) };
  }
  process.stdout.write(JSON.stringify({ id, ...result }) + '\n');
});
