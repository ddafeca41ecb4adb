package syntax

// The parts that operators are made of.

// An Order is a direction of sorting.
type Order uint8

// The directions. GrannyAsc and GrannyDesc order names by the numbers in
// them; only project-reorder knows them.
const (
	DefaultOrder Order = iota // descending for rows
	Asc
	Desc
	GrannyAsc
	GrannyDesc
)

// A NullsOrder is the place of nulls in a sorted result.
type NullsOrder uint8

// The places of nulls.
const (
	DefaultNulls NullsOrder = iota // first if ascending, else last
	NullsFirst
	NullsLast
)

// An Ordered is X asc nulls first.
type Ordered struct {
	Span
	X     Expr
	Order Order
	Nulls NullsOrder
}

// A Typed is Name:type in a find's projection.
type Typed struct {
	Span
	Name *Ident
	Type *TypeName
}

func (*Typed) expr() {}

// A Branch of fork: name=(operators). Name is nil if it has none. Query is
// set in place of Sub if the branch is a query of its own.
type Branch struct {
	Span
	Name  *Ident
	Sub   []Operator
	Query Expr
}

// A Series of make-series: X default = Default.
type Series struct {
	Span
	X       Expr
	Default Expr // nil if there is none
}

// An MvItem of mv-expand and mv-apply: X to typeof(type).
type MvItem struct {
	Span
	X  Expr // an expression or *Named
	To *TypeOf
}

// A ParsePart is a part of a parse pattern: *Star, *Literal (a string),
// *ParseColumn.
type ParsePart interface {
	Node
	parsePart()
}

// A ParseColumn is name:type or name in a parse pattern.
type ParseColumn struct {
	Span
	Name *Ident
	Type *TypeName // nil means string
}

func (*Star) parsePart()        {}
func (*Literal) parsePart()     {}
func (*ParseColumn) parsePart() {}

// A ScanStep is step Name optional: Cond => column = x, ...;.
type ScanStep struct {
	Span
	Name     *Ident
	Optional bool
	// Output is "", "all", "last" or "none".
	Output string
	Cond   Expr
	Set    []*Named
}

// A TopNestedLevel is top-nested N of Of with others = X by By.
type TopNestedLevel struct {
	Span
	N      Expr // nil for all
	Of     Expr
	Others Expr // nil if there is none
	By     *Ordered
}
