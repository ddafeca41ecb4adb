package fn

import (
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/schema"
)

// A rule computes the type of a result from those of the arguments.
type rule func(args []schema.Type) schema.Type

// parse reads Params and Result. A mistake in them is a bug of the
// declaration and shows in every test.
func (s *Sig) parse(name string, kind Kind) {
	for part := range strings.SplitSeq(s.Params, ",") {
		if part = strings.TrimSpace(part); part != "" {
			param := parseParam(name, part)
			param.operand = kind == Operator
			s.params = append(s.params, param)
		}
	}
	s.rule = resultRule(name, s.Result)
}

func parseParam(name, text string) Param {
	var p Param
	p.Name, p.Kind, _ = strings.Cut(text, ":")
	for len(p.Kind) > 0 {
		switch p.Kind[len(p.Kind)-1] {
		case '?':
			p.Optional = true
		case '*':
			p.Repeats = true
		case '!':
			p.Constant = true
		default:
			if kinds[p.Kind] == nil {
				panic(fmt.Sprintf("function %s: unknown parameter type %q", name, p.Kind))
			}
			return p
		}
		p.Kind = p.Kind[:len(p.Kind)-1]
	}
	panic(fmt.Sprintf("function %s: parameter %q has no type", name, text))
}

// kinds are the types a parameter can have and the argument types that each
// takes as they are.
var kinds = map[string]func(schema.Type) bool{
	"bool":       is(schema.Bool),
	"int":        is(schema.Int, schema.Long),
	"long":       is(schema.Long, schema.Int),
	"real":       is(schema.Real, schema.Long, schema.Int, schema.Decimal),
	"decimal":    is(schema.Decimal),
	"string":     is(schema.String),
	"datetime":   is(schema.Datetime),
	"timespan":   is(schema.Timespan),
	"guid":       is(schema.GUID),
	"dynamic":    is(schema.Dynamic),
	"integer":    is(schema.Int, schema.Long),
	"number":     IsNumber,
	"summable":   isSummable,
	"numbool":    func(t schema.Type) bool { return IsNumber(t) || t == schema.Bool },
	"orderable":  func(t schema.Type) bool { return t != schema.Dynamic && t != schema.GUID },
	"notdynamic": isNotDynamic,
	"strdyn":     is(schema.String, schema.Dynamic),
	"scalar":     func(schema.Type) bool { return true },
	"column":     func(schema.Type) bool { return true },
	"text":       func(schema.Type) bool { return true }, // becomes a string
	"value":      isNotDynamic,                           // becomes a string
	"texts":      is(schema.String, schema.Dynamic),      // becomes a dynamic
	"textual":    is(schema.String, schema.Dynamic),      // becomes a string
	"json":       func(schema.Type) bool { return true }, // becomes a dynamic
	"common":     func(schema.Type) bool { return true }, // becomes the result's type
	"alike":      func(schema.Type) bool { return true }, // as common, but all of one type or all numbers
	"restart":    is(schema.Bool),                        // becomes the number of a stretch of rows
	"change":     isNotDynamic,                           // becomes the number of a stretch of equal values
}

func is(types ...schema.Type) func(schema.Type) bool {
	return func(t schema.Type) bool {
		for _, want := range types {
			if t == want {
				return true
			}
		}
		return false
	}
}

// IsNumber tells whether a type is one of the numbers.
func IsNumber(t schema.Type) bool {
	return t == schema.Int || t == schema.Long || t == schema.Real || t == schema.Decimal
}

func isNotDynamic(t schema.Type) bool { return t != schema.Dynamic }

func isSummable(t schema.Type) bool {
	return IsNumber(t) || t == schema.Datetime || t == schema.Timespan
}

// Target is the type that an argument of type t must be converted to before
// it is passed, t itself if it fits as it is.
func (p *Param) Target(t, result schema.Type) schema.Type {
	switch p.Kind {
	case "text", "textual", "value":
		return schema.String
	case "json", "texts":
		return schema.Dynamic
	case "common", "alike":
		return result
	case "int", "long", "integer":
		if IsNumber(t) {
			return t
		}
		return schema.Long
	case "real":
		return schema.Real
	case "number":
		if IsNumber(t) {
			return t
		}
		return schema.Real
	case "summable":
		if isSummable(t) {
			return t
		}
		return schema.Real
	case "scalar", "column", "restart", "change", "orderable", "notdynamic", "strdyn", "numbool":
		return t
	}
	want, err := schema.ParseType(p.Kind)
	if err != nil {
		return t
	}
	return want
}

