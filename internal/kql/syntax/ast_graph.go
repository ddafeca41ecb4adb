package syntax

type (
	// MakeGraph is | make-graph Source --> Target with nodes on id.
	MakeGraph struct {
		Span
		Params         []*Param
		Source, Target *Ident
		Undirected     bool // -- instead of -->
		Nodes          []*GraphNodes
		// ID is the name of with_node_id=Name, nil if there is none.
		ID *Ident
		// PartitionedBy and Sub are partitioned-by X (operators).
		PartitionedBy *Ident
		Sub           []Operator
	}

	// GraphMatch is | graph-match patterns where condition project columns,
	// and graph-shortest-paths.
	GraphMatch struct {
		Span
		Params   []*Param
		Shortest bool // graph-shortest-paths
		Patterns []*GraphPattern
		Where    Expr   // nil if there is none
		Project  []Expr // nil if there is none
	}

	// GraphToTable is | graph-to-table nodes as N, edges as E.
	GraphToTable struct {
		Span
		Outputs []*GraphOutput
	}

	// GraphMarkComponents is | graph-mark-components kind=weak.
	GraphMarkComponents struct {
		Span
		Params []*Param
	}

	// GraphWhere is | graph-where-nodes condition, or graph-where-edges.
	GraphWhere struct {
		Span
		Edges bool
		Cond  Expr
	}
)

func (*MakeGraph) operator()           {}
func (*GraphMatch) operator()          {}
func (*GraphToTable) operator()        {}
func (*GraphMarkComponents) operator() {}
func (*GraphWhere) operator()          {}

// A GraphNodes is a table of nodes and its key: Table on Key.
type GraphNodes struct {
	Span
	Table Expr
	Key   *Ident
}

// A GraphPattern is (a)-[e]->(b)<-[f]-(c): nodes and edges in turn.
type GraphPattern struct {
	Span
	Steps []*GraphStep
}

// An EdgeKind tells what a step of a graph pattern is.
type EdgeKind uint8

// The kinds of steps.
const (
	GraphNode    EdgeKind = iota // (n)
	EdgeForward                  // -[e]->
	EdgeBackward                 // <-[e]-
	EdgeAny                      // -[e]-
)

// A GraphStep is a node or an edge of a pattern. From and To bound the
// length of a variable edge, -[e*1..3]->; nil otherwise.
type GraphStep struct {
	Span
	Kind     EdgeKind
	Name     *Ident // nil for () and -->
	From, To Expr
}

// A GraphOutput is nodes as Name or edges as Name.
type GraphOutput struct {
	Span
	Edges  bool
	As     *Ident // nil if there is none
	Params []*Param
}
