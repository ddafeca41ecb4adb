package syntax

// An Operator is one step of a pipe: | where ... . Every operator has a
// keyword and, between it and the operands, optional Params.
type Operator interface {
	Node
	operator()
}

type (
	// As is | as Name.
	As struct {
		Span
		Params []*Param
		Name   *Ident
	}

	// AssertSchema is | assert-schema (a:string, ...).
	AssertSchema struct {
		Span
		Schema *RowSchema
	}

	// Consume is | consume decodeblocks=true.
	Consume struct {
		Span
		Params []*Param
	}

	// Count is | count. As is nil unless written count as Name.
	Count struct {
		Span
		As *Ident
	}

	// Distinct is | distinct a, b.
	Distinct struct {
		Span
		Params  []*Param
		Columns []Expr
	}

	// Evaluate is | evaluate plugin(...) : (schema).
	Evaluate struct {
		Span
		Params []*Param
		Call   *Call
		// Schema is nil if it is not declared. SchemaStar stands for a * at
		// its head: (*, a:long).
		Schema     *RowSchema
		SchemaStar bool
	}

	// Extend is | extend a = x, ....
	Extend struct {
		Span
		Columns []Expr
	}

	// Facet is | facet by a, b with (operators).
	Facet struct {
		Span
		By   []Expr
		With []Operator // nil if there is none
	}

	// Find is find in (tables) where condition project columns.
	Find struct {
		Span
		Params []*Param
		In     []Expr // nil for all tables
		Where  Expr
		// Project is nil if there is none. An element is an *Ident, *Typed or
		// a pack(*) *Call.
		Project      []Expr
		ProjectSmart bool
		Away         []Expr // nil without project-away
	}

	// Fork is | fork name=(operators) (operators).
	Fork struct {
		Span
		Branches []*Branch
	}

	// GetSchema is | getschema.
	GetSchema struct {
		Span
		Params []*Param
	}

	// Invoke is | invoke f(...). Call is a *Call or a path that ends in one.
	Invoke struct {
		Span
		Call Expr
	}

	// Join is | join kind=inner (Right) on conditions.
	Join struct {
		Span
		Params []*Param
		Right  Expr
		// On holds column names, $left.a == $right.b and other conditions.
		On    []Expr
		Where Expr // the rare join (T) where condition; otherwise nil
	}

	// Lookup is | lookup kind=leftouter (Right) on conditions.
	Lookup struct {
		Span
		Params []*Param
		Right  Expr
		On     []Expr
		Where  Expr
	}

	// MakeSeries is | make-series aggregates on X from .. to .. step .. by ....
	MakeSeries struct {
		Span
		Params []*Param
		Series []*Series
		On     Expr
		// From and To are nil if left out.
		From, To, Step Expr
		// InRange tells the older form: in range(From, To, Step).
		InRange bool
		By      []Expr
	}

	// MvApply is | mv-apply items on (operators).
	MvApply struct {
		Span
		Params []*Param
		Items  []*MvItem
		Limit  Expr // nil if there is none
		ID     Expr // nil if there is none
		Sub    []Operator
	}

	// MvExpand is | mv-expand items limit n.
	MvExpand struct {
		Span
		Params []*Param
		Items  []*MvItem
		Limit  Expr // nil if there is none
		// Old tells that it is written mvexpand, which takes 128 elements
		// of a row unless it has a limit.
		Old bool
	}

	// ParseWith is | parse X with pattern, and parse-where.
	ParseWith struct {
		Span
		Params  []*Param
		Where   bool // parse-where
		X       Expr
		Pattern []ParsePart
	}

	// ParseKV is | parse-kv X as (keys) with (properties).
	ParseKV struct {
		Span
		X    Expr
		Keys *RowSchema
		With []*Param
	}

	// Partition is | partition by X (operators), and the older form in braces.
	Partition struct {
		Span
		Params []*Param
		By     Expr
		// In is X of the older partition by A in X (...); usually nil.
		In Expr
		// Sub is the part in parentheses, Query the one in braces; one is set.
		Sub   []Operator
		Query Expr
	}

	// PartitionBy is | __partitionby Entity id X (operators).
	PartitionBy struct {
		Span
		Params []*Param
		Entity Expr
		ID     Expr // nil if there is none
		Sub    []Operator
	}

	// Print is print a = x, ....
	Print struct {
		Span
		Columns []Expr
	}

	// Project is | project a, b = x.
	Project struct {
		Span
		Columns []Expr
	}

	// ProjectAway is | project-away a, b*.
	ProjectAway struct {
		Span
		Columns []Expr
	}

	// ProjectKeep is | project-keep a, b*.
	ProjectKeep struct {
		Span
		Columns []Expr
	}

	// ProjectByNames is | project-by-names a, dynamic(["b"]).
	ProjectByNames struct {
		Span
		Columns []Expr
	}

	// ProjectRename is | project-rename a = b.
	ProjectRename struct {
		Span
		Columns []Expr
	}

	// ProjectReorder is | project-reorder a, b* asc.
	ProjectReorder struct {
		Span
		Columns []*Ordered
	}

	// Range is range Name from .. to .. step ...
	Range struct {
		Span
		Name           *Ident
		From, To, Step Expr
	}

	// Reduce is | reduce by X with properties.
	Reduce struct {
		Span
		Params []*Param
		By     Expr
		With   []*Param
	}

	// Render is | render timechart with (properties).
	Render struct {
		Span
		Chart  *Ident
		Params []*Param // the older form: render timechart title="x"
		With   []*Param
	}

	// Sample is | sample n.
	Sample struct {
		Span
		Params []*Param
		N      Expr
	}

	// SampleDistinct is | sample-distinct n of X.
	SampleDistinct struct {
		Span
		Params []*Param
		N, Of  Expr
	}

	// Scan is | scan declare (...) with (steps).
	Scan struct {
		Span
		Params      []*Param
		OrderBy     []*Ordered
		PartitionBy []Expr
		Declare     []*Parameter
		Steps       []*ScanStep
	}

	// Search is search kind=.. in (tables) predicate.
	Search struct {
		Span
		Params []*Param
		In     []Expr // nil for all tables
		X      Expr
	}

	// Serialize is | serialize a = x, ....
	Serialize struct {
		Span
		Params  []*Param
		Columns []Expr
	}

	// Sort is | sort by a desc, also written order by.
	Sort struct {
		Span
		Params []*Param
		By     []*Ordered
	}

	// Summarize is | summarize aggregates by groups.
	Summarize struct {
		Span
		Params     []*Param
		Aggregates []Expr
		By         []Expr
		Bin        Expr // by ... bin = X; usually nil
	}

	// Take is | take n, also written limit.
	Take struct {
		Span
		Params []*Param
		N      Expr
	}

	// Top is | top n by X.
	Top struct {
		Span
		Params []*Param
		N      Expr
		By     *Ordered
	}

	// TopHitters is | top-hitters n of X by Y.
	TopHitters struct {
		Span
		N, Of Expr
		By    Expr // nil if there is none
	}

	// TopNested is | top-nested n of X by Y, top-nested ....
	TopNested struct {
		Span
		Levels []*TopNestedLevel
	}

	// Union is | union kind=.. tables.
	Union struct {
		Span
		Params []*Param
		Tables []Expr
	}

	// Where is | where condition, also written filter.
	Where struct {
		Span
		Params []*Param
		Cond   Expr
	}

	// ExecuteAndCache is | __executeAndCache, which has no operands.
	ExecuteAndCache struct{ Span }

	// MacroExpand is macro-expand Group as Scope (statements).
	MacroExpand struct {
		Span
		Params []*Param
		Group  Expr // *Ident, *EntityGroup or a path
		Scope  *Ident
		Body   *Body
	}

	// BadOperator stands where an operator could not be read; an error was
	// reported. Name is the word found there, "" if there was none.
	BadOperator struct {
		Span
		Name string
	}
)

