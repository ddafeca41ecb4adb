package fn

import (
	"strings"

	"nephoscope/internal/schema"
)

func operators() []*Func {
	return family("operator",
		arithmetic("+", "the sum", sums, add),
		arithmetic("-", "the difference", differences, subtract),
		arithmetic("*", "the product", products, multiply),
		arithmetic("/", "the quotient; of whole numbers the whole part of it", quotients, divide),
		arithmetic("%", "the remainder, which is never negative", remainders, modulo),
		&Func{Name: "negate", Kind: Operator, Doc: "The number with the other sign.", Sigs: []Sig{
			{Params: "x:decimal", Result: "decimal", SQL: "kql_decimal('-', '0', $1)"},
			{Params: "x:number", Result: "promoted", SQL: "-$1"},
			{Params: "x:timespan", Result: "timespan", SQL: "-$1"},
			{Params: "x:datetime", Result: "datetime", SQL: "-$1"},
		}},
		&Func{Name: "and", Kind: Operator, Doc: "Whether both are true.", Sigs: []Sig{
			{Params: "a:bool, b:bool", Result: "bool", Gen: junction("AND")},
		}},
		&Func{Name: "or", Kind: Operator, Doc: "Whether one is true.", Sigs: []Sig{
			{Params: "a:bool, b:bool", Result: "bool", Gen: junction("OR")},
		}},
		&Func{Name: "==", Kind: Operator, Doc: "Whether the values are equal. Null equals no value; of two nulls it is not known.", Sigs: []Sig{
			{Params: "a:scalar, b:scalar", Result: "bool", Gen: equal, Nulls: Strict},
		}},
		&Func{Name: "!=", Kind: Operator, Doc: "Whether the values differ. Null differs from every value; of two nulls it is not known.", Sigs: []Sig{
			{Params: "a:scalar, b:scalar", Result: "bool", Gen: notEqual, Nulls: Strict},
		}},
		order("<", "Whether the first is less."), order("<=", "Whether the first is not greater."),
		order(">", "Whether the first is greater."), order(">=", "Whether the first is not less."),
		&Func{Name: "is distinct", Kind: Operator, Doc: "Whether the values differ, null being one.", Sigs: []Sig{
			{Params: "a:scalar, b:scalar", Result: "bool", SQL: "$1 IS DISTINCT FROM $2", Nulls: Never},
		}},
		&Func{Name: "same", Kind: Operator, Doc: "Whether the values are equal, or both null.", Sigs: []Sig{
			{Params: "a:scalar, b:scalar", Result: "bool", SQL: "$1 IS NOT DISTINCT FROM $2", Nulls: Never},
		}},
		&Func{Name: "parse-kv", Kind: Operator, Doc: "The pairs of keys and values in a text as a bag.", Sigs: []Sig{
			{Params: "x:string, settings:string", Result: "dynamic", SQL: "kql_parse_kv($1, $2)", Nulls: Maybe},
		}},
		&Func{Name: ".", Kind: Operator, Doc: "The value at a path inside a dynamic, null if there is none.", Sigs: []Sig{
			{Params: "x:dynamic, path:string", Result: "dynamic", SQL: "kql_path($1, $2)", Nulls: Maybe},
		}},
		&Func{Name: "[]", Kind: Operator, Doc: "The element of an array or the property of a bag, null if there is none.", Sigs: []Sig{
			{Params: "x:dynamic, index:integer", Result: "dynamic", SQL: "kql_at($1, $2)", Nulls: Maybe},
			{Params: "x:dynamic, key:string", Result: "dynamic", SQL: "kql_key($1, $2)", Nulls: Maybe},
		}},
		&Func{Name: "as_number", Kind: Operator, Doc: "The number as a dynamic.", Sigs: []Sig{
			{Params: "x:real", Result: "dynamic", SQL: "kql_number_json($1)"},
		}},
		&Func{Name: "in", Kind: Operator, Doc: "Whether the value is one of a list.", Sigs: []Sig{
			{Params: "x:scalar, list:scalar*", Result: "bool", Gen: inList, Nulls: Never},
		}},
		&Func{Name: "in~", Kind: Operator, Doc: "Whether the text is one of a list, whatever its case.", Sigs: []Sig{
			{Params: "x:string, list:string*", Result: "bool", Gen: inFold, Nulls: Never},
		}},
		&Func{Name: "in array", Kind: Operator, Doc: "Whether the value is an element of an array.", Sigs: []Sig{
			{Params: "x:json, array:dynamic", Result: "bool", SQL: "coalesce(kql_set_has_element($2, $1), false)", Nulls: Never},
		}},
		&Func{Name: "in~ array", Kind: Operator, Doc: "Whether the text is an element of an array, whatever its case.", Sigs: []Sig{
			{Params: "x:string, array:dynamic", Result: "bool", SQL: "coalesce(kql_set_has_element(lower($2), kql_quote(lower($1))), false)", Nulls: Never},
		}},
		&Func{Name: "has_any", Kind: Operator, Doc: "Whether the text has one of the terms.", Sigs: []Sig{
			{Params: "x:text, list:text*", Result: "bool", Gen: hasList("OR"), Nulls: Never},
		}},
		&Func{Name: "has_all", Kind: Operator, Doc: "Whether the text has all of the terms.", Sigs: []Sig{
			{Params: "x:text, list:text*", Result: "bool", Gen: hasList("AND"), Nulls: Never},
		}},
		&Func{Name: "has_any array", Kind: Operator, Doc: "Whether the text has one of the terms of an array.", Sigs: []Sig{
			{Params: "x:text, array:dynamic", Result: "bool", SQL: "kql_has_any($1, $2)", Nulls: Never},
		}},
		&Func{Name: "has_all array", Kind: Operator, Doc: "Whether the text has all of the terms of an array.", Sigs: []Sig{
			{Params: "x:text, array:dynamic", Result: "bool", SQL: "kql_has_all($1, $2)", Nulls: Never},
		}},
		&Func{Name: "between", Kind: Operator, Doc: "Whether a value lies in a range, both ends included.", Sigs: []Sig{
			{Params: "x:scalar, from:scalar, to:scalar", Result: "bool", SQL: "$1 BETWEEN $2 AND $3"},
		}},
		&Func{Name: "!between", Kind: Operator, Doc: "Whether a value lies outside a range.", Sigs: []Sig{
			{Params: "x:scalar, from:scalar, to:scalar", Result: "bool", SQL: "$1 NOT BETWEEN $2 AND $3"},
		}},
	)
}

