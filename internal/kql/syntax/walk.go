package syntax

// Walk calls visit for the node and, as long as visit returns true, for the
// nodes below it, in the order of the text where the syntax fixes one.
func Walk(n Node, visit func(Node) bool) {
	if !visit(n) {
		return
	}
	for _, c := range Children(n) {
		Walk(c, visit)
	}
}

// Children returns the nodes directly below a node; what is left out in the
// text is left out here.
func Children(n Node) []Node {
	var f family
	switch n := n.(type) {
	case *Query:
		all(&f, n.Statements)
	case Statement:
		f.statement(n)
	case Operator:
		f.operator(n)
	case Expr:
		f.expr(n)
	default:
		f.part(n)
	}
	return f.nodes
}

// A family collects the children of a node.
type family struct{ nodes []Node }

// all adds every node of a list.
func all[T Node](f *family, list []T) {
	for _, n := range list {
		f.nodes = append(f.nodes, n)
	}
}

// one adds a node unless it is nil.
func one[T any, P interface {
	*T
	Node
}](f *family, n P) {
	if n != nil {
		f.nodes = append(f.nodes, n)
	}
}

// exprs adds the expressions that are not nil.
func (f *family) exprs(list ...Expr) {
	for _, x := range list {
		if x != nil {
			f.nodes = append(f.nodes, x)
		}
	}
}

func (f *family) statement(s Statement) {
	switch s := s.(type) {
	case *Let:
		one(f, s.Name)
		f.exprs(s.Value)
	case *Set:
		one(f, s.Name)
		f.exprs(s.Value)
	case *DeclareParameters:
		all(f, s.Params)
	case *Alias:
		one(f, s.Name)
		f.exprs(s.Value)
	case *Pattern:
		one(f, s.Name)
		all(f, s.Params)
		one(f, s.Path)
		all(f, s.Cases)
	case *Restrict:
		all(f, s.Names)
		all(f, s.With)
	case *ExprStatement:
		f.exprs(s.X)
	}
}

func (f *family) part(n Node) {
	switch n := n.(type) {
	case *PatternCase:
		all(f, n.Values)
		f.exprs(n.Path)
		one(f, n.Body)
	case *Parameter:
		one(f, n.Name)
		one(f, n.Type)
		one(f, n.Schema)
		f.exprs(n.Default)
	case *RowSchema:
		all(f, n.Columns)
	case *ColumnDecl:
		one(f, n.Name)
		one(f, n.Type)
	case *Body:
		all(f, n.Statements)
	case *Param:
		one(f, n.Name)
		f.exprs(n.Value)
	case *Ordered:
		f.exprs(n.X)
	case *Branch:
		one(f, n.Name)
		all(f, n.Sub)
		f.exprs(n.Query)
	case *Series:
		f.exprs(n.X, n.Default)
	case *MvItem:
		f.exprs(n.X)
		one(f, n.To)
	default:
		f.rarePart(n)
	}
}

func (f *family) rarePart(n Node) {
	switch n := n.(type) {
	case *ParseColumn:
		one(f, n.Name)
		one(f, n.Type)
	case *ScanStep:
		one(f, n.Name)
		f.exprs(n.Cond)
		all(f, n.Set)
	case *TopNestedLevel:
		f.exprs(n.N, n.Of, n.Others)
		one(f, n.By)
	case *GraphNodes:
		f.exprs(n.Table)
		one(f, n.Key)
	case *GraphPattern:
		all(f, n.Steps)
	case *GraphStep:
		one(f, n.Name)
		f.exprs(n.From, n.To)
	case *GraphOutput:
		one(f, n.As)
		all(f, n.Params)
	}
}

func (f *family) expr(x Expr) {
	switch x := x.(type) {
	case *TypeOf:
		one(f, x.Type)
		one(f, x.Schema)
	case *Unary:
		f.exprs(x.X)
	case *Binary:
		f.exprs(x.X, x.Y)
	case *In:
		f.exprs(x.X)
		all(f, x.List)
	case *Between:
		f.exprs(x.X, x.From, x.To)
	case *Member:
		f.exprs(x.X)
		one(f, x.Name)
	case *Index:
		f.exprs(x.X, x.Index)
	case *Call:
		f.exprs(x.On)
		one(f, x.Name)
		all(f, x.Params)
		all(f, x.Args)
	case *Named:
		all(f, x.Names)
		f.exprs(x.X)
	case *Paren:
		f.exprs(x.X)
	case *Pipe:
		f.exprs(x.Source)
		all(f, x.Ops)
	default:
		f.rareExpr(x)
	}
}

func (f *family) rareExpr(x Expr) {
	switch x := x.(type) {
	case *Datatable:
		all(f, x.Params)
		one(f, x.Schema)
		all(f, x.Values)
	case *ExternalData:
		all(f, x.Params)
		one(f, x.Schema)
		all(f, x.URIs)
		all(f, x.With)
	case *Function:
		all(f, x.Params)
		one(f, x.Body)
	case *Names:
		all(f, x.List)
	case *EntityGroup:
		all(f, x.Members)
	case *Typed:
		one(f, x.Name)
		one(f, x.Type)
	}
}
