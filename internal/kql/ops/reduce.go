package ops

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode"

	"nephoscope/internal/store"
)

// Reduce is the operator reduce: it groups texts by the terms that many of
// them have at the same place. It is the clustering that R. Vaarandi describes
// in "A Data Clustering Algorithm for Mining Patterns From Event Logs" (2003):
// terms that are frequent at their place, then the combinations of them that
// are frequent themselves.
type Reduce struct {
	// Column is the input's column with the texts.
	Column int
	// Threshold is the part of rows, from 0 to 1, that a term or a
	// combination of terms must exceed.
	Threshold float64
	// Separators are the characters between terms; if there are none, all
	// that are neither letters nor digits of ASCII are.
	Separators string
	// Source keeps the rows and adds their pattern instead of counting.
	Source bool
}

// others is the pattern of texts that are like no others.
const others = "others"

// A reducing counts the different texts of an input.
type reducing struct {
	*Reduce
	texts  []string
	counts map[string]int64
	total  int64
}

// A reduced group is one row of the result.
type reduced struct {
	pattern, representative string
	count                   int64
}

// Run groups the texts of the first input. With Source it reads them a second
// time as rows from the second input.
func (r *Reduce) Run(_ context.Context, f *store.Flow) error {
	rd := &reducing{Reduce: r, counts: map[string]int64{}}
	if err := rd.count(f); err != nil {
		return err
	}
	patterns, groups := rd.group()
	if r.Source {
		return r.emitRows(f, patterns)
	}
	for _, g := range groups {
		if err := f.Emit([]any{g.pattern, g.count, g.representative}); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reduce) emitRows(f *store.Flow, patterns map[string]string) error {
	for {
		row, err := f.In[1].Next()
		if err != nil || row == nil {
			return err
		}
		text, _ := row[r.Column].(string)
		if err := f.Emit(append(row[:len(row):len(row)], patterns[text])); err != nil {
			return err
		}
	}
}

func (r *reducing) count(f *store.Flow) error {
	budget := newBudget("reduce", f.Memory)
	for {
		row, err := f.In[0].Next()
		if err != nil || row == nil {
			return err
		}
		text, _ := row[r.Column].(string)
		if r.counts[text] == 0 {
			// The terms, their counts and the pattern take about as much again
			// for each byte of the text.
			if err := budget.spend(200 + 6*int64(len(text))); err != nil {
				return err
			}
			r.texts = append(r.texts, text)
		}
		r.counts[text]++
		r.total++
	}
}

// A term is a piece of a text at its place. A separator is kept in patterns
// where separators were not chosen.
type term struct {
	text      string
	place     int
	separator bool
}

type place struct {
	text  string
	place int
}

// group returns the pattern of each text, and the groups with the largest
// first and the others last.
func (r *reducing) group() (map[string]string, []reduced) {
	least := int64(math.Floor(r.Threshold*float64(r.total))) + 1
	frequent := map[place]int64{}
	for _, text := range r.texts {
		for _, t := range r.terms(text) {
			if !t.separator {
				frequent[place{t.text, t.place}] += r.counts[text]
			}
		}
	}
	patterns := map[string]string{}
	byPattern := map[string]*reduced{}
	for _, text := range r.texts {
		pattern := r.pattern(text, frequent, least)
		patterns[text] = pattern
		if byPattern[pattern] == nil {
			byPattern[pattern] = &reduced{pattern: pattern, representative: text}
		}
		byPattern[pattern].count += r.counts[text]
	}
	rest := &reduced{pattern: others}
	var groups []reduced
	for pattern, g := range byPattern {
		if pattern == others || g.count < least {
			rest.count += g.count
			g.pattern = others
			continue
		}
		groups = append(groups, *g)
	}
	for text, pattern := range patterns {
		if g := byPattern[pattern]; g != nil {
			patterns[text] = g.pattern
		}
	}
	slices.SortFunc(groups, func(a, b reduced) int {
		return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.pattern, b.pattern))
	})
	if rest.count > 0 {
		groups = append(groups, *rest)
	}
	return patterns, groups
}

// pattern writes a text's frequent terms with * in place of all others.
func (r *reducing) pattern(text string, frequent map[place]int64, least int64) string {
	var b strings.Builder
	known, held := false, ""
	for _, t := range r.terms(text) {
		switch {
		case t.separator && r.Separators == "":
			b.WriteString(t.text)
		case t.separator:
			held += t.text
		case frequent[place{t.text, t.place}] >= least:
			known = true
			if !strings.HasSuffix(b.String(), "*") {
				b.WriteString(held)
			}
			held = ""
			b.WriteString(t.text)
		default:
			held = ""
			if !strings.HasSuffix(b.String(), "*") {
				b.WriteByte('*')
			}
		}
	}
	if !known {
		return others
	}
	return b.String() + held
}

// terms cuts a text at its separators.
func (r *reducing) terms(text string) []term {
	var terms []term
	start, n := 0, 0
	for i, c := range text {
		if !r.separates(c) {
			continue
		}
		if i > start {
			terms = append(terms, term{text: text[start:i], place: n})
			n++
		}
		end := i + len(string(c))
		terms = append(terms, term{text: text[i:end], separator: true})
		start = end
	}
	if start < len(text) {
		terms = append(terms, term{text: text[start:], place: n})
	}
	return terms
}

func (r *reducing) separates(c rune) bool {
	if r.Separators != "" {
		return strings.ContainsRune(r.Separators, c)
	}
	return c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c)
}
