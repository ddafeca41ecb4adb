package odata

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func fields() []string {
	return []string{"properties/title", "properties/status", "properties/number", "properties/created", "properties/closed", "properties/open"}
}

// one is what the tests filter.
func one(field string) any {
	return map[string]any{
		"properties/title": "Lock 'keep' removed", "properties/status": "New", "properties/number": 7.0,
		"properties/created": time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), "properties/open": true,
	}[field]
}

func TestMatch(t *testing.T) {
	for filter, want := range map[string]bool{
		"properties/status eq 'New'":                                                       true,
		"Properties/Status EQ 'new'":                                                       true,
		"properties/status ne 'New'":                                                       false,
		"properties/status in ('Active', 'New')":                                           true,
		"properties/status in ('Active')":                                                  false,
		"properties/title eq 'lock ''keep'' removed'":                                      true,
		"contains(properties/title, 'KEEP')":                                               true,
		"contains(properties/title, 'KEEP') eq false":                                      false,
		"startswith(properties/title,'Lock') and endswith(properties/title,'ed')":          true,
		"startswith(properties/title,'keep')":                                              false,
		"properties/number gt 6 and properties/number le 7.0":                              true,
		"properties/number lt -6.5":                                                        false,
		"7 eq properties/number":                                                           true,
		"properties/created ge 2026-03-02T09:00:00Z":                                       true,
		"properties/created gt 2026-03-02T09:00:00.0000000Z":                               false,
		"properties/created lt '2026-03-02T10:00:00+01:00'":                                false,
		"'2026-03-02T08:00:00Z' lt properties/created":                                     true,
		"properties/closed eq null":                                                        true,
		"properties/closed ne null":                                                        false,
		"properties/closed lt 2026-03-02T09:00:00Z":                                        false,
		"properties/open eq true":                                                          true,
		"not properties/open eq true":                                                      false,
		"not (properties/status eq 'New' or properties/number eq 7)":                       false,
		"properties/status eq 'x' and properties/number eq 7 or properties/open eq true":   true,
		"properties/status eq 'x' and (properties/number eq 7 or properties/open eq true)": false,
		"properties/number eq 'seven'":                                                     false,
		"properties/number ne 'seven'":                                                     true,
	} {
		f, err := Parse(filter, fields())
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if got := f.Match(one); got != want {
			t.Errorf("%s: got %t, want %t", filter, got, want)
		}
	}
	if !(*Filter)(nil).Match(one) {
		t.Error("no filter does not choose everything")
	}
}

func TestWrongFilters(t *testing.T) {
	for filter, want := range map[string]Error{
		"":                                      {1, "want a field"},
		"properties/status":                     {18, "want eq, ne"},
		"properties/status like 'x'":            {19, `found "like"`},
		"properties/status eq":                  {21, "want a field"},
		"properties/colour eq 'x'":              {1, `no field "properties/colour"`},
		"properties/status eq 'New":             {22, "has no end"},
		"properties/status eq 'New' 'Old'":      {28, "want and, or or the end"},
		"(properties/status eq 'New'":           {28, "want )"},
		"properties/status in 'New'":            {22, "want ("},
		"contains(properties/title 'x')":        {27, "want ,"},
		"contains(properties/title,'ä') eq 'ä'": {35, "want true or false"},
		strings.Repeat("(", 60):                 {52, "nested deeper"},
		strings.Repeat("not ", 60):              {205, "nested deeper"},
		strings.Repeat(" ", 9000):               {1, "at most 8192"},
	} {
		_, err := Parse(filter, fields())
		var e *Error
		if !errors.As(err, &e) || e.Column != want.Column || !strings.Contains(e.Message, want.Message) {
			t.Errorf("%.40s: got %v, want column %d: %s", filter, err, want.Column, want.Message)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"properties/status eq 'New' and not (contains(properties/title, 'a''b') or properties/number in (1, 2.5))", "'", "(((", "é eq null"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := Parse(text, fields())
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Column < 1 {
				t.Errorf("got %v, want an *Error with a column", err)
			}
			return
		}
		filter.Match(one)
	})
}