// An opSig is the operand types and the result type of an operator.
type opSig struct{ params, result string }

var (
	sums = []opSig{
		{"a:number, b:number", "widest"},
		{"a:timespan, b:timespan", "timespan"},
		{"a:datetime, b:timespan", "datetime"},
		{"a:timespan, b:datetime", "datetime"},
		{"a:datetime, b:datetime", "datetime"},
	}
	differences = []opSig{
		{"a:number, b:number", "widest"},
		{"a:timespan, b:timespan", "timespan"},
		{"a:datetime, b:datetime", "timespan"},
		{"a:datetime, b:timespan", "datetime"},
		{"a:timespan, b:datetime", "datetime"},
	}
	products = []opSig{
		{"a:number, b:number", "widest"},
		{"a:timespan, b:number", "timespan"},
		{"a:number, b:timespan", "timespan"},
		{"a:timespan, b:timespan", "timespan"},
		{"a:datetime, b:number", "datetime"},
		{"a:number, b:datetime", "datetime"},
	}
	quotients = []opSig{
		{"a:number, b:number", "widest"},
		{"a:timespan, b:timespan", "real"},
		{"a:timespan, b:number", "timespan"},
		{"a:datetime, b:timespan", "real"},
		{"a:datetime, b:datetime", "real"},
		{"a:datetime, b:number", "datetime"},
	}
	remainders = []opSig{
		{"a:number, b:number", "widest"},
		{"a:timespan, b:timespan", "timespan"},
		{"a:timespan, b:number", "timespan"},
		{"a:datetime, b:timespan", "timespan"},
		{"a:datetime, b:datetime", "timespan"},
		{"a:datetime, b:number", "datetime"},
	}
)

