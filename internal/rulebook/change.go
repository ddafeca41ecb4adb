package rulebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/resource"
	"nephoscope/internal/rules"
)

// The types of resources that the book keeps: rules made or changed through
// the API, and rules that are switched off.
const (
	typeRule  = "alertRule"
	typeState = "alertRuleState"
)

// autoDisabled begins the name of a rule that was switched off because it
// failed, as Sentinel has it.
const (
	autoDisabled = "AUTO DISABLED "
	autoReason   = "Switched off after repeated failures: "
)

// Put makes a rule or changes the one with its id, wherever that came from:
// from then on the API's counts. Match is a demand on the present state as in
// package resource, or an Etag of an Entry. A rule that was switched off is on
// again unless it says otherwise.
func (b *Book) Put(ctx context.Context, rule *rules.Rule, match, by string) (Entry, error) {
	rule = unmarked(rule)
	demand, err := b.demand(ctx, rule.ID, match, by)
	if err != nil {
		return Entry{}, err
	}
	doc := resource.Resource{Type: typeRule, Name: rule.ID, Body: json.RawMessage(content(rule)), By: by}
	changes := []resource.Change{{Resource: doc, Match: demand}}
	if _, err := b.opt.Resources.Get(ctx, typeState, rule.ID); err == nil {
		changes = append(changes, resource.Change{Resource: resource.Resource{Type: typeState, Name: rule.ID, By: by}, Delete: true})
	}
	if _, err := b.opt.Resources.Commit(ctx, nil, changes...); err != nil {
		return Entry{}, fmt.Errorf("put rule %s: %w", rule.ID, err)
	}
	if err := b.assemble(ctx); err != nil {
		return Entry{}, err
	}
	return b.Entry(rule.ID)
}

// Delete removes a rule that was made through the API. If a file or the program
// has one with its id, that one counts again.
func (b *Book) Delete(ctx context.Context, id, match, by string) error {
	e, err := b.Entry(id)
	if err != nil {
		return err
	}
	if e.Origin != API {
		return fmt.Errorf("delete rule %s: %w", id, ErrNotOurs)
	}
	demand, err := b.demand(ctx, id, match, by)
	if err != nil {
		return err
	}
	if err := b.opt.Resources.Delete(ctx, typeRule, id, demand, by); err != nil {
		return fmt.Errorf("delete rule %s: %w", id, err)
	}
	return b.assemble(ctx)
}

// demand translates a demand on an entry into one on its resource.
func (b *Book) demand(ctx context.Context, id, match, by string) (string, error) {
	e, err := b.Entry(id)
	known := err == nil
	conflict := &resource.ConflictError{Type: typeRule, Name: id, Match: match, Found: e.Etag, By: by}
	switch {
	case match == resource.Any:
		return resource.Any, nil
	case match == resource.Absent && known, match == resource.Existing && !known:
		return "", conflict
	case match != resource.Absent && match != resource.Existing && match != e.Etag:
		return "", conflict
	case known && e.Origin == API:
		res, err := b.opt.Resources.Get(ctx, typeRule, id)
		if err != nil {
			return "", err
		}
		return res.Etag, nil
	}
	return resource.Absent, nil
}

// A switchState is the document of a rule that is switched off. It counts for
// the rule as it was: whoever changes the rule switches it on again.
type switchState struct {
	Rule   string    `json:"rule"` // hash of its content
	Reason string    `json:"reason"`
	Auto   bool      `json:"auto"`
	At     time.Time `json:"at"`
}

// SwitchOff turns a rule off because it failed, until it is changed or switched
// on.
func (b *Book) SwitchOff(ctx context.Context, rule *rules.Rule, reason string) error {
	return b.setState(ctx, rule, switchState{Reason: reason, Auto: true}, "nephoscope")
}

// Disable turns a rule off on somebody's wish.
func (b *Book) Disable(ctx context.Context, id, by string) error {
	e, err := b.Entry(id)
	if err != nil {
		return err
	}
	return b.setState(ctx, e.plain, switchState{Reason: "switched off by " + by}, by)
}

func (b *Book) setState(ctx context.Context, rule *rules.Rule, s switchState, by string) error {
	s.Rule, s.At = hash(rule), b.opt.Now().UTC()
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if _, err := b.opt.Resources.Put(ctx, resource.Resource{Type: typeState, Name: rule.ID, Body: body, By: by}, resource.Any); err != nil {
		return fmt.Errorf("switch rule %s off: %w", rule.ID, err)
	}
	return b.assemble(ctx)
}

