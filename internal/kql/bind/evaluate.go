package bind

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// Plugins are what evaluate calls: functions from a table to a table. Most say
// what they mean in KQL itself, see (*pluginCall).run.

// A Plugin is one of them.
type Plugin struct {
	Name string
	// Usage shows the call: bag_unpack(column, prefix?, columnsConflict=?).
	Usage string
	// Doc says in one sentence what it returns.
	Doc      string
	Examples []fn.Example

	needs int // how many arguments it must have at least
	bind  func(c *pluginCall)
}

// Plugins returns all plugins in the order of their chapters.
func Plugins() []*Plugin {
	return slices.Concat(bagPlugins(), rowPlugins(), addressPlugins(), activityPlugins(), sequencePlugins(), miningPlugins())
}

func findPlugin(name string) *Plugin {
	for _, p := range Plugins() {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// A pluginCall is a call under way. Its pipeline holds the rows that the plugin
// works on and takes those that it returns.
type pluginCall struct {
	*pipeline
	make   composer
	op     *syntax.Evaluate
	args   []syntax.Expr // by position
	named  map[string]syntax.Expr
	called map[string]string // what internal columns are called outside
}

func (p *pipeline) evaluate(op *syntax.Evaluate) {
	name := op.Call.Name.Name
	plugin := findPlugin(name)
	switch {
	case plugin == nil && foreignPlugins[name]:
		p.unsupported(op.Call.Name, "the plugin "+name)
	case plugin == nil:
		p.fail(op.Call.Name, "there is no plugin %q%s", name, p.suggestPlugin(name))
	case p.node == nil:
		p.fail(op, "the plugin %s needs rows to work on: T | evaluate %[1]s(...)", name)
	default:
		p.runPlugin(plugin, op)
		return
	}
	if p.node != nil {
		p.node = nothing()
	}
}

func (p *pipeline) runPlugin(plugin *Plugin, op *syntax.Evaluate) {
	c := &pluginCall{pipeline: p, make: composer{op.Call.Span}, op: op, named: map[string]syntax.Expr{}, called: map[string]string{}}
	for _, a := range op.Call.Args {
		if n, ok := a.(*syntax.Named); ok && !n.List && plugin.Name != "sequence_detect" {
			c.named[n.Names[0].Name] = n.X
			continue
		}
		c.args = append(c.args, a)
	}
	if len(c.args) < plugin.needs {
		p.fail(op.Call, "%s needs at least %d arguments: %s", plugin.Name, plugin.needs, plugin.Usage)
		return
	}
	plugin.bind(c)
}

func (b *binder) suggestPlugin(name string) string {
	var among []string
	for _, p := range Plugins() {
		among = append(among, p.Name)
	}
	return suggest(name, among)
}

// foreignPlugins call what is not here: other languages, databases, services.
var foreignPlugins = map[string]bool{
	"python": true, "r": true, "sql_request": true, "mysql_request": true, "postgresql_request": true,
	"cosmosdb_sql_request": true, "http_request": true, "http_request_post": true, "azure_digital_twins_query_request": true,
	"ai_chat_completion": true, "ai_chat_completion_prompt": true, "ai_embeddings": true, "ai_embed_text": true,
	"infer_storage_schema": true, "infer_storage_schema_with_suggestions": true, "series_decompose_anomalies": true,
	"activity_metrics": true, "new_activity_metrics": true,
	"funnel_sequence_completion": true, "diffpatterns": true, "diffpatterns_text": true, "identity_v3": true,
}

// internal stands before the names that a plugin gives to columns and values
// of its own.
var internal = regexp.MustCompile(`\$(\w+)`)

// quoted writes a name so that any can stand in KQL.
func quoted(name string) string {
	return "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "']"
}

// run replaces the rows by what a text in KQL makes of them. In the text $T are
// the rows, and $name is a column of extend or a value of constant. Whatever is
// wrong with it is reported at the call.
func (c *pluginCall) run(format string, args ...any) {
	text := internal.ReplaceAllStringFunc(fmt.Sprintf(format, args...), quoted)
	tree, wrong := syntax.Parse(text)
	if len(wrong) > 0 {
		panic(fmt.Sprintf("the plugin %s is said in KQL that is none: %v\n%s", c.op.Call.Name.Name, wrong[0].Message, text))
	}
	before := len(c.errors)
	sc := c.scope.with("$T", &symbol{table: c.share("rows", c.node)})
	for _, s := range tree.Statements {
		switch s := s.(type) {
		case *syntax.Let:
			sc = c.let(s, sc)
		case *syntax.ExprStatement:
			c.unordered(c.table(s.X, sc))
		}
	}
	for _, e := range c.errors[before:] {
		e.Span = c.op.Call.Span
	}
	c.errors = c.errors[:min(len(c.errors), before+1)]
}

// extend makes an argument a column called $name.
func (c *pluginCall) extend(name string, x syntax.Expr) {
	c.called[name] = c.nameOf(x)
	c.pipeline.extend([]syntax.Expr{c.make.named("$"+name, x)})
}

func (c *pluginCall) nameOf(x syntax.Expr) string {
	name, _ := c.resultName(x, c.env())
	if given := givenName(x); given != "" {
		name = given
	}
	return name
}

// constant makes an argument a value called $name. It returns nil if it is
// none.
func (c *pluginCall) constant(name string, x syntax.Expr) *plan.Const {
	v := c.scalar(x, &env{scope: c.scope})
	c.scope = c.scope.with("$"+name, &symbol{value: v})
	k, ok := v.(*plan.Const)
	if !ok && v.Type() != schema.Unknown {
		c.fail(x, "a constant is expected here")
	}
	return k
}

// number is a constant that is a whole number; without an argument at the place
// it is the value given.
func (c *pluginCall) number(place int, otherwise int64) int64 {
	if place >= len(c.args) {
		return otherwise
	}
	k := c.constant("number", c.args[place])
	if k == nil {
		return otherwise
	}
	switch v := k.Value.(type) {
	case int64:
		return v
	case int32:
		return int64(v)
	}
	c.fail(c.args[place], "a whole number is expected here")
	return otherwise
}

// dimensions makes columns $dim0, $dim1 and so on of the arguments from a place
// on and returns them as a list in KQL that goes on with a comma.
func (c *pluginCall) dimensions(from int) (list string) {
	for i := from; i < len(c.args); i++ {
		name := fmt.Sprintf("dim%d", i-from)
		c.extend(name, c.args[i])
		list += ", $" + name
	}
	return list
}

// changed tells in KQL where a row's dimensions differ from those before it.
func changed(dims string) string {
	text := "false"
	for _, d := range strings.Split(dims, ", ")[1:] {
		text += fmt.Sprintf(" or %s != prev(%[1]s)", d)
	}
	return text
}

// returns projects internal columns, by their names, to what they are called
// outside.
func (c *pluginCall) returns(names ...string) {
	var list []syntax.Expr
	taken := uniqueNames{}
	for _, name := range names {
		outside, ok := c.called[name]
		if !ok || outside == "" {
			outside = name
		}
		list = append(list, c.make.named(taken.add(outside, ""), c.make.ident("$"+name)))
	}
	c.project(list)
}

// all are the internal names of the dimensions in a list.
func dimensionNames(dims string) []string {
	var names []string
	for _, d := range strings.Split(dims, ", ")[1:] {
		names = append(names, strings.TrimPrefix(d, "$"))
	}
	return names
}

// ask runs a text in KQL over the rows, as run would, and returns what it
// gives. It returns false where values cannot be had: then the rows have
// columns that are not known yet.
func (c *pluginCall) ask(text string) ([][]any, bool) {
	if c.opt.Ask == nil {
		c.late = true
		return nil, false
	}
	inner := *c.pipeline
	asked := *c
	asked.pipeline = &inner
	before := len(c.errors)
	asked.run("%s", text)
	if len(c.errors) > before {
		return nil, false
	}
	rows, err := c.opt.Ask(asked.node)
	if err != nil {
		c.fail(c.op.Call, "%v", err)
		return nil, false
	}
	return rows, true
}

// unknownColumns makes the rows those of columns that are known and of any
// others that the query names.
func (c *pluginCall) unknownColumns(known []*plan.Column) {
	c.unordered(&plan.Scan{Table: &schema.Table{Name: c.op.Call.Name.Name}, Open: true, Cols: copyColumns(known)})
}
