package export

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/output"
	"nephoscope/internal/output/activity"
)

// A Choice says which events are exported. Empty lists choose all.
type Choice struct {
	// Subscriptions are ids.
	Subscriptions []string
	// Locations are names of regions, in either of Azure's forms, and global.
	Locations []string
	// Categories are the kinds of operation that a log profile knows (Write,
	// Delete, Action), or the event categories of a diagnostic setting
	// (Administrative, Policy, ...), but not some of both.
	Categories []string
}

// Verbs and EventCategories are the words of Choice.Categories.
func Verbs() []string { return []string{"Write", "Delete", "Action"} }

// EventCategories returns the eight event categories.
func EventCategories() []string {
	return []string{"Administrative", "Security", "ServiceHealth", "Alert", "Recommendation", "Policy", "Autoscale", "ResourceHealth"}
}

// errMixed tells that categories are of both kinds.
var errMixed = errors.New("categories: kinds of operation (Write, Delete, Action) and event categories (Administrative, ...): want one or the other")

// Validate says what is wrong with the words.
func (c *Choice) Validate() error {
	verbs, categories := false, false
	for _, word := range c.Categories {
		switch {
		case has(Verbs(), word):
			verbs = true
		case has(EventCategories(), word):
			categories = true
		default:
			return fmt.Errorf("category %q: want %s, or %s", word, strings.Join(Verbs(), ", "), strings.Join(EventCategories(), ", "))
		}
	}
	if verbs && categories {
		return errMixed
	}
	return nil
}

// byVerb tells whether the categories are kinds of operation.
func (c *Choice) byVerb() bool { return len(c.Categories) > 0 && has(Verbs(), c.Categories[0]) }

func has(words []string, word string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
}

// leftOut counts what was not chosen and may surprise.
type leftOut struct{ unplaced int }

// pick returns the chosen rows of a batch of AzureActivity.
func (c *Choice) pick(b *output.Batch) (*output.Batch, leftOut, error) {
	var left leftOut
	cols, err := columnsOf(b)
	if err != nil {
		return nil, left, err
	}
	chosen := &output.Batch{Table: b.Table, Columns: b.Columns}
	for _, row := range b.Rows {
		text := func(col int) string { return textOf(row.Values[col]) }
		if len(c.Subscriptions) > 0 && !has(c.Subscriptions, text(cols.subscription)) || !c.takesCategory(text(cols.category), text(cols.operation)) {
			continue
		}
		if takes, told := c.takesLocation(text(cols.properties)); takes {
			chosen.Rows = append(chosen.Rows, row)
		} else if !told {
			left.unplaced++
		}
	}
	return chosen, left, nil
}

func (c *Choice) takesCategory(category, operation string) bool {
	switch {
	case len(c.Categories) == 0:
		return true
	case c.byVerb():
		return has(c.Categories, activity.Verb(operation))
	default:
		return has(c.Categories, category)
	}
}

func (c *Choice) takesLocation(properties string) (takes, told bool) {
	if len(c.Locations) == 0 {
		return true, true
	}
	location, told := activity.Location(properties)
	return slices.ContainsFunc(c.Locations, func(l string) bool { return activity.Region(l) == location }), told
}

// columns are the indexes of what a choice looks at.
type columns struct{ subscription, category, operation, properties int }

func columnsOf(b *output.Batch) (columns, error) {
	c := columns{b.Column("SubscriptionId"), b.Column("CategoryValue"), b.Column("OperationNameValue"), b.Column("Properties_d")}
	if len(b.Rows) > 0 && min(c.subscription, c.category, c.operation, c.properties) < 0 {
		return c, errors.New("the rows to export are not of " + activity.Table + ", but of " + strconv.Quote(b.Table))
	}
	return c, nil
}
