package config

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestEveryFieldIsDocumented holds the reference page to the file's fields.
func TestEveryFieldIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range fieldsOf(reflect.TypeFor[Config](), "") {
		if !strings.Contains(string(page), "`"+field+"`") {
			t.Errorf("docs/reference/configuration.md does not have `%s`", field)
		}
	}
}

// fieldsOf lists the names of a struct's fields in the file.
func fieldsOf(typ reflect.Type, prefix string) (list []string) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[Part]() {
			list = append(list, fieldsOf(inner, prefix+name+".")...)
			continue
		}
		list = append(list, prefix+name)
	}
	return list
}
