package syntax

// operator adds the children of an operator.
func (f *family) operator(o Operator) {
	switch o := o.(type) {
	case *Where:
		all(f, o.Params)
		f.exprs(o.Cond)
	case *Extend:
		all(f, o.Columns)
	case *Project:
		all(f, o.Columns)
	case *ProjectAway:
		all(f, o.Columns)
	case *ProjectKeep:
		all(f, o.Columns)
	case *ProjectByNames:
		all(f, o.Columns)
	case *ProjectRename:
		all(f, o.Columns)
	case *ProjectReorder:
		all(f, o.Columns)
	case *Print:
		all(f, o.Columns)
	case *Serialize:
		all(f, o.Params)
		all(f, o.Columns)
	case *Distinct:
		all(f, o.Params)
		all(f, o.Columns)
	case *Sort:
		all(f, o.Params)
		all(f, o.By)
	case *Summarize:
		all(f, o.Params)
		all(f, o.Aggregates)
		all(f, o.By)
		f.exprs(o.Bin)
	default:
		f.limitOperator(o)
	}
}

// limitOperator adds the children of the operators with a number of rows and
// of those with parameters only.
func (f *family) limitOperator(o Operator) {
	switch o := o.(type) {
	case *Take:
		all(f, o.Params)
		f.exprs(o.N)
	case *Top:
		all(f, o.Params)
		f.exprs(o.N)
		one(f, o.By)
	case *TopHitters:
		f.exprs(o.N, o.Of, o.By)
	case *TopNested:
		all(f, o.Levels)
	case *Sample:
		all(f, o.Params)
		f.exprs(o.N)
	case *SampleDistinct:
		all(f, o.Params)
		f.exprs(o.N, o.Of)
	case *As:
		all(f, o.Params)
		one(f, o.Name)
	case *AssertSchema:
		one(f, o.Schema)
	case *Consume:
		all(f, o.Params)
	case *Count:
		one(f, o.As)
	case *GetSchema:
		all(f, o.Params)
	case *Invoke:
		f.exprs(o.Call)
	default:
		f.tableOperator(o)
	}
}

// tableOperator adds the children of the operators that bring in tables.
func (f *family) tableOperator(o Operator) {
	switch o := o.(type) {
	case *Join:
		all(f, o.Params)
		f.exprs(o.Right)
		all(f, o.On)
		f.exprs(o.Where)
	case *Lookup:
		all(f, o.Params)
		f.exprs(o.Right)
		all(f, o.On)
		f.exprs(o.Where)
	case *Union:
		all(f, o.Params)
		all(f, o.Tables)
	case *Find:
		all(f, o.Params)
		all(f, o.In)
		f.exprs(o.Where)
		all(f, o.Project)
		all(f, o.Away)
	case *Search:
		all(f, o.Params)
		all(f, o.In)
		f.exprs(o.X)
	case *Range:
		one(f, o.Name)
		f.exprs(o.From, o.To, o.Step)
	case *MacroExpand:
		all(f, o.Params)
		f.exprs(o.Group)
		one(f, o.Scope)
		one(f, o.Body)
	default:
		f.rowOperator(o)
	}
}

// rowOperator adds the children of the operators that take rows apart.
func (f *family) rowOperator(o Operator) {
	switch o := o.(type) {
	case *Evaluate:
		all(f, o.Params)
		one(f, o.Call)
		one(f, o.Schema)
	case *MvExpand:
		all(f, o.Params)
		all(f, o.Items)
		f.exprs(o.Limit)
	case *MvApply:
		all(f, o.Params)
		all(f, o.Items)
		f.exprs(o.Limit, o.ID)
		all(f, o.Sub)
	case *ParseWith:
		all(f, o.Params)
		f.exprs(o.X)
		all(f, o.Pattern)
	case *ParseKV:
		f.exprs(o.X)
		one(f, o.Keys)
		all(f, o.With)
	case *Render:
		one(f, o.Chart)
		all(f, o.Params)
		all(f, o.With)
	case *Reduce:
		all(f, o.Params)
		f.exprs(o.By)
		all(f, o.With)
	case *MakeSeries:
		all(f, o.Params)
		all(f, o.Series)
		f.exprs(o.On, o.From, o.To, o.Step)
		all(f, o.By)
	default:
		f.branchOperator(o)
	}
}

// branchOperator adds the children of the operators with queries of their own
// and of those on graphs.
func (f *family) branchOperator(o Operator) {
	switch o := o.(type) {
	case *Facet:
		all(f, o.By)
		all(f, o.With)
	case *Fork:
		all(f, o.Branches)
	case *Partition:
		all(f, o.Params)
		f.exprs(o.By, o.In)
		all(f, o.Sub)
		f.exprs(o.Query)
	case *PartitionBy:
		all(f, o.Params)
		f.exprs(o.Entity, o.ID)
		all(f, o.Sub)
	case *Scan:
		all(f, o.Params)
		all(f, o.OrderBy)
		all(f, o.PartitionBy)
		all(f, o.Declare)
		all(f, o.Steps)
	case *MakeGraph:
		all(f, o.Params)
		one(f, o.Source)
		one(f, o.Target)
		one(f, o.ID)
		all(f, o.Nodes)
		one(f, o.PartitionedBy)
		all(f, o.Sub)
	case *GraphMatch:
		all(f, o.Params)
		all(f, o.Patterns)
		f.exprs(o.Where)
		all(f, o.Project)
	case *GraphToTable:
		all(f, o.Outputs)
	case *GraphMarkComponents:
		all(f, o.Params)
	case *GraphWhere:
		f.exprs(o.Cond)
	}
}