// A Fit tells how well an argument fits a parameter; more is better.
type Fit int

// The degrees of fitting: not at all, by reading a dynamic value, by widening
// a number, as it is.
const (
	NoFit Fit = iota
	Converted
	Promoted
	Exact
)

// Fits tells how well an argument type fits.
func (p *Param) Fits(t schema.Type) Fit {
	switch {
	case t == schema.Unknown:
		return Exact
	case p.Kind == t.String():
		return Exact
	case !kinds[p.Kind](t):
		if t == schema.Dynamic && (p.Kind == "string" || p.operand) {
			return Converted
		}
		return NoFit
	case p.Kind == "int" || p.Kind == "long" || p.Kind == "real":
		return Promoted
	}
	return Exact
}

// ParamAt returns the parameter of argument i of n, nil if there are too many.
// Repeating parameters at the end repeat as a block, except that a single last
// one that does not repeat closes the list, as the else of case() does.
func (s *Sig) ParamAt(i, n int) *Param {
	first := len(s.params)
	count := 0
	for k := range s.params {
		if s.params[k].Repeats {
			first = min(first, k)
			count++
		}
	}
	if count == 0 || i < first {
		if i < len(s.params) {
			return &s.params[i]
		}
		return nil
	}
	tail := len(s.params) - first - count
	if i >= n-tail {
		return &s.params[len(s.params)-(n-i)]
	}
	return &s.params[first+(i-first)%count]
}

// Takes tells whether the signature takes n arguments.
func (s *Sig) Takes(n int) bool {
	least, most, block := 0, 0, 0
	for _, p := range s.params {
		most++
		if !p.Optional {
			least++
		}
		if p.Repeats {
			block++
		}
	}
	if block > 0 {
		return n >= least && (n-least)%block == 0
	}
	return n >= least && n <= most
}

// TypeOf returns the type of the result for arguments of the types.
func (s *Sig) TypeOf(args []schema.Type) schema.Type { return s.rule(args) }

func resultRule(name, result string) rule {
	switch result {
	case "widest":
		return Widest
	case "common":
		return func(args []schema.Type) schema.Type { return Common(args...) }
	case "arg1":
		return func(args []schema.Type) schema.Type { return args[0] }
	case "arg2":
		return func(args []schema.Type) schema.Type { return args[1] }
	case "promoted":
		return func(args []schema.Type) schema.Type { return promote(args[0]) }
	case "type":
		return func(args []schema.Type) schema.Type { return args[len(args)-1] }
	}
	t, err := schema.ParseType(result)
	if err != nil {
		panic(fmt.Sprintf("function %s: result: %v", name, err))
	}
	return func([]schema.Type) schema.Type { return t }
}

func promote(t schema.Type) schema.Type {
	if t == schema.Int {
		return schema.Long
	}
	return t
}

// rank orders the numbers by what they can hold.
func rank(t schema.Type) int {
	switch t {
	case schema.Int:
		return 1
	case schema.Long:
		return 2
	case schema.Real:
		return 3
	case schema.Decimal:
		return 4
	}
	return 0
}

// Widest returns the number type that holds all the arguments; arithmetic of
// two ints is long.
func Widest(args []schema.Type) schema.Type {
	widest := schema.Long
	for _, t := range args {
		if rank(t) > rank(widest) {
			widest = t
		}
	}
	return widest
}

// Alike tells whether the arguments of alike parameters go together: values of
// one type, or numbers.
func (s *Sig) Alike(args []schema.Type) bool {
	var types []schema.Type
	for i, t := range args {
		if s.ParamAt(i, len(args)).Kind == "alike" && t != schema.Unknown {
			types = append(types, t)
		}
	}
	for _, t := range types {
		if t != types[0] && (!IsNumber(t) || !IsNumber(types[0])) {
			return false
		}
	}
	return true
}

// Common returns the type that values of all the types can be shown as, dynamic
// if they differ in kind. What is dynamic already is read as the others' type.
func Common(types ...schema.Type) schema.Type {
	common := schema.Unknown
	for _, t := range types {
		switch {
		case t == common || t == schema.Unknown || t == schema.Dynamic:
		case common == schema.Unknown:
			common = t
		case IsNumber(t) && IsNumber(common):
			if rank(t) > rank(common) {
				common = t
			}
		default:
			return schema.Dynamic
		}
	}
	if common == schema.Unknown && slices.Contains(types, schema.Dynamic) {
		return schema.Dynamic
	}
	return common
}
