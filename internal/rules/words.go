package rules

import (
	"fmt"
	"slices"
	"strings"
)

// matchWord finds a word in a list without regard to case.
func matchWord[T ~string](s string, allowed []T) (T, bool) {
	i := slices.IndexFunc(allowed, func(w T) bool { return strings.EqualFold(s, string(w)) })
	if i < 0 {
		return "", false
	}
	return allowed[i], true
}

// listWords writes "a, b or c".
func listWords[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i > 0 && i == len(words)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

// suggest returns ": did you mean ...?" if one of the words is close to s.
func suggest[T ~string](s string, words []T) string {
	best, distance := "", 3
	for _, w := range words {
		if d := editDistance(strings.ToLower(s), strings.ToLower(string(w))); d < distance && d < len(s)/2+1 {
			best, distance = string(w), d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

// editDistance counts the bytes to insert, delete or replace between two words.
// Words too different in length count as far away without being compared.
func editDistance(a, b string) int {
	if diff := len(a) - len(b); diff > 3 || diff < -3 {
		return 4
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// Suggest returns ": did you mean ...?" if one of the words is close to s, else
// nothing.
func Suggest(s string, words []string) string { return suggest(s, words) }
