package rules

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// maxJSONDepth is how deep JSON may be nested; deployment templates reach 20.
const maxJSONDepth = 100

var errTooDeep = errors.New("nested too deeply to be a rule")

// A jsonParser makes of JSON the nodes that the YAML parser would make of it,
// so that one set of readers serves both. It is no YAML parser because JSON in
// the wild is no YAML: it is indented by tabs and escapes slashes and halves
// of characters.
type jsonParser struct {
	source string
	decode *jsontext.Decoder
	offset int // up to which here was counted
	here   Place
	depth  int
}

// parseJSON returns the root node, or an error and its place.
func parseJSON(source string) (ast.Node, Place, error) {
	p := &jsonParser{source: source, here: Place{1, 1}}
	p.decode = jsontext.NewDecoder(strings.NewReader(source),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	node, err := p.value()
	if err == nil && strings.TrimSpace(source[p.decode.InputOffset():]) != "" {
		p.next()
		err = errors.New("there is text behind the end of the JSON value")
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		p.walk(int(syntactic.ByteOffset))
		err = syntactic.Err
	}
	return node, p.here, err
}

// next walks to the beginning of the next token.
func (p *jsonParser) next() Place {
	at := int(p.decode.InputOffset())
	for at < len(p.source) && strings.IndexByte(" \t\r\n,:", p.source[at]) >= 0 {
		at++
	}
	p.walk(at)
	return p.here
}

// walk counts lines and characters up to an offset.
func (p *jsonParser) walk(offset int) {
	passed := p.source[p.offset:min(max(offset, p.offset), len(p.source))]
	if n := strings.Count(passed, "\n"); n > 0 {
		p.here = Place{p.here.Line + n, 1}
		passed = passed[strings.LastIndexByte(passed, '\n')+1:]
	}
	p.here.Column += utf8.RuneCountInString(passed)
	p.offset = max(offset, p.offset)
}

func (p *jsonParser) value() (ast.Node, error) {
	at := p.next()
	tok, err := p.decode.ReadToken()
	if err != nil {
		return nil, err
	}
	switch tok.Kind() {
	case '{':
		return p.nested(func() (ast.Node, error) { return p.object(at) })
	case '[':
		return p.nested(func() (ast.Node, error) { return p.array(at) })
	case 'n':
		return ast.Null(p.token(token.NullType, "null", at)), nil
	case '"':
		return ast.String(p.token(token.DoubleQuoteType, tok.String(), at)), nil
	}
	return ast.String(p.token(token.StringType, tok.String(), at)), nil
}

func (p *jsonParser) nested(read func() (ast.Node, error)) (ast.Node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxJSONDepth {
		return nil, errTooDeep
	}
	return read()
}

func (p *jsonParser) object(at Place) (ast.Node, error) {
	object := ast.Mapping(p.token(token.MappingStartType, "{", at), true)
	for p.decode.PeekKind() == '"' {
		place := p.next()
		name, err := p.decode.ReadToken()
		if err != nil {
			return nil, err
		}
		key := ast.String(p.token(token.DoubleQuoteType, name.String(), place))
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		object.Values = append(object.Values, ast.MappingValue(key.GetToken(), key, value))
	}
	return object, p.end()
}

func (p *jsonParser) array(at Place) (ast.Node, error) {
	array := ast.Sequence(p.token(token.SequenceStartType, "[", at), true)
	for p.decode.PeekKind() != ']' {
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		array.Values = append(array.Values, value)
	}
	return array, p.end()
}

// end reads the closing bracket.
func (p *jsonParser) end() error {
	p.next()
	_, err := p.decode.ReadToken()
	return err
}

// token makes the token that begins where next has walked to.
func (p *jsonParser) token(kind token.Type, text string, at Place) *token.Token {
	return &token.Token{Type: kind, Value: text, Position: &token.Position{Line: at.Line, Column: at.Column, Offset: p.offset}}
}