func arithmetic(name, doc string, sigs []opSig, gen func(*Call) string) *Func {
	f := &Func{Name: name, Kind: Operator, Doc: strings.ToUpper(doc[:1]) + doc[1:] + "."}
	nulls := Strict
	if name == "/" || name == "%" {
		nulls = Maybe
	}
	for _, s := range sigs {
		f.Sigs = append(f.Sigs, Sig{Params: s.params, Result: s.result, Gen: gen, Nulls: nulls})
	}
	return f
}

// operand returns argument i for arithmetic: whole numbers as BIGINT, also
// where a literal or an int would make DuckDB count in 32 bits.
func (c *Call) operand(i int) string {
	a := c.Args[i]
	switch {
	case a.Type == schema.Decimal:
		return "CAST(" + a.SQL + " AS DOUBLE)"
	case a.Type == schema.Int || a.Const && a.Type == schema.Long:
		return Paren(a.SQL) + "::BIGINT"
	case a.Const && a.Type == schema.Real:
		return Paren(a.SQL) + "::DOUBLE"
	}
	return Paren(a.SQL)
}

// decimal writes an operation on decimals: those are texts.
func (c *Call) decimal(op string) string {
	return "kql_decimal('" + op + "', " + decimalOf(c.Args[0]) + ", " + decimalOf(c.Args[1]) + ")"
}

// decimalOf returns a number as the text of a decimal.
func decimalOf(a Arg) string {
	if a.Type == schema.Decimal {
		return a.SQL
	}
	return "CAST(" + a.SQL + " AS VARCHAR)"
}

// DecimalKey returns a text that has a decimal's place in the order of numbers.
func DecimalKey(sql string) string { return "kql_decimal_key(" + sql + ")" }

// real tells whether the operation is one of floating point.
func (c *Call) real() bool {
	return c.Args[0].Type == schema.Real || c.Args[1].Type == schema.Real ||
		c.Args[0].Type == schema.Decimal || c.Args[1].Type == schema.Decimal
}

func (c *Call) infix(op string) string { return c.operand(0) + " " + op + " " + c.operand(1) }

// ticks rounds the result of a floating point operation on time.
func (c *Call) ticks(sql string) string {
	if c.real() && c.Result != schema.Real {
		return "CAST(" + sql + " AS BIGINT)"
	}
	return sql
}

func add(c *Call) string      { return c.compute("+") }
func subtract(c *Call) string { return c.compute("-") }
func multiply(c *Call) string { return c.compute("*") }

func (c *Call) compute(op string) string {
	if c.Result == schema.Decimal {
		return c.decimal(op)
	}
	return c.ticks(c.infix(op))
}

func divide(c *Call) string {
	if c.Result == schema.Decimal {
		return c.decimal("/")
	}
	if c.real() || c.Result == schema.Real {
		return c.ticks(c.infix("/"))
	}
	return c.infix("//")
}

func modulo(c *Call) string {
	if c.Result == schema.Decimal {
		return c.decimal("%")
	}
	a, b := c.operand(0), c.operand(1)
	if n, ok := c.Args[1].long(); ok && n > 0 && c.Args[0].Type == schema.Datetime {
		return a + " % " + b
	} else if ok && n > 0 {
		return c.ticks("(" + a + " % " + b + " + " + b + ") % " + b)
	}
	return c.ticks("(" + a + " % " + b + " + abs(" + b + ")) % abs(" + b + ")")
}

