package fn

import (
	"strings"

	"nephoscope/internal/schema"
)

func conditionals() []*Func {
	return family("conditional",
		&Func{
			Name: "iff", Aliases: []string{"iif"}, Doc: "The second argument if the first is true, else the third.",
			Sigs:     []Sig{{Params: "condition:bool, then:common, else:common", Result: "common", SQL: "CASE WHEN $1 THEN $2 ELSE $3 END", Nulls: Strict}},
			Examples: []Example{{`print iff(1 > 0, "yes", "no"), iff(bool(null), 1, 2), iif(false, 1, 2.5)`, []string{"yes", "2", "2.5"}}},
		},
		&Func{
			Name: "case", Doc: "The value after the first condition that is true, or the last argument if none is.",
			Sigs:     []Sig{{Params: "condition:bool*, then:common*, else:common", Result: "common", Gen: caseOf, Nulls: Strict}},
			Examples: []Example{{`print case(1 > 2, "a", 2 > 1, "b", "c"), case(false, 1, 2)`, []string{"b", "2"}}},
		},
		&Func{
			Name: "coalesce", Doc: "The first argument that is not null, or not empty if it is text.",
			Sigs: []Sig{
				{Params: "x:string*", Result: "string", Gen: coalesceText, Nulls: Never},
				{Params: "x:alike*", Result: "common", SQL: "coalesce($*)", Nulls: Maybe},
			},
			Examples: []Example{{`print coalesce("", "b", "c"), coalesce(int(null), 7)`, []string{"b", "7"}}},
		},
		&Func{
			Name: "isnull", Doc: "Whether the value is null; text never is.",
			Sigs: []Sig{
				{Params: "x:string", Result: "bool", SQL: "$1 IS NULL", Nulls: Never},
				{Params: "x:scalar", Result: "bool", SQL: "$1 IS NULL", Nulls: Never},
			},
			Examples: []Example{{`print isnull(int(null)), isnull(""), isnull(dynamic({"a":null}).a)`, []string{"true", "false", "true"}}},
		},
		&Func{
			Name: "isnotnull", Aliases: []string{"notnull"}, Doc: "Whether the value is not null.",
			Sigs:     []Sig{{Params: "x:scalar", Result: "bool", SQL: "$1 IS NOT NULL", Nulls: Never}},
			Examples: []Example{{`print isnotnull(int(null)), isnotnull(1)`, []string{"false", "true"}}},
		},
		&Func{
			Name: "not", Doc: "Whether the condition is false.",
			Sigs:     []Sig{{Params: "x:bool", Result: "bool", SQL: "NOT $1"}},
			Examples: []Example{{`print not(1 > 2), not(true)`, []string{"true", "false"}}},
		},
		&Func{
			Name: "assert", Doc: "True if the condition is; else the query ends with the message.",
			Sigs: []Sig{{
				Params: "condition:bool, message:string", Result: "bool",
				SQL: "CASE WHEN $1 THEN true ELSE error(concat('assert() has failed with message: ', $2)) END", Nulls: Never,
			}},
			Examples: []Example{{`print assert(1 < 2, "one is less")`, []string{"true"}}},
		},
		&Func{
			Name: "max_of", Doc: "The greatest of the arguments.",
			Sigs:     []Sig{{Params: "x:alike*", Result: "common", Gen: ofAll("greatest")}},
			Examples: []Example{{"print max_of(3, 1, 2)", []string{"3"}}},
		},
		&Func{
			Name: "min_of", Doc: "The least of the arguments.",
			Sigs:     []Sig{{Params: "x:alike*", Result: "common", Gen: ofAll("least")}},
			Examples: []Example{{"print min_of(3, 1, 2)", []string{"1"}}},
		},
	)
}

// ofAll applies greatest or least to the arguments, decimals by their keys.
func ofAll(name string) func(*Call) string {
	return func(c *Call) string {
		if c.Result != schema.Decimal {
			return c.expand(name + "($*)")
		}
		keys := *c
		keys.Args = nil
		for _, a := range c.Args {
			text := decimalOf(a)
			keys.Args = append(keys.Args, Arg{SQL: DecimalKey(text) + " || ' ' || " + text})
		}
		return "split_part(" + keys.expand(name+"($*)") + ", ' ', 2)"
	}
}

func caseOf(c *Call) string {
	var b strings.Builder
	b.WriteString("CASE")
	n := len(c.Args) - 1
	for i := 0; i+1 <= n; i += 2 {
		b.WriteString(" WHEN " + c.Args[i].SQL + " THEN " + c.Args[i+1].SQL)
	}
	b.WriteString(" ELSE " + c.Args[n].SQL + " END")
	return b.String()
}

func coalesceText(c *Call) string {
	parts := make([]string, 0, len(c.Args))
	for _, a := range c.Args {
		parts = append(parts, "nullif("+a.SQL+", '')")
	}
	return "coalesce(" + strings.Join(parts, ", ") + ", '')"
}