func (*As) operator()              {}
func (*AssertSchema) operator()    {}
func (*Consume) operator()         {}
func (*Count) operator()           {}
func (*Distinct) operator()        {}
func (*Evaluate) operator()        {}
func (*Extend) operator()          {}
func (*Facet) operator()           {}
func (*Find) operator()            {}
func (*Fork) operator()            {}
func (*GetSchema) operator()       {}
func (*Invoke) operator()          {}
func (*Join) operator()            {}
func (*Lookup) operator()          {}
func (*MakeSeries) operator()      {}
func (*MvApply) operator()         {}
func (*MvExpand) operator()        {}
func (*ParseWith) operator()       {}
func (*ParseKV) operator()         {}
func (*Partition) operator()       {}
func (*PartitionBy) operator()     {}
func (*Print) operator()           {}
func (*Project) operator()         {}
func (*ProjectAway) operator()     {}
func (*ProjectKeep) operator()     {}
func (*ProjectByNames) operator()  {}
func (*ProjectRename) operator()   {}
func (*ProjectReorder) operator()  {}
func (*Range) operator()           {}
func (*Reduce) operator()          {}
func (*Render) operator()          {}
func (*Sample) operator()          {}
func (*SampleDistinct) operator()  {}
func (*Scan) operator()            {}
func (*Search) operator()          {}
func (*Serialize) operator()       {}
func (*Sort) operator()            {}
func (*Summarize) operator()       {}
func (*Take) operator()            {}
func (*Top) operator()             {}
func (*TopHitters) operator()      {}
func (*TopNested) operator()       {}
func (*Union) operator()           {}
func (*Where) operator()           {}
func (*ExecuteAndCache) operator() {}
func (*MacroExpand) operator()     {}
func (*BadOperator) operator()     {}
