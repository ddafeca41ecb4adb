package syntax

import (
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/schema"
)

// literal reads a constant as datatable and parameters take it: unlike in an
// expression a number may have a sign. Nil if there is none.
func (p *parser) literal() Expr {
	switch p.tok.kind {
	case kString:
		return p.stringLiteral()
	case kBool, kLong, kReal, kTimespan, kTyped, kRawGUID:
		return p.plainLiteral()
	case kPlus, kMinus:
		return p.signedLiteral()
	case kDynamic:
		return p.dynamic()
	case kTypeOf:
		return p.typeOf()
	case kLBrace:
		if id := p.name(always); id != nil {
			return id
		}
	}
	return nil
}

// stringLiteral reads adjacent strings as one.
func (p *parser) stringLiteral() Expr {
	start, hidden := p.tok.start, p.tok.hidden
	value := p.stringTokens()
	s := p.since(start)
	return &Literal{Span: s, Type: schema.String, Value: value, Text: p.text[s.Start:s.End], Hidden: hidden}
}

// plainLiteral reads a literal of one token.
func (p *parser) plainLiteral() *Literal {
	negative := p.pos > 0 && p.tokens[p.pos-1].kind == kMinus
	t := p.next()
	l := &Literal{Span: Span{t.start, t.end}, Text: p.word(t)}
	if t.kind == kRawGUID {
		p.errs.add(Malformed, l.Span, "a GUID is written guid(%s)", l.Text)
	}
	p.fill(l, t.kind, negative)
	return l
}

// fill sets type and value of a literal from its text.
func (p *parser) fill(l *Literal, k kind, negative bool) {
	var problem string
	l.Type, l.Value, problem = literalValue(k, l.Text)
	if problem == "" {
		return
	}
	if negative && l.Text == "9223372036854775808" {
		l.Value = int64(math.MinInt64) // the sign in front leaves it as it is
		return
	}
	p.errs.add(Meaningless, l.Span, "%s %s", l.Text, problem)
}

// signedLiteral reads -1, +2.5 and -1d; the sign must touch.
func (p *parser) signedLiteral() Expr {
	sign, number := p.tok, p.peek(1)
	switch number.kind {
	case kLong, kReal, kTimespan:
	default:
		return nil
	}
	if number.spaced {
		return nil
	}
	p.next()
	p.next()
	l := &Literal{Span: p.since(sign.start)}
	l.Text = p.text[l.Start:l.End]
	p.fill(l, number.kind, false)
	return l
}

// typeOf reads typeof(long) and typeof(a:long, ...).
func (p *parser) typeOf() Expr {
	start := p.tok.start
	p.next()
	open := p.pos
	t := &TypeOf{}
	if !p.expect(kLParen, `"(" after "typeof"`) {
		t.Span = p.since(start)
		return t
	}
	if p.at(kRParen) {
		p.errs.add(Meaningless, p.here(), "typeof() needs a type")
	} else if p.peek(1).kind == kColon || p.at(kStar) || p.nameLen(0, always) > 1 {
		t.Schema = p.schemaColumns(p.start())
	} else {
		t.Type = p.typeName(true)
	}
	p.closeBracket(open, "")
	t.Span = p.since(start)
	return t
}

// dynamic reads dynamic(...) with the JSON inside.
func (p *parser) dynamic() Expr {
	start, open := p.tok.start, p.pos+1
	if p.peek(1).kind != kLParen {
		return nil
	}
	p.next()
	p.next()
	l := &Literal{Type: schema.Dynamic}
	if text := p.json(nil); string(text) != "null" && !p.lost() {
		l.Value = schema.DynamicValue(text)
	}
	p.closeBracket(open, "")
	l.Span = p.since(start)
	l.Text = p.text[l.Start:l.End]
	return l
}

// json reads one value of a dynamic literal and appends it as compact JSON.
func (p *parser) json(dst []byte) []byte {
	defer p.leave()
	if !p.enter() {
		return dst
	}
	switch p.tok.kind {
	case kString:
		return appendString(dst, p.stringTokens())
	case kNull:
		p.next()
		return append(dst, "null"...)
	case kMinus:
		return p.jsonNegative(dst)
	case kBool, kLong, kReal, kTimespan, kTyped, kRawGUID:
		return appendScalar(dst, p.plainLiteral())
	case kDynamic:
		return p.jsonDynamic(dst)
	case kLBracket:
		return p.jsonArray(dst)
	case kLBrace:
		return p.jsonObject(dst)
	}
	p.missing("a JSON value")
	return dst
}

func (p *parser) jsonNegative(dst []byte) []byte {
	p.next()
	if !p.at(kLong) && !p.at(kReal) {
		p.missing("a number after \"-\"")
		return dst
	}
	l := p.plainLiteral()
	switch v := l.Value.(type) {
	case int64:
		return strconv.AppendInt(dst, -v, 10)
	case float64:
		return appendReal(dst, -v)
	}
	return append(dst, "null"...)
}

func (p *parser) jsonDynamic(dst []byte) []byte {
	l, ok := p.dynamic().(*Literal)
	if !ok {
		p.missing("a JSON value")
		return dst
	}
	return appendScalar(dst, l)
}

func (p *parser) jsonArray(dst []byte) []byte {
	open := p.pos
	p.next()
	dst = append(dst, '[')
	for n := 0; !p.at(kRBracket) || n > 0; n++ {
		dst = p.json(dst)
		if !p.accept(kComma) {
			break
		}
		dst = append(dst, ',')
	}
	p.closeBracket(open, `","`)
	return append(dst, ']')
}

func (p *parser) jsonObject(dst []byte) []byte {
	open := p.pos
	p.next()
	dst = append(dst, '{')
	for n := 0; !p.at(kRBrace) || n > 0; n++ {
		dst = p.jsonPair(dst)
		if !p.accept(kComma) {
			break
		}
		dst = append(dst, ',')
	}
	p.closeBracket(open, `","`)
	return append(dst, '}')
}

// jsonPair reads "key": value.
func (p *parser) jsonPair(dst []byte) []byte {
	if !p.at(kString) {
		if isWord(p.tok) {
			p.fail(p.here(), "a key in a dynamic literal needs quotes: write \"%s\"", p.word(p.tok))
		}
		p.missing("a key in quotes")
		return dst
	}
	dst = appendString(dst, stringValue(p.word(p.next())))
	p.expect(kColon, `":"`)
	return p.json(append(dst, ':'))
}

// appendScalar appends a literal as JSON. What JSON does not know becomes
// text as tostring makes it.
func appendScalar(dst []byte, l *Literal) []byte {
	switch v := l.Value.(type) {
	case bool:
		return strconv.AppendBool(dst, v)
	case int32:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendReal(dst, v)
	case schema.DecimalValue:
		return appendString(dst, string(v))
	case schema.GUIDValue:
		return appendString(dst, string(v))
	case schema.DatetimeValue:
		return appendString(dst, v.String())
	case schema.TimespanValue:
		return appendString(dst, v.String())
	case schema.DynamicValue:
		return append(dst, v...)
	}
	return append(dst, "null"...)
}

// appendReal appends a number that can be told from a long.
func appendReal(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	case f == math.Trunc(f) && math.Abs(f) < 1e15:
		return strconv.AppendFloat(dst, f, 'f', 1, 64)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(dst, s)
	if err != nil { // not UTF-8
		quoted, _ = jsontext.AppendQuote(dst, strings.ToValidUTF8(s, "\ufffd"))
	}
	return quoted
}
