package syntax

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A modifier changes an item; name is how the rule writes it.
type modifier func(it *item, name string) error

// modifiers are those of the specification, with the longer names that other
// tools take for some of them.
func modifiers() map[string]modifier {
	return map[string]modifier{
		"contains": open(true, true), "startswith": open(false, true), "endswith": open(true, false),
		"all": (*item).setAll, "neq": (*item).setNegated, "cased": (*item).setCased, "exists": (*item).exists,
		"re": (*item).regexp, "i": flag("i"), "ignorecase": flag("i"), "m": flag("m"), "multiline": flag("m"), "s": flag("s"), "dotall": flag("s"),
		"cidr": (*item).cidr, "fieldref": (*item).fieldref, "expand": (*item).expand,
		"lt": compare(Less), "lte": compare(LessEqual), "gt": compare(More), "gte": compare(MoreEqual),
		"minute": (*item).clock, "hour": (*item).clock, "day": (*item).clock, "week": (*item).clock, "month": (*item).clock, "year": (*item).clock,
		"base64": (*item).base64, "base64offset": (*item).base64offset,
		"wide": (*item).utf16, "utf16le": (*item).utf16, "utf16be": (*item).utf16, "utf16": (*item).utf16,
		"windash": (*item).windash,
	}
}

// modify applies the modifiers behind a field in their order.
func (it *item) modify(names string) error {
	known := modifiers()
	for name := range strings.SplitSeq(names, "|") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		apply, ok := known[name]
		if !ok {
			return errorAt(it.at, "modifier %q is unknown", name).hint("Sigma has %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		if err := apply(it, name); err != nil {
			return err
		}
	}
	return it.finish()
}

// finish sees that nothing is left half way.
func (it *item) finish() error {
	for i := range it.values {
		v := &it.values[i]
		if v.bytes != nil {
			return errorAt(it.at, "text in UTF-16 is never found as it is").hint("put base64 or base64offset behind the modifier")
		}
		if c, ok := v.test.(Regexp); ok {
			if err := checkRegexp(v); err != nil {
				return err
			}
			if it.flags != "" {
				v.test = Regexp{"(?" + it.flags + ")" + c.Text}
			}
		}
		v.test = it.opened(v.test)
		if it.part != "" {
			if err := v.clock(it.part); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkRegexp(v *operand) error {
	if _, err := regexp.Compile(v.test.(Regexp).Text); err != nil {
		return errorAt(v.place, "the regular expression cannot be used: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: ")).
			hint("KQL has those of RE2, without looking around and back")
	}
	return nil
}

// each changes every value that is text; others are refused.
func (it *item) each(name string, change func(v *operand) error) error {
	for i := range it.values {
		v := &it.values[i]
		if _, ok := v.test.(Like); !ok {
			return errorAt(v.place, "modifier %s of %s needs text, not %s", name, it.name(), v.describe())
		}
		if err := change(v); err != nil {
			return err
		}
	}
	return nil
}

func (v *operand) describe() string {
	switch {
	case v.kind == nullKind:
		return "null"
	case v.written == "":
		return "nothing"
	}
	return strconv.Quote(v.written)
}

// open makes the modifiers that open a value at its ends. They act when all
// others have, whatever their place.
func open(start, end bool) modifier {
	return func(it *item, name string) error {
		for i := range it.values {
			v := &it.values[i]
			switch t := v.test.(type) {
			case Equal:
				v.test = Like{Pattern: Plain(t.Value)}
			case Like, Field, Regexp:
			default:
				return errorAt(v.place, "modifier %s of %s needs text, not %s", name, it.name(), v.describe())
			}
		}
		it.start, it.end = it.start || start, it.end || end
		return nil
	}
}

// opened returns a test with what open has asked for; an expression is looked
// for anywhere already.
func (it *item) opened(t Test) Test {
	switch t := t.(type) {
	case Like:
		return Like{t.Pattern.open(it.start, it.end), t.Cased}
	case Field:
		t.Start, t.End = it.end, it.start
		return t
	}
	return t
}

func (it *item) setAll(string) error {
	it.all = true
	return nil
}

func (it *item) setNegated(string) error {
	it.negated = true
	return nil
}

func (it *item) setCased(name string) error {
	for i := range it.values {
		v := &it.values[i]
		switch t := v.test.(type) {
		case Like:
			t.Cased = true
			v.test = t
		case Field:
			t.Cased = true
			v.test = t
		default:
			return errorAt(v.place, "modifier %s of %s needs text, not %s", name, it.name(), v.describe())
		}
	}
	return nil
}

func (it *item) exists(name string) error {
	if len(it.values) != 1 || it.values[0].kind != boolKind || it.field == "" {
		return errorAt(it.at, "modifier %s needs a field and either true or false", name)
	}
	v := &it.values[0]
	v.test = Exists{strings.EqualFold(v.written, "true")}
	return nil
}

func (it *item) regexp(name string) error {
	for i := range it.values {
		v := &it.values[i]
		if v.kind == nullKind || v.written == "" {
			return errorAt(v.place, "modifier %s of %s needs an expression", name, it.name())
		}
		v.test = Regexp{v.written}
	}
	it.typed = name
	return nil
}

// flag makes the modifiers behind re.
func flag(letter string) modifier {
	return func(it *item, name string) error {
		if it.typed != "re" {
			return errorAt(it.at, "modifier %s only has a meaning behind re", name)
		}
		if !strings.Contains(it.flags, letter) {
			it.flags += letter
		}
		return nil
	}
}

func (it *item) cidr(name string) error {
	return it.each(name, func(v *operand) error {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(v.written))
		if err != nil {
			return errorAt(v.place, "%q is no network in CIDR notation", v.written).hint("write 10.0.0.0/8 or 2001:db8::/32")
		}
		v.test = CIDR{prefix.Masked().String()}
		return nil
	})
}

func (it *item) fieldref(name string) error {
	return it.each(name, func(v *operand) error {
		v.test = Field{Name: v.written}
		return nil
	})
}

// expand refuses placeholders: their values are known where Sigma rules are
// written for, not here.
func (it *item) expand(name string) error {
	placeholder := regexp.MustCompile(`(?:^|[^\\])(%[^%]+%)`)
	return it.each(name, func(v *operand) error {
		if m := placeholder.FindStringSubmatch(v.written); m != nil {
			return errorAt(v.place, "placeholder %s has no values", m[1]).hint("write the values in its place, without the modifier expand")
		}
		v.test = Like{Pattern: parsePattern(strings.ReplaceAll(v.written, `\%`, "%"))}
		return nil
	})
}

func compare(op Comparison) modifier {
	return func(it *item, name string) error {
		for i := range it.values {
			v := &it.values[i]
			if _, err := strconv.ParseFloat(v.written, 64); err != nil || v.kind == nullKind {
				return errorAt(v.place, "modifier %s of %s needs a number, not %s", name, it.name(), v.describe())
			}
			v.test = Compare{op, v.written}
		}
		return nil
	}
}

func (it *item) clock(name string) error {
	if it.part != "" {
		return errorAt(it.at, "a value cannot be the %s and the %s", it.part, name)
	}
	it.part = name
	return nil
}

// clock makes a test of a part of a time from one of a number.
func (v *operand) clock(part string) error {
	t := Clock{Part: part, Op: Same, Number: v.written}
	if c, ok := v.test.(Compare); ok {
		t.Op = c.Op
	}
	if _, err := strconv.ParseUint(v.written, 10, 16); err != nil {
		return errorAt(v.place, "the %s of a time is a whole number, not %s", part, v.describe())
	}
	v.test = t
	return nil
}
