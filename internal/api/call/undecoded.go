package call

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// undecoded says where a body is not what is wanted.
func undecoded(data []byte, err error) *Problem {
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	d, what := Detail{Code: "InvalidField", Message: err.Error()}, "the body is not what is wanted"
	switch {
	case errors.As(err, &syntactic):
		what, d.Code, d.Message = "the body is no JSON", "InvalidText", syntactic.Err.Error()
		d.Line, d.Column = placeOf(data, syntactic.ByteOffset)
	case errors.As(err, &semantic):
		d.Target, d.Message = dotted(semantic.JSONPointer), unfit(semantic)
		d.Line, d.Column = placeOf(data, semantic.ByteOffset)
	}
	message := fmt.Sprintf("%s: %d:%d: %s", what, d.Line, d.Column, d.Message)
	return &Problem{Status: http.StatusBadRequest, Code: "BadArgument", Message: message, Details: []Detail{d}}
}

// unfit says how a value and the member it is meant for do not go together, in
// words of JSON.
func unfit(err *json.SemanticError) string {
	name := dotted(err.JSONPointer)
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return fmt.Sprintf("%s is no member that is known here", name)
	case name == "":
		name = "the body"
	}
	found := map[jsontext.Kind]string{
		'n': "null", 't': "true", 'f': "false", '"': "a text", '0': "a number", '{': "an object", '[': "a list",
	}[err.JSONKind]
	if found == "" {
		found = "something else"
	}
	return fmt.Sprintf("%s is %s: want %s", name, found, wanted(err.GoType))
}

// wanted says which values of JSON a type takes.
func wanted(t reflect.Type) string {
	if t == nil {
		return "another value"
	}
	if t == reflect.TypeFor[time.Time]() {
		return "a time such as 2026-03-02T09:15:00Z"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "another value"
}

// placeOf turns an offset into line and column, from 1.
func placeOf(data []byte, offset int64) (line, column int) {
	before := data[:min(max(offset, 0), int64(len(data)))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}

// dotted writes a pointer as a path: properties.owner.
func dotted(p jsontext.Pointer) string {
	var parts []string
	for part := range p.Tokens() {
		parts = append(parts, part)
	}
	return strings.Join(parts, ".")
}