func junction(word string) func(*Call) string {
	return func(c *Call) string {
		return Paren(c.Args[0].SQL) + " " + word + " " + Paren(c.Args[1].SQL)
	}
}

func equal(c *Call) string {
	a, b := c.comparable()
	switch {
	case c.Filter || !c.Args[0].Nullable && !c.Args[1].Nullable:
		return a + " = " + b
	case c.Args[0].Nullable && c.Args[1].Nullable:
		return "CASE WHEN " + a + " IS NOT NULL OR " + b + " IS NOT NULL THEN " + a + " IS NOT DISTINCT FROM " + b + " END"
	}
	return a + " IS NOT DISTINCT FROM " + b
}

func notEqual(c *Call) string {
	a, b := c.comparable()
	switch {
	case !c.Args[0].Nullable && !c.Args[1].Nullable:
		return a + " <> " + b
	case c.Filter || !c.Args[0].Nullable || !c.Args[1].Nullable:
		return a + " IS DISTINCT FROM " + b
	}
	return "CASE WHEN " + a + " IS NOT NULL OR " + b + " IS NOT NULL THEN " + a + " IS DISTINCT FROM " + b + " END"
}

func order(op, doc string) *Func {
	gen := func(c *Call) string {
		a, b := c.comparable()
		return a + " " + op + " " + b
	}
	f := &Func{Name: op, Kind: Operator, Doc: doc}
	for _, params := range []string{"a:numbool, b:numbool", "a:timespan, b:timespan", "a:datetime, b:datetime", "a:string, b:string"} {
		f.Sigs = append(f.Sigs, Sig{Params: params, Result: "bool", Gen: gen})
	}
	f.Sigs = append(f.Sigs, Sig{Params: "a:dynamic, b:dynamic", Result: "bool", SQL: "kql_number($1) " + op + " kql_number($2)", Nulls: Maybe})
	return f
}

// comparable returns both operands of a comparison in one SQL type.
func (c *Call) comparable() (a, b string) {
	side := func(x, other Arg) string {
		switch {
		case x.Type == schema.Decimal || other.Type == schema.Decimal:
			return DecimalKey(decimalOf(x))
		case x.Type == schema.Bool && IsNumber(other.Type):
			return "CAST(" + x.SQL + " AS BIGINT)"
		}
		return Paren(x.SQL)
	}
	return side(c.Args[0], c.Args[1]), side(c.Args[1], c.Args[0])
}

func inList(c *Call) string {
	if c.Args[0].Type == schema.Decimal {
		keys := *c
		keys.Args = nil
		for _, a := range c.Args {
			keys.Args = append(keys.Args, Arg{SQL: DecimalKey(decimalOf(a)), Type: schema.String, Nullable: a.Nullable})
		}
		c = &keys
	}
	x := Paren(c.Args[0].SQL)
	list := x + " IN (" + c.list(1) + ")"
	if len(c.Args) == 2 {
		list = x + " = " + Paren(c.Args[1].SQL)
	}
	if c.Args[0].Nullable && !c.Filter {
		return "coalesce(" + list + ", false)"
	}
	return list
}

func inFold(c *Call) string {
	parts := make([]string, 0, len(c.Args))
	for _, a := range c.Args[1:] {
		if s, ok := a.text(); ok {
			parts = append(parts, Quote(strings.ToLower(s)))
		} else {
			parts = append(parts, "lower("+a.SQL+")")
		}
	}
	return "lower(" + c.Args[0].SQL + ") IN (" + strings.Join(parts, ", ") + ")"
}

func hasList(word string) func(*Call) string {
	return func(c *Call) string {
		parts := make([]string, 0, len(c.Args))
		for _, a := range c.Args[1:] {
			parts = append(parts, "kql_has("+c.Args[0].SQL+", "+a.SQL+")")
		}
		return strings.Join(parts, " "+word+" ")
	}
}
