package bind

import (
	"reflect"
	"regexp"
	"strings"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// search binds search: rows of all tables, or of those so far, in which a term
// occurs. The name of the table comes first, as $table.
func (p *pipeline) search(op *syntax.Search) {
	var branches []branch
	switch {
	case p.node != nil:
		branches = []branch{{p.node, sourceName(p.node)}}
	case op.In != nil:
		for i, x := range op.In {
			branches = append(branches, p.branches(x, false, i)...)
		}
	default:
		branches = p.wildBranches(&syntax.Ident{Span: op.Span, Name: "*", Wild: true}, false)
	}
	branches = p.concerned(branches, op.X)
	if len(branches) == 0 {
		return
	}
	u := p.unite(branches, "$table", false)
	e := &env{scope: p.scope, rows: rowsOf(u)}
	e.rows.cols = e.rows.cols[1:]
	cased := p.choice(op.Params, "kind", "default", "case_sensitive", "case_insensitive") == "case_sensitive"
	p.unordered(&plan.Filter{Input: u, Cond: p.searchCondition(op.X, e, cased)})
}

// concerned leaves the tables that a search can find something in: those with
// one of the columns that the condition names, all of them if it looks at all
// columns or names none.
func (p *pipeline) concerned(branches []branch, condition syntax.Expr) []branch {
	if len(branches) < 2 || looksEverywhere(condition) {
		return branches
	}
	var left []branch
	for _, br := range branches {
		found := false
		syntax.Walk(condition, func(n syntax.Node) bool {
			if id, ok := n.(*syntax.Ident); ok && rowsOf(br.node).find(id.Name) != nil {
				found = true
			}
			return !found
		})
		if found {
			left = append(left, br)
		}
	}
	if len(left) == 0 {
		return branches
	}
	return left
}

// looksEverywhere tells whether a condition of search looks at all columns.
func looksEverywhere(x syntax.Expr) bool {
	switch x := x.(type) {
	case *syntax.Paren:
		return looksEverywhere(x.X)
	case *syntax.Star:
		return true
	case *syntax.Literal:
		_, isText := x.Value.(string)
		return isText
	case *syntax.Binary:
		if x.Op == syntax.OpAnd || x.Op == syntax.OpOr {
			return looksEverywhere(x.X) || looksEverywhere(x.Y)
		}
		_, star := x.X.(*syntax.Star)
		return star
	case *syntax.Call:
		return x.Name.Name == "not" && len(x.Args) == 1 && looksEverywhere(x.Args[0])
	}
	return false
}

// searchCondition reads text as a term that any column may hold; * in it
// stands for the rest of a term.
func (p *pipeline) searchCondition(x syntax.Expr, e *env, cased bool) plan.Expr {
	switch x := x.(type) {
	case *syntax.Paren:
		return p.searchCondition(x.X, e, cased)
	case *syntax.Star:
		return &plan.Const{T: schema.Bool, Value: true}
	case *syntax.Literal:
		if s, ok := x.Value.(string); ok {
			return p.termAnywhere(x, s, e, cased)
		}
	case *syntax.Binary:
		switch x.Op {
		case syntax.OpAnd, syntax.OpOr:
			return p.operator(binaryNames[x.Op], x, p.searchCondition(x.X, e, cased), p.searchCondition(x.Y, e, cased))
		case syntax.OpColon:
			return p.termIn(x, e, cased)
		}
	case *syntax.Call:
		if x.Name.Name == "not" && len(x.Args) == 1 {
			return p.not(p.searchCondition(x.Args[0], e, cased), x)
		}
	}
	return p.condition(x, e)
}

func (p *pipeline) termIn(x *syntax.Binary, e *env, cased bool) plan.Expr {
	lit, ok := x.Y.(*syntax.Literal)
	s, isText := "", false
	if ok {
		s, isText = lit.Value.(string)
	}
	v := p.scalar(x.X, e)
	if !isText {
		return p.compare("==", x, v, p.scalar(x.Y, e))
	}
	name, term := termOperator(s, cased)
	return p.operator(name, x, v, &plan.Const{T: schema.String, Value: term})
}

func (p *pipeline) termAnywhere(at *syntax.Literal, s string, e *env, cased bool) plan.Expr {
	name, term := termOperator(s, cased)
	return p.anyColumn(at, e, func(c *plan.Column) plan.Expr {
		return p.operator(name, at, &plan.Ref{Col: c}, &plan.Const{T: schema.String, Value: term})
	})
}

// termOperator chooses the operator for a search term with stars at its ends.
func termOperator(s string, cased bool) (name, term string) {
	term = strings.Trim(s, "*")
	if strings.Contains(term, "*") {
		return "matches regex", termRegex(s, cased)
	}
	switch {
	case strings.HasPrefix(s, "*") && strings.HasSuffix(s, "*"):
		name = "contains"
	case strings.HasPrefix(s, "*"):
		name = "hassuffix"
	case strings.HasSuffix(s, "*"):
		name = "hasprefix"
	default:
		name = "has"
	}
	if cased {
		name += "_cs"
	}
	return name, term
}

// termRegex is the regular expression of a term with stars within it. At the
// ends it is a whole term, unless there are stars, too.
func termRegex(s string, cased bool) string {
	parts := strings.Split(s, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	re := strings.Join(parts, ".*")
	if !strings.HasPrefix(s, "*") {
		re = `\b` + re
	}
	if !strings.HasSuffix(s, "*") {
		re += `\b`
	}
	if !cased {
		re = "(?i)" + re
	}
	return re
}

// operatorName is the keyword of an operator: MakeSeries is make-series.
func operatorName(op syntax.Operator) string {
	name := reflect.TypeOf(op).Elem().Name()
	var b strings.Builder
	for i := range len(name) {
		if i > 0 && isUpper(name[i]) && !isUpper(name[i-1]) {
			b.WriteByte('-')
		}
		b.WriteByte(name[i])
	}
	return strings.ToLower(b.String())
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
