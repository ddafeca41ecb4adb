package arm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"nephoscope/internal/api/call"
	"nephoscope/internal/resource"
	"nephoscope/internal/rulebook"
	"nephoscope/internal/rules"
)

// Rules answers for rules; rulebook.Book does.
type Rules interface {
	List() []rulebook.Entry
	Entry(id string) (rulebook.Entry, error)
	Put(ctx context.Context, rule *rules.Rule, match, by string) (rulebook.Entry, error)
	Delete(ctx context.Context, id, match, by string) error
}

func ruleRoutes(opt Options) []route {
	return []route{
		{"GET", "/alertrules", listRules(opt.Rules)},
		{"GET", "/alertrules/{rule}", showRule(opt.Rules)},
		{"PUT", "/alertrules/{rule}", putRule(opt)},
		{"DELETE", "/alertrules/{rule}", deleteRule(opt.Rules)},
		{"GET", "/alertrules/{rule}/actions", listActions(opt.Rules)},
		{"GET", "/alertruletemplates", listTemplates(opt.Templates)},
		{"GET", "/alertruletemplates/{template}", showTemplate(opt.Templates)},
	}
}

// ruleOf shows a rule, with whether it runs.
func ruleOf(r *http.Request, e rulebook.Entry) Resource[rules.ARMProperties] {
	shown := rules.FormatARM(e.Rule)
	shown.Properties.Enabled = e.Off == ""
	if !e.Modified.IsZero() {
		shown.Properties.LastModifiedUTC = &e.Modified
	}
	res := newResource(r, "alertRules/"+e.Rule.ID, e.Etag, shown.Properties)
	res.Kind = string(shown.Kind)
	return res
}

func listRules(book Rules) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		list := []Resource[rules.ARMProperties]{}
		for _, e := range book.List() {
			list = append(list, ruleOf(r, e))
		}
		return replySlice(w, r, list)
	}
}

// entryOf finds the rule of a call.
func entryOf(book Rules, r *http.Request) (rulebook.Entry, error) {
	return book.Entry(rules.RuleID(r.PathValue("rule")))
}

func showRule(book Rules) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		e, err := entryOf(book, r)
		if err != nil {
			return err
		}
		replyResource(w, false, ruleOf(r, e))
		return nil
	}
}

// maxRule bounds the body of a rule, in bytes.
const maxRule = 64 << 10

func putRule(opt Options) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		rule, etag, err := readRule(opt, r)
		if err != nil {
			return err
		}
		_, err = opt.Rules.Entry(rule.ID)
		made := errors.Is(err, rulebook.ErrNotFound)
		match, err := demand(r, etag, !made)
		if err != nil {
			return err
		}
		e, err := opt.Rules.Put(r.Context(), rule, match, call.User(r, byARM))
		if err != nil {
			return err
		}
		replyResource(w, made, ruleOf(r, e))
		return nil
	}
}

// readRule reads the rule of a body, under the id of the path, and the etag.
func readRule(opt Options, r *http.Request) (*rules.Rule, string, error) {
	if _, err := call.Media(r, call.JSON); err != nil {
		return nil, "", err
	}
	data, err := call.Body(r, maxRule)
	if err != nil {
		return nil, "", err
	}
	compile, err := opt.Compile(r.Context())
	if err != nil {
		return nil, "", err
	}
	rule, err := rulebook.Read("body.json", data, compile)
	if err != nil {
		return nil, "", err
	}
	var body struct {
		Etag string `json:"etag"`
	}
	_ = json.Unmarshal(data, &body) // it was read already; an etag that is no text is none
	return rulebook.Named(rule, rules.RuleID(r.PathValue("rule"))), body.Etag, nil
}

func deleteRule(book Rules) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Etag(r)
		if err != nil {
			return err
		}
		return replyDeleted(w, r, book.Delete(r.Context(), rules.RuleID(r.PathValue("rule")), match, call.User(r, byARM)))
	}
}

// listActions answers that a rule has none.
func listActions(book Rules) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := entryOf(book, r); err != nil {
			return err
		}
		return emptyList(w, r)
	}
}

// templateProperties are those of a rule that is there to be made from.
type templateProperties struct {
	rules.ARMProperties
	Status     string      `json:"status"`
	Version    string      `json:"version"`
	Connectors []connector `json:"requiredDataConnectors"`
	Updated    *time.Time  `json:"lastUpdatedDateUTC,omitempty"`
}

type connector struct {
	ID        string   `json:"connectorId"`
	DataTypes []string `json:"dataTypes"`
}

func templateOf(r *http.Request, rule *rules.Rule) Resource[templateProperties] {
	p := templateProperties{
		ARMProperties: rules.FormatARM(rule).Properties, Status: "Available", Version: rule.Version, Connectors: []connector{},
	}
	for _, c := range rule.Connectors {
		p.Connectors = append(p.Connectors, connector{c.ID, append([]string{}, c.DataTypes...)})
	}
	res := newResource(r, "alertRuleTemplates/"+rule.ID, "", p)
	res.Kind = string(rule.Kind)
	return res
}

func listTemplates(templates func() ([]*rules.Rule, error)) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		all, err := templates()
		if err != nil {
			return err
		}
		list := make([]Resource[templateProperties], len(all))
		for i, rule := range all {
			list[i] = templateOf(r, rule)
		}
		return replySlice(w, r, list)
	}
}

func showTemplate(templates func() ([]*rules.Rule, error)) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		all, err := templates()
		if err != nil {
			return err
		}
		id := r.PathValue("template")
		i := slices.IndexFunc(all, func(rule *rules.Rule) bool { return strings.EqualFold(rule.ID, id) })
		if i < 0 {
			return call.NotFound("template %q: %s", id, resource.ErrNotFound)
		}
		replyResource(w, false, templateOf(r, all[i]))
		return nil
	}
}
