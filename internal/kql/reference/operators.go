package reference

import "nephoscope/internal/kql/fn"

// An Entry is an operator or a statement.
type Entry struct {
	Name string
	// Usage shows the syntax.
	Usage string
	// Doc says in one sentence what it does.
	Doc      string
	Examples []fn.Example
}

func entry(name, usage, doc, query string, want ...string) Entry {
	return Entry{name, usage, doc, []fn.Example{{Query: query, Want: want}}}
}

// rows is the table of the examples.
const rows = `datatable(who:string, what:string, n:long)["ann", "read", 3, "bob", "write", 1, "ann", "write", 2] `

// calls is the graph of the examples.
const calls = `datatable(a:string, b:string, n:long)["ann", "bob", 1, "bob", "cid", 2] | make-graph a --> b with_node_id=id `

// Operators returns the tabular operators, in order of name.
func Operators() []Entry {
	return []Entry{
		entry("as", "T | as Name", "Gives the rows a name by which later parts of the query can read them.",
			rows+"| as R | where n == toscalar(R | summarize max(n)) | project who", "ann"),
		entry("consume", "T | consume", "Reads all rows and returns none.",
			"union (range x from 1 to 3 step 1 | consume), (print x = 9)", "9"),
		entry("count", "T | count [as Name]", "Returns the number of rows.",
			rows+"| count", "3"),
		entry("datatable", "datatable(Column:type, ...)[value, ...]", "Makes a table of values that stand in the query.",
			`datatable(a:long, b:string)[1, "x"]`, "1", "x"),
		entry("distinct", "T | distinct Column, ... or *", "Returns the different combinations of the columns' values.",
			rows+"| distinct who | count", "2"),
		entry("evaluate", "T | evaluate [hint.x=y] plugin(argument, ...) [: (Column:type, ...)]", "Calls a plugin; the plugins are listed below.",
			`print d = dynamic({"user": "ann"}) | evaluate bag_unpack(d)`, "ann"),
		entry("extend", "T | extend Column = expression, ...", "Adds columns, or replaces those that have the name.",
			"print a = 2 | extend b = a * a", "2", "4"),
		{
			Name: "externaldata", Usage: `externaldata(Column:type, ...)["address", ...] [with (format="csv")]`,
			Doc: "Reads a table from https or file addresses that the configuration allows.",
		},
		entry("facet", "T | facet by Column, ... [with (operators)]", "Returns, for each column, a table of its values with their number.",
			rows+"| where who == 'ann' | facet by who", "ann", "2"),
		entry("find", "find [in (tables)] where condition [project Column, ...]", "Returns the rows of several tables for which a condition holds.",
			"let A = datatable(x:long)[1, 2]; let B = datatable(x:long)[2, 3]; find in (A, B) where x == 3 project x", "B", "3"),
		entry("fork", "T | fork [Name =] (operators) ...", "Gives the rows to several pipes, each of which returns a table.",
			rows+"| fork (count) (take 1)", "3"),
		entry("getschema", "T | getschema", "Returns the columns with their types.",
			"print a = 1 | getschema", "a", "0", "System.Int64", "long"),
		entry("graph-mark-components", "G | graph-mark-components [kind=weak or strong] [with_component_id=Column]",
			"Numbers the parts of a graph that hang together, in a column of its nodes; kind=strong asks for parts in which every node reaches every other.",
			calls+"| graph-mark-components | graph-to-table nodes | summarize dcount(ComponentId)", "1"),
		entry("graph-match", "G | graph-match [cycles=all, none or unique_edges] (a)-[e]->(b)<-[f*1..3]-(c), ... [where condition] project column, ...",
			"Returns a row for every place of the graph that a pattern fits: nodes in round brackets, edges between them, with * for paths of several edges. all(e, x), any(e, x) and map(e, x) look at the edges of a path, or with inner_nodes(e) at its nodes; node_degree_in(a) and node_degree_out(a) count edges.",
			calls+"| graph-match (s)-[e*2..2]->(t) project s.id, t.id, map(e, n)", "ann", "cid", "[1,2]"),
		entry("graph-shortest-paths", "G | graph-shortest-paths [output=any or all] (a)-[e*1..5]->(b) [where condition] project column, ...",
			"Returns the shortest path between each two nodes that the pattern and the condition allow, or all of them.",
			calls+`| graph-shortest-paths (s)-[e*1..5]->(t) where s.id == "ann" and t.id == "cid" project inner = map(inner_nodes(e), id)`, `["bob"]`),
		entry("graph-to-table", "G | graph-to-table nodes [with_node_id=Column] or edges [with_source_id=Column] [with_target_id=Column]",
			"Returns the nodes or the edges of a graph as a table, or both as two if they have names.",
			calls+"| graph-to-table nodes | count", "3"),
		entry("graph-where-edges", "G | graph-where-edges condition", "Keeps the edges for which the condition is true.",
			calls+"| graph-where-edges n > 1 | graph-to-table edges | project a", "bob"),
		entry("graph-where-nodes", "G | graph-where-nodes condition", "Keeps the nodes for which the condition is true, and the edges between them.",
			calls+`| graph-where-nodes id != "ann" | graph-to-table edges | project a`, "bob"),
		entry("invoke", "T | invoke function(argument, ...)", "Calls a function of the query with the rows as its first argument.",
			"let twice = (T:(n:long)) { T | extend m = n * 2 }; print n = 2 | invoke twice()", "2", "4"),
		entry("join", "T | join [kind=k] (U) on Column, $left.A == $right.B", "Combines rows of two tables that have equal values; kinds are innerunique, inner, leftouter, rightouter, fullouter, leftanti, rightanti, leftsemi and rightsemi.",
			rows+`| join kind=inner (datatable(who:string, team:string)["bob", "ops"]) on who | project who, team`, "bob", "ops"),
		entry("lookup", "T | lookup [kind=leftouter|inner] (U) on Column, ...", "Adds the columns of a table of facts; rows without one stay unless kind is inner.",
			rows+`| lookup kind=inner (datatable(who:string, team:string)["bob", "ops"]) on who`, "bob", "write", "1", "ops"),
		entry("make-graph", "T | make-graph Source --> Target [with Nodes on Key, ...] or [with_node_id=Column]",
			"Makes a graph of a table of edges and of tables of nodes; what only edges name is a node, too. Only the operators on graphs can follow.",
			calls+"| graph-to-table edges | count", "2"),
		entry("make-series", "T | make-series aggregate [default=value] on Column [from a to b] step s [by Column, ...]", "Makes arrays of an aggregate over equal steps of a number or time.",
			"range t from 1 to 4 step 1 | make-series c = count() default=0 on t from 1 to 7 step 2", "[2,2,0]", "[1,3,5]"),
		entry("mv-apply", "T | mv-apply Element = array [to typeof(type)] on (operators)", "Runs operators over the elements of each row's array.",
			"print xs = dynamic([3, 1, 2]) | mv-apply x = xs to typeof(long) on (top 1 by x) | project x", "3"),
		entry("mv-expand", "T | mv-expand [kind=bag|array] [with_itemindex=I] Column [to typeof(type)] [limit n]", "Makes a row for each element of an array or property of a bag.",
			"print xs = dynamic([7, 8]) | mv-expand with_itemindex=i xs | where i == 1", "8", "1"),
		entry("parse", "T | parse [kind=simple|regex|relaxed] text with * 'constant' Column:type ...", "Takes texts apart by a pattern; columns are empty or null where it does not fit.",
			`print s = "user=ann id=7" | parse s with "user=" user " id=" id:long | project user, id`, "ann", "7"),
		entry("parse-kv", "T | parse-kv text as (Key:type, ...) with (pair_delimiter=p, kv_delimiter=k)", "Reads keys and values of a text into columns.",
			`print s = "user=ann,id=7" | parse-kv s as (user:string, id:long) with (pair_delimiter=",", kv_delimiter="=") | project user, id`, "ann", "7"),
		entry("parse-where", "T | parse-where text with ...", "Does what parse does and leaves out rows that do not fit.",
			`datatable(s:string)["a=1", "b"] | parse-where s with * "=" v:long | project v`, "1"),
		entry("partition", "T | partition [hint.strategy=s] by Column (operators)", "Runs operators over the rows of each value by themselves.",
			rows+"| partition by who (top 1 by n) | summarize sum(n)", "4"),
		entry("print", "print [Name =] expression, ...", "Returns one row of values.",
			"print 1 + 1", "2"),
		entry("project", "T | project [Column =] expression, ...", "Returns these columns only.",
			rows+"| project m = n + 1 | summarize sum(m)", "9"),
		entry("project-away", "T | project-away Column, pattern*, ...", "Returns all columns but these.",
			"print a1 = 1, a2 = 2, b = 3 | project-away a*", "3"),
		entry("project-by-names", "T | project-by-names 'name', dynamic(['name']), ...", "Returns the columns whose names are given as values.",
			"print a = 1, b = 2 | project-by-names 'b'", "2"),
		entry("project-keep", "T | project-keep Column, pattern*, ...", "Returns these columns in their order in the table.",
			"print a1 = 1, a2 = 2, b = 3 | project-keep b, a1", "1", "3"),
		entry("project-rename", "T | project-rename New = Old, ...", "Gives columns other names.",
			"print a = 1 | project-rename b = a | getschema | project ColumnName", "b"),
		entry("project-reorder", "T | project-reorder Column [asc|desc], ...", "Puts these columns first.",
			"print a = 1, b = 2 | project-reorder b", "2", "1"),
		entry("range", "range Column from start to stop step s", "Returns numbers or times at equal steps.",
			"range x from 1 to 9 step 4 | summarize make_list(x)", "[1,5,9]"),
		entry("reduce", "T | reduce by text [with threshold=t, characters=c]", "Groups texts by what they have in common.",
			`datatable(s:string)["disk full", "disk full"] | reduce by s | project Count`, "2"),
		entry("render", "T | render chart [with (property=value, ...)]", "Says how the result is to be drawn.",
			"print 1 | render table", "1"),
		entry("sample", "T | sample n", "Returns any n rows.",
			rows+"| sample 2 | count", "2"),
		entry("sample-distinct", "T | sample-distinct n of Column", "Returns any n of a column's values.",
			rows+"| sample-distinct 5 of who | count", "2"),
		entry("scan", "T | scan [with_match_id=M] [declare (Column:type=value, ...)] with (step name [output=o]: condition => Column = expression; ...)",
			"Finds sequences among rows in order, carrying values from step to step.",
			"range x from 1 to 3 step 1 | scan declare (total:long=0) with (step s: true => total = x + s.total;) | summarize make_list(total)", "[1,3,6]"),
		entry("search", "[T |] search [kind=case_sensitive] [in (tables)] predicate", "Returns rows in which any column has a term.",
			rows+`| search "writ*" | count`, "2"),
		entry("serialize", "T | serialize [Column = expression, ...]", "Keeps rows in their order, so that window functions can be used.",
			"range x from 5 to 6 step 1 | serialize n = row_number() | summarize make_list(n)", "[1,2]"),
		entry("sort", "T | sort by expression [asc|desc] [nulls first|last], ...", "Orders rows, descending unless told otherwise.",
			rows+"| sort by n | summarize make_list(n)", "[3,2,1]"),
		entry("summarize", "T | summarize [Column =] aggregate, ... [by [Column =] expression, ...]", "Returns a row of aggregates for each group.",
			rows+"| summarize sum(n) by who | where who == 'ann'", "ann", "5"),
		entry("take", "T | take n", "Returns any n rows, the first n of ordered ones.",
			rows+"| take 2 | count", "2"),
		entry("top", "T | top n by expression [asc|desc]", "Returns the first n rows in an order.",
			rows+"| top 1 by n | project n", "3"),
		entry("top-hitters", "T | top-hitters n of Column [by expression]", "Returns the values that occur most.",
			rows+"| top-hitters 1 of who", "ann", "2"),
		entry("top-nested", "T | top-nested n of Column [with others = name] by aggregate, ...", "Returns the best values on several levels.",
			rows+"| top-nested 1 of who by sum(n)", "ann", "5"),
		entry("union", "[T |] union [kind=inner|outer] [withsource=Name] [isfuzzy=true] U, ...", "Returns the rows of several tables.",
			"union (print a = 1), (print b = 2) | summarize count()", "2"),
		entry("where", "T | where condition", "Returns the rows for which a condition holds.",
			rows+`| where what has "read" | project who`, "ann"),
	}
}

// Statements returns what can stand before a query.
func Statements() []Entry {
	return []Entry{
		entry("let", "let Name = value or table or (parameters) { body };", "Gives a name to a value, a table or a function.",
			"let twice = (x:long) { x * 2 }; print twice(4)", "8"),
		entry("declare query_parameters", "declare query_parameters(Name:type = value, ...);", "Names values that are given from outside; each needs a default.",
			"declare query_parameters(n:long = 3); print n", "3"),
		entry("set", "set option = value;", "Sets an option of the request; those that have no meaning here are accepted.",
			"set notruncation; print 1", "1"),
		entry("materialize", "let Name = materialize(T);", "Computes a table once, however often it is read.",
			"let M = materialize(range x from 1 to 2 step 1); union M, M | count", "4"),
		entry("toscalar", "toscalar(T)", "Returns the first value of a table.",
			"print toscalar(range x from 5 to 9 step 1 | summarize max(x))", "9"),
		entry("view", "let Name = view () { T };", "Makes a function that union and search find by its name.",
			"let V_1 = view () { print x = 1 }; union V_*", "1"),
	}
}
