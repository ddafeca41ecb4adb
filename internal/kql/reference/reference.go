// Package reference describes the language from its declarations: for editors
// as a list, for people as the page docs/reference/kql.md.
//
// Invariant: what is described is what is there; each example is run by a test.
package reference

import (
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/kql/bind"
	"nephoscope/internal/kql/fn"
)

// An Item is something that a query can use.
type Item struct {
	Kind    string   `json:"kind"` // operator, statement, plugin, scalar, aggregate or window
	Name    string   `json:"name"`
	Family  string   `json:"family,omitempty"`
	Aliases []string `json:"aliases,omitempty"`
	Doc     string   `json:"doc"`
	// Usage shows the call or the syntax; functions have Signatures, too.
	Usage      []string    `json:"usage"`
	Signatures []Signature `json:"signatures,omitempty"`
	Examples   []Example   `json:"examples,omitempty"`
}

// A Signature is one way to call a function.
type Signature struct {
	Parameters []Parameter `json:"parameters"`
	Result     string      `json:"result"`
}

// A Parameter is one of a signature.
type Parameter struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Optional bool   `json:"optional,omitempty"`
	Repeats  bool   `json:"repeats,omitempty"`
	Constant bool   `json:"constant,omitempty"`
}

// An Example is a query and the values of its first row, as texts.
type Example struct {
	Query string   `json:"query"`
	Row   []string `json:"row"`
}

// Items returns everything, in the order of the page.
func Items() []Item {
	list := slices.Concat(entries("operator", Operators()), entries("statement", Statements()), entries("scalar operator", ScalarOperators()))
	for _, p := range bind.Plugins() {
		list = append(list, Item{Kind: "plugin", Name: p.Name, Doc: p.Doc, Usage: []string{p.Usage}, Examples: examplesOf(p.Examples)})
	}
	for _, f := range fn.Default().All() {
		if f.Kind != fn.Operator { // those have entries of their own
			list = append(list, function(f))
		}
	}
	return list
}

func entries(kind string, list []Entry) []Item {
	items := make([]Item, len(list))
	for i, e := range list {
		items[i] = Item{Kind: kind, Name: e.Name, Doc: e.Doc, Usage: []string{e.Usage}, Examples: examplesOf(e.Examples)}
	}
	return items
}

func examplesOf(list []fn.Example) []Example {
	examples := make([]Example, len(list))
	for i, ex := range list {
		examples[i] = Example{ex.Query, ex.Want}
	}
	return examples
}

func function(f *fn.Func) Item {
	it := Item{Kind: f.Kind.String(), Name: f.Name, Family: f.Family, Aliases: f.Aliases, Doc: f.Doc, Examples: examplesOf(f.Examples)}
	for i := range f.Sigs {
		s := &f.Sigs[i]
		if use := f.Name + s.String(); !slices.Contains(it.Usage, use) {
			it.Usage = append(it.Usage, use)
		}
		sig := Signature{Result: s.Result, Parameters: []Parameter{}}
		for _, p := range s.ParamList() {
			sig.Parameters = append(sig.Parameters, Parameter{p.Name, p.Kind, p.Optional, p.Repeats, p.Constant})
		}
		it.Signatures = append(it.Signatures, sig)
	}
	return it
}

// chapters are the kinds with their headings.
var chapters = []struct{ kind, title string }{
	{"operator", "Tabular operators"},
	{"statement", "Statements"},
	{"plugin", "Plugins"},
	{"scalar operator", "Scalar operators"},
	{"scalar", "Scalar functions"},
	{"aggregate", "Aggregates"},
	{"window", "Window functions"},
}

// Page writes the reference in Markdown.
func Page() string {
	items := Items()
	var b strings.Builder
	b.WriteString("# KQL\n\n<!-- Made from the declarations in internal/kql: change those, then run make golden. -->\n\n" +
		"All that queries can use, with examples that the tests run; behind an arrow stands the first row of the answer. Where answers\n" +
		"can differ from Microsoft's: [differences](kql-differences.md). How much of the documentation is answered: [coverage](kql-coverage.md).\n")
	for _, c := range chapters {
		n := 0
		for i := range items {
			if items[i].Kind == c.kind {
				n++
			}
		}
		fmt.Fprintf(&b, "\n## %s (%d)\n", c.title, n)
		family := ""
		for i := range items {
			it := &items[i]
			if it.Kind != c.kind {
				continue
			}
			if it.Family != family {
				family = it.Family
				fmt.Fprintf(&b, "\n### %s\n", strings.ToUpper(family[:1])+family[1:])
			}
			it.write(&b)
		}
	}
	return b.String()
}

func (it *Item) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n**%s**", escape(it.Name))
	if len(it.Aliases) > 0 {
		fmt.Fprintf(b, " (also %s)", escape(strings.Join(it.Aliases, ", ")))
	}
	fmt.Fprintf(b, " · %s\n\n", it.Doc)
	b.WriteString("```\n")
	for _, use := range it.Usage {
		b.WriteString(use + "\n")
	}
	b.WriteString("```\n")
	for _, ex := range it.Examples {
		fmt.Fprintf(b, "\n```kusto\n%s\n```\n→ %s\n", ex.Query, row(ex.Row))
	}
}

// row shows values; those that are empty or null as a dash.
func row(values []string) string {
	shown := make([]string, len(values))
	for i, v := range values {
		shown[i] = "–"
		if v != "" {
			shown[i] = "`" + strings.ReplaceAll(strings.ReplaceAll(v, "`", "'"), "\n", " ") + "`"
		}
	}
	return strings.Join(shown, " · ")
}

func escape(name string) string {
	return strings.NewReplacer("*", `\*`, "_", `\_`, "~", `\~`, "[", `\[`).Replace(name)
}