// Enable turns a rule on again that was switched off.
func (b *Book) Enable(ctx context.Context, id, by string) error {
	if _, err := b.Entry(id); err != nil {
		return err
	}
	err := b.opt.Resources.Delete(ctx, typeState, id, resource.Any, by)
	if err != nil && !errors.Is(err, resource.ErrNotFound) {
		return fmt.Errorf("switch rule %s on: %w", id, err)
	}
	return b.assemble(ctx)
}

// stored reads the rules that were made through the API.
func (b *Book) stored(ctx context.Context) ([]Entry, error) {
	list, err := b.opt.Resources.List(ctx, typeRule)
	if err != nil {
		return nil, fmt.Errorf("list stored rules: %w", err)
	}
	var entries []Entry
	for _, res := range list {
		rule, err := readDocument(res)
		if err != nil {
			b.opt.Logger.WarnContext(ctx, "stored rule not read", "rule_id", res.Name, "err", err)
			continue
		}
		entries = append(entries, Entry{Rule: rule, Origin: API, Etag: res.Etag, Modified: res.Modified})
	}
	return entries, nil
}

// switchedOff reads which rules are switched off, by id.
func (b *Book) switchedOff(ctx context.Context) (map[string]*switchState, error) {
	list, err := b.opt.Resources.List(ctx, typeState)
	if err != nil {
		return nil, fmt.Errorf("list switched-off rules: %w", err)
	}
	off := map[string]*switchState{}
	for _, res := range list {
		var s switchState
		if err := json.Unmarshal(res.Body, &s); err != nil {
			return nil, fmt.Errorf("read the state of rule %s: %w", res.Name, err)
		}
		off[res.Name] = &s
	}
	return off, nil
}

// complete adds whether the rule is on, and its etag. One that was switched off
// because it failed says so in its name, and why in its description.
func (e Entry) complete(s *switchState) Entry {
	e.plain = e.Rule
	version := hash(e.Rule)
	switch {
	case s != nil && s.Rule == version:
		e.Off, e.AutoDisabled = s.Reason, s.Auto
		if e.Modified.Before(s.At) {
			e.Modified = s.At
		}
	case !e.Rule.Enabled:
		e.Off = "the rule says so (enabled: false)"
	}
	if e.AutoDisabled {
		e.Rule = marked(e.Rule, e.Off)
	}
	e.Etag = strconv.FormatUint(xxh3.HashString(version+"\x00"+e.Off+"\x00"+e.Etag), 36)
	return e
}

// marked is the rule with the mark of those that failed.
func marked(r *rules.Rule, reason string) *rules.Rule {
	shown := *r
	shown.Name = autoDisabled + r.Name
	shown.Description = autoReason + reason + "\n\n" + r.Description
	return &shown
}

// unmarked undoes marked, for whoever reads a rule, mends it and writes it
// back.
func unmarked(r *rules.Rule) *rules.Rule {
	name, was := strings.CutPrefix(r.Name, autoDisabled)
	if !was {
		return r
	}
	plain := *r
	plain.Name = name
	if reason, text, ok := strings.Cut(r.Description, "\n\n"); ok && strings.HasPrefix(reason, autoReason) {
		plain.Description = text
	}
	return &plain
}

// A document is a rule as it is kept: the resource, and what that has no place
// for.
type document struct {
	Resource   rules.ARMRule     `json:"resource"`
	Version    string            `json:"version,omitempty"`
	Status     string            `json:"status,omitempty"`
	Connectors []rules.Connector `json:"connectors,omitempty"`
}

// content is the document of a rule, equal for equal rules.
func content(r *rules.Rule) string {
	text, _ := json.Marshal(document{rules.FormatARM(r), r.Version, r.Status, r.Connectors}) // plain structs
	return string(text)
}

// readDocument reads a rule as it is kept.
func readDocument(res *resource.Resource) (*rules.Rule, error) {
	var doc struct {
		document
		Resource json.RawMessage `json:"resource"`
	}
	if err := json.Unmarshal(res.Body, &doc); err != nil {
		return nil, err
	}
	read, found := rules.ReadARM("api:"+res.Name, doc.Resource)
	if len(read) != 1 {
		return nil, fmt.Errorf("the document has %d rules and %d findings: want one rule", len(read), len(found))
	}
	rule := read[0]
	rule.Version, rule.Status, rule.Connectors = doc.Version, doc.Status, doc.Connectors
	return rule, nil
}

func hash(r *rules.Rule) string { return strconv.FormatUint(xxh3.HashString(content(r)), 36) }
