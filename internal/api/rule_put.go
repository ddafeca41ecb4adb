package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"nephoscope/internal/api/call"
	"nephoscope/internal/rulebook"
	"nephoscope/internal/rules"
)

// maxRule bounds the text of a rule, in bytes.
const maxRule = 64 << 10

// What the texts of rules are called in findings, by what they are.
const (
	templatePath = "rule.yaml"
	resourcePath = "rule.json"
)

// textOf reads the text of a rule: the YAML template, the same as JSON, or the
// resource of ARM. path says which it is, as the name of a file does.
func textOf(r *http.Request) (path string, data []byte, err error) {
	media, err := call.Media(r, call.YAML, call.JSON)
	if err != nil {
		return "", nil, err
	}
	data, err = call.Body(r, maxRule)
	var resource struct {
		Properties json.RawMessage `json:"properties"`
	}
	if media == call.JSON && json.Unmarshal(data, &resource) == nil && resource.Properties != nil {
		return resourcePath, data, err
	}
	return templatePath, data, err
}

// lintRule tells what is wrong with the text of rules.
func lintRule(compile Compile) call.Handler {
	type answer struct {
		Findings []rules.Finding `json:"findings"`
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		path, data, err := textOf(r)
		if err != nil {
			return err
		}
		check, err := compile(r.Context())
		if err != nil {
			return err
		}
		call.Reply(w, http.StatusOK, answer{append([]rules.Finding{}, rules.Parse(path, data).Lint(check)...)})
		return nil
	}
}

// putRule makes a rule, or replaces the one with its id.
func putRule(show ruleShower, book RuleWriter, compile Compile) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Demand(r)
		if err != nil {
			return err
		}
		rule, err := readRule(r, compile)
		if err != nil {
			return err
		}
		_, err = show.rules.Entry(rule.ID)
		made := errors.Is(err, rulebook.ErrNotFound)
		e, err := book.Put(r.Context(), rule, match, call.User(r, byAPI))
		if err != nil {
			return err
		}
		status := http.StatusOK
		if made {
			status = http.StatusCreated
		}
		show.reply(w, status, e)
		return nil
	}
}

// readRule reads the one rule of a body, which must have no error. Its id is
// that of the path; a template says the same.
func readRule(r *http.Request, compile Compile) (*rules.Rule, error) {
	path, data, err := textOf(r)
	if err != nil {
		return nil, err
	}
	check, err := compile(r.Context())
	if err != nil {
		return nil, err
	}
	rule, err := rulebook.Read(path, data, check)
	if err != nil {
		return nil, err
	}
	return named(rule, r.PathValue("id"), path)
}

// named is a rule under the id of the path.
func named(rule *rules.Rule, id, path string) (*rules.Rule, error) {
	want := rules.RuleID(id)
	switch {
	case !strings.EqualFold(id, want):
		return nil, call.Bad("id", "rule id %q: want a GUID", id)
	case path == templatePath && rule.ID != want:
		return nil, call.Bad("id", "the template's id is %s, and not that of the path, %s", rule.ID, want)
	}
	return rulebook.Named(rule, want), nil
}
