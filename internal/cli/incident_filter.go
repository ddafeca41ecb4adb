package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/incident"
)

// A filterField is one way to choose incidents: a flag of list, and a key of
// --where.
type filterField struct {
	name, doc string
	set       func(*incident.Filter, string) error
}

// filterFields lists them. Status and severity can be given several times, and
// choose any of the values.
func filterFields() []filterField {
	text := func(name, doc string, field func(*incident.Filter) *string) filterField {
		return filterField{name, doc, func(f *incident.Filter, v string) error { *field(f) = v; return nil }}
	}
	moment := func(name, doc string, field func(*incident.Filter) *time.Time) filterField {
		return filterField{name, doc, func(f *incident.Filter, v string) (err error) { *field(f), err = parseMoment(name, v); return err }}
	}
	return []filterField{
		{"status", "New, Active or Closed", func(f *incident.Filter, v string) error {
			s, err := parseStatus(v)
			f.Statuses = append(f.Statuses, s)
			return err
		}},
		{"severity", "Informational, Low, Medium or High", func(f *incident.Filter, v string) error {
			s, err := parseSeverity(v)
			f.Severities = append(f.Severities, s)
			return err
		}},
		text("owner", "part of the owner's name", func(f *incident.Filter) *string { return &f.Owner }),
		text("text", "part of the title", func(f *incident.Filter) *string { return &f.Text }),
		text("label", "a label", func(f *incident.Filter) *string { return &f.Label }),
		text("rule", "id of a rule that made alerts of it", func(f *incident.Filter) *string { return &f.RuleID }),
		text("product", "product that made alerts of it", func(f *incident.Filter) *string { return &f.Product }),
		text("tactic", "tactic of its alerts", func(f *incident.Filter) *string { return &f.Tactic }),
		moment("created-after", "2026-03-02 or 2026-03-02T09:15:00Z", func(f *incident.Filter) *time.Time { return &f.CreatedAfter }),
		moment("created-before", "as above", func(f *incident.Filter) *time.Time { return &f.CreatedBefore }),
		moment("modified-after", "as above", func(f *incident.Filter) *time.Time { return &f.ModifiedAfter }),
		moment("modified-before", "as above", func(f *incident.Filter) *time.Time { return &f.ModifiedBefore }),
	}
}

func parseMoment(name, text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usagef("%s %q: want a time such as 2026-03-02T09:15:00Z, or a day", name, text)
}

// addFilters adds a flag for each field.
func addFilters(cmd *cobra.Command) {
	f := cmd.Flags()
	for _, field := range filterFields() {
		if field.name == "status" || field.name == "severity" {
			f.StringSlice(field.name, nil, field.doc)
		} else {
			f.StringArray(field.name, nil, field.doc) // a comma is part of the text
		}
	}
}

// filterOf reads the flags of addFilters.
func filterOf(cmd *cobra.Command) (filter incident.Filter, err error) {
	for _, field := range filterFields() {
		values, _ := cmd.Flags().Lookup(field.name).Value.(interface{ GetSlice() []string })
		for _, v := range values.GetSlice() {
			if err := field.set(&filter, v); err != nil {
				return filter, err
			}
		}
	}
	return filter, nil
}

// whereOf reads the values of --where, each key=value.
func whereOf(conditions []string) (filter incident.Filter, err error) {
	for _, c := range conditions {
		key, value, _ := strings.Cut(c, "=")
		if err := setField(&filter, key, value); err != nil {
			return filter, err
		}
	}
	return filter, nil
}

func setField(filter *incident.Filter, key, value string) error {
	var names []string
	for _, field := range filterFields() {
		if field.name == key && value != "" {
			return field.set(filter, value)
		}
		names = append(names, field.name)
	}
	return usagef("--where %q: want key=value with one of the keys %s", key+"="+value, strings.Join(names, ", "))
}

// A choice says which incidents a command changes: numbers, conditions or both.
type choice struct{ where []string }

func (c *choice) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&c.where, "where", nil, "in place of numbers: key=value, as the filters of list; several must all hold")
}

// numbers returns the numbers that the arguments name and those of the
// incidents that the conditions choose.
func (c *choice) numbers(cmd *cobra.Command, k *incident.Keeper, args []string) ([]int, error) {
	numbers, err := parseAll(args, parseNumber)
	if err != nil || len(c.where) == 0 {
		return numbers, err
	}
	filter, err := whereOf(c.where)
	if err != nil {
		return nil, err
	}
	filter.Ascending = true
	list, err := k.List(cmd.Context(), filter)
	for _, in := range list {
		numbers = append(numbers, in.Number)
	}
	return numbers, err
}

// check tells what is wrong with the arguments before anything is opened.
func (c *choice) check(args []string) error {
	if len(args) == 0 && len(c.where) == 0 {
		return usagef("which incidents? want numbers, or --where such as --where status=New")
	}
	if _, err := parseAll(args, parseNumber); err != nil {
		return err
	}
	_, err := whereOf(c.where)
	return err
}
