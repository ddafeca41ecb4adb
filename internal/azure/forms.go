package azure

import (
	"slices"
	"strings"

	"nephoscope/internal/field"
)

// checks gathers problems of forms.
type checks struct{ field.Problems }

// title checks the name of a setting.
func (c *checks) title(name string) {
	if name == "" || len(name) > 260 || strings.ContainsAny(name, `<>*%&:\?+/#`) || strings.TrimSpace(name) != name {
		c.Addf("name", `%s: want 1 to 260 characters, none of <>*%%&:\?+/# and no space at the ends`, quote(name))
	}
}

// categories checks that words are among the known ones, in any case.
func (c *checks) categories(words, known []string) {
	if len(words) == 0 {
		c.Addf("categories", "is empty: want some of %s", strings.Join(known, ", "))
	}
	for _, w := range words {
		if canonical(w, known) == "" {
			c.Addf("categories", "%s%s: want some of %s", quote(w), didYouMean(w, known), strings.Join(known, ", "))
		}
	}
}

// canonical returns a word in the spelling of the known ones, empty if it is
// none of them.
func canonical(word string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, strings.ReplaceAll(word, " ", "")) {
			return k
		}
	}
	return ""
}

// canonicals spells all words as the known ones, each once.
func canonicals(words, known []string) (list []string) {
	for _, w := range words {
		list = append(list, canonical(w, known))
	}
	return distinct(list)
}

// sameWords tells whether two lists hold the same words, in any order and case.
func sameWords(a, b []string) bool {
	fold := func(words []string) []string {
		lower := make([]string, len(words))
		for i, w := range words {
			lower[i] = strings.ToLower(w)
		}
		slices.Sort(lower)
		return slices.Compact(lower)
	}
	return slices.Equal(fold(a), fold(b))
}

// distinct keeps the first of equal words.
func distinct(words []string) (kept []string) {
	for _, w := range words {
		if !slices.ContainsFunc(kept, func(k string) bool { return strings.EqualFold(k, w) }) {
			kept = append(kept, w)
		}
	}
	return kept
}

// didYouMean returns a hint at the known word that is nearest to one that is
// not, empty if none is near.
func didYouMean(word string, known []string) string {
	best, least := "", len(word)/2+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

// distance counts the single-byte edits between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
