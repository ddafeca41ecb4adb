package kql_test

import (
	"errors"
	"strings"
	"testing"

	"nephoscope/internal/kql"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/schema"
)

// facts is a catalog of one table.
type facts struct{}

func (f facts) Tables() []*schema.Table {
	return []*schema.Table{{Name: "Facts", Columns: []schema.Column{
		{Name: "TimeGenerated", Type: schema.Datetime}, {Name: "Who", Type: schema.String}, {Name: "N", Type: schema.Long},
	}}}
}

func (f facts) Table(name string) (*schema.Table, bool) {
	t := f.Tables()[0]
	return t, t.Name == name
}

// library is saved functions for tests: by name, parameters and body.
type library map[string]*bind.SavedFunction

func (l library) Function(name string) *bind.SavedFunction { return l[name] }

func (l library) FunctionNames() (names []string) {
	for n := range l {
		names = append(names, n)
	}
	return names
}

func newLibrary(t *testing.T, functions map[string][2]string) library {
	t.Helper()
	l := library{}
	for name, f := range functions {
		parsed, err := bind.ParseFunction(name, f[0], f[1])
		if err != nil {
			t.Fatal(err)
		}
		l[name] = parsed
	}
	return l
}

// bindSaved returns the columns of a query, or its errors.
func bindSaved(l library, query string) string {
	columns, err := kql.Bind(query, facts{}, kql.Options{Saved: l})
	var wrong kql.Errors
	if errors.As(err, &wrong) {
		return wrong.Error()
	}
	var list []string
	for _, c := range columns {
		list = append(list, c.Name+":"+c.Type.String())
	}
	return strings.Join(list, ", ")
}

func TestSavedFunctions(t *testing.T) {
	l := newLibrary(t, map[string][2]string{
		"Calls":     {"", "Facts\n| project Who, N // all of them"},
		"Of":        {"who:string, least:long=2", "let m = least * 2; Facts | where Who == who and N > m | project N"},
		"Twice":     {"n:long", "n * 2"},
		"Few":       {"T:(N:long), most:long = 3", "T | where N < most"},
		"Outer":     {"", "Calls | extend Double = Twice(N)"},
		"Wrong":     {"", "Calls\n| where Whom == 'x'"},
		"Deep":      {"", "print 1 | union (\n  Wrong)"},
		"Self":      {"", "Other"},
		"Other":     {"", "Self() | take 1"},
		"Who":       {"", "'a value'"},
		"BadChoice": {"a:long = nothing", "print a"},
	})
	f := func(query, want string) {
		t.Helper()
		if got := bindSaved(l, query); got != want {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
	f("Calls", "Who:string, N:long")
	f("Calls()", "Who:string, N:long")
	f("Calls | where N > 1 | count", "Count:long")
	f("Of('x')", "N:long")
	f("Of(least=3, who='x')", "N:long")
	f("let x = Of('x'); x | extend M = Twice(N)", "N:long, M:long")
	f("print a = Twice(4)", "a:long")
	f("Facts | invoke Few(2)", "TimeGenerated:datetime, Who:string, N:long")
	f("Outer", "Who:string, N:long, Double:long")
	f("union Calls, (Of('x'))", "Who:string, N:long")
	f("union isfuzzy=true Calls, Nowhere", "Who:string, N:long")
	// What is nearer goes first: columns, then let statements.
	f("Facts | project Who", "Who:string")
	f("print a = Who()", "a:string")
	f("let Calls = print b = 1; Calls", "b:long")
	f("let Twice = (n:long) { 'text' }; print a = Twice(1)", "a:string")
	// Errors say which function and where in it.
	f("Facts\n| where N in (Wrong)", `2:15: in the function Wrong, 2:9: there is no column or value "Whom" here, did you mean "Who"?`)
	f("Deep", `1:1: in the function Deep, 2:3: in the function Wrong, 2:9: there is no column or value "Whom" here, did you mean "Who"?`)
	f("Self", "1:1: in the function Self, 1:1: in the function Other, 1:1: the function Self calls itself, which is not possible")
	f("BadChoice", `1:1: in the function BadChoice, in its parameters: there is no column or value "nothing" here`)
	f("Of()", `1:1: Of needs an argument for "who"`)
	f("Callz | take 1", `1:1: there is no table "Callz", did you mean "Calls"?`)
	f("print Twize(1)", `1:7: there is no function "Twize", did you mean "Twice"?`)
}

// TestSavedBeforeTable: a saved function hides a table.
func TestSavedBeforeTable(t *testing.T) {
	l := newLibrary(t, map[string][2]string{"Facts": {"", "print only = 1"}})
	if got := bindSaved(l, "Facts"); got != "only:long" {
		t.Errorf("got %s, want the function", got)
	}
}

func TestParseFunction(t *testing.T) {
	f := func(parameters, body, want string) {
		t.Helper()
		_, err := bind.ParseFunction("F", parameters, body)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("(%s) { %s }: got %v, want %s", parameters, body, err, want)
		}
	}
	f("a:", "print 1", "function F, in its parameters:")
	f("", "Facts\n| wher x", "function F, 2:3:")
	f("", "print 1 }; let g = () { print 2", "do not match")
	f("a:long) { print 1 }; let g = (", "print 2", "do not match")
	f("", "", "function F")
	for _, body := range []string{"print 1;", "print 1 // }", "let a = 1;\nprint a\n", "let f = view () { print 1 }; f"} {
		if _, err := bind.ParseFunction("F", "a:string, t:datetime=datetime(null)", body); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func FuzzParseFunction(f *testing.F) {
	f.Add("a:string, b:long=3", "T | where x == a")
	f.Add("T:(x:long), d:dynamic=dynamic([])", "let y = 1; T }")
	f.Add("a:long) { print 1 }; let g = (", "")
	f.Fuzz(func(t *testing.T, parameters, body string) {
		parsed, err := bind.ParseFunction("F", parameters, body)
		if err == nil && parsed.Text[parsed.Body:len(parsed.Text)-2] != body {
			t.Fatalf("the body is %q", parsed.Text[parsed.Body:])
		}
		if err == nil {
			bindSaved(library{"F": parsed}, "F")
		}
	})
}
