package bind

import (
	"fmt"
	"slices"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
)

// A SavedFunction is a function that is kept outside of queries, which call it
// by its name. It may be used by several queries at the same time.
type SavedFunction struct {
	Name string
	// Text is what Function was parsed from; the body begins at the offset
	// Body, and its places are counted from there.
	Text     string
	Body     int
	Function *syntax.Function
}

// Functions are the saved functions that queries can call. What let statements
// bind hides them, and they hide tables and built-in functions, as in Kusto.
type Functions interface {
	// Function returns the function with the name, which is compared with
	// case, or nil.
	Function(name string) *SavedFunction
	// FunctionNames returns all names, for suggestions.
	FunctionNames() []string
}

// A frame is a saved function that is being bound, with what calls it: what is
// wrong inside is reported there.
type frame struct {
	of    *SavedFunction
	at    syntax.Node // in the text of the outer frame, or in the query
	outer *frame
}

// symbol is what a name stands for: what a statement has bound, else a saved
// function; nil for neither.
func (b *binder) symbol(sc *scope, name string) *symbol {
	if sym := sc.find(name); sym != nil {
		return sym
	}
	return b.savedSymbol(name)
}

func (b *binder) savedSymbol(name string) *symbol {
	if b.opt.Saved == nil {
		return nil
	}
	if sym, ok := b.saved[name]; ok {
		return sym
	}
	var sym *symbol
	if f := b.opt.Saved.Function(name); f != nil {
		sym = &symbol{fn: &function{Function: f.Function, scope: &scope{}, name: name, saved: f}}
	}
	if b.saved == nil {
		b.saved = map[string]*symbol{}
	}
	b.saved[name] = sym
	return sym
}

// inside runs work on the text of a saved function, which a call has named. For
// all other functions it is nothing special: they are part of the text around
// them.
func (b *binder) inside(f *function, at syntax.Node, work func()) {
	if f.saved == nil {
		work()
		return
	}
	for fr := b.frame; fr != nil; fr = fr.outer {
		if fr.of == f.saved {
			b.fail(at, "the function %s calls itself, which is not possible", f.name)
			return
		}
	}
	if b.saved[f.name] != nil {
		noteOnce(&b.reads.Saved, f.name)
	}
	b.frame = &frame{f.saved, at, b.frame}
	defer func() { b.frame = b.frame.outer }()
	work()
}

// outermost moves a message about a place inside of saved functions to the
// query's call of the first of them, and says in words where it was.
func (b *binder) outermost(span syntax.Span, message string) (syntax.Span, string) {
	for fr := b.frame; fr != nil; fr = fr.outer {
		message = fmt.Sprintf("in the function %s%s: %s", fr.of.Name, fr.of.place(span), message)
		span = fr.at.Extent()
	}
	return span, message
}

// place says where in a function something is.
func (f *SavedFunction) place(span syntax.Span) string {
	if span.Start < f.Body {
		return ", in its parameters"
	}
	p := syntax.PositionOf(f.Text[f.Body:], span.Start-f.Body)
	return fmt.Sprintf(", %d:%d", p.Line, p.Column)
}

// composed binds a table that is said in KQL over all time. What is wrong with
// the text is a mistake of ours and reported at the call.
func (b *binder) composed(name, text string, at syntax.Node) plan.Node {
	f, err := ParseFunction(name, "", text)
	if err != nil {
		b.fail(at, "%s: %v", name, err)
		return nothing()
	}
	from, to := b.opt.From, b.opt.To
	b.opt.From, b.opt.To = nil, nil
	defer func() { b.opt.From, b.opt.To = from, to }()
	node := nothing()
	of := &function{Function: f.Function, scope: &scope{}, name: name, saved: f}
	b.inside(of, at, func() {
		result, sc := b.body(of, of.scope)
		node = b.table(result, sc)
	})
	return node
}

// ParseFunction reads a function from its parameters, as they stand between
// brackets, and its body. Errors are a *FunctionError.
func ParseFunction(name, parameters, body string) (*SavedFunction, error) {
	f := &SavedFunction{Name: name}
	head := "let f = (" + parameters + ") {\n"
	f.Text, f.Body = head+body+"\n}", len(head)
	q, wrong := syntax.Parse(f.Text)
	if len(wrong) > 0 {
		e := wrong[0]
		return nil, f.wrong(e.Start, e.Message)
	}
	if f.Function = onlyFunction(q, f.Body-len("{\n")); f.Function == nil {
		return nil, &FunctionError{Name: name, Parameters: true, Message: "the brackets of the parameters or the body do not match"}
	}
	isResult := func(s syntax.Statement) bool { _, ok := s.(*syntax.ExprStatement); return ok }
	if !slices.ContainsFunc(f.Function.Body.Statements, isResult) {
		return nil, f.wrong(f.Body, "there is no query in the body")
	}
	return f, nil
}

// onlyFunction returns the function whose body begins at an offset if a text
// says that and nothing else.
func onlyFunction(q *syntax.Query, body int) *syntax.Function {
	if len(q.Statements) != 1 {
		return nil
	}
	let, ok := q.Statements[0].(*syntax.Let)
	if !ok || let.End != len(q.Text) {
		return nil
	}
	f, ok := let.Value.(*syntax.Function)
	if !ok || f.Body.Start != body {
		return nil
	}
	return f
}

// A FunctionError is what is wrong with the text of a saved function.
type FunctionError struct {
	Name         string
	Parameters   bool // it is in the parameters, else in the body
	Line, Column int  // in the body, from 1
	Message      string
}

// Error says where it is and what.
func (e *FunctionError) Error() string {
	if e.Parameters {
		return fmt.Sprintf("function %s, in its parameters: %s", e.Name, e.Message)
	}
	return fmt.Sprintf("function %s, %d:%d: %s", e.Name, e.Line, e.Column, e.Message)
}

func (f *SavedFunction) wrong(at int, message string) *FunctionError {
	if at < f.Body {
		return &FunctionError{Name: f.Name, Parameters: true, Message: message}
	}
	p := syntax.PositionOf(f.Text[f.Body:], at-f.Body)
	return &FunctionError{Name: f.Name, Line: p.Line, Column: p.Column, Message: message}
}
