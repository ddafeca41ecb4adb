package rules

import (
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"
)

// The functions of this file make readers of single values: each takes where
// the value goes and what it may be, and returns a reader for fields.

func (r *reader) text(dst *string, minLen, maxLen int) func(value) {
	return func(v value) {
		s, ok := r.scalar(v)
		if !ok {
			return
		}
		*dst = s
		switch n := utf8.RuneCountInString(s); {
		case n < minLen:
			r.errorf(v.place, "%s is empty", v.name())
		case n > maxLen:
			r.errorf(v.place, "%s has %d characters: at most %d are allowed", v.name(), n, maxLen)
		}
	}
}

func (r *reader) pattern(dst *string, pattern, example string) func(value) {
	return func(v value) {
		s, ok := r.scalar(v)
		if !ok {
			return
		}
		*dst = s
		if !regexp.MustCompile(pattern).MatchString(s) {
			r.errorf(v.place, "%s %q is not of the form %s", v.name(), s, example)
		}
	}
}

func (r *reader) number(dst *int, low, high int) func(value) {
	return func(v value) {
		s, ok := r.scalar(v)
		if !ok {
			return
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			r.errorf(v.place, "%s %q is no whole number", v.name(), s)
			return
		}
		*dst = n
		if n < low || n > high {
			r.errorf(v.place, "%s is %d: it must be between %d and %d", v.name(), n, low, high)
		}
	}
}

func (r *reader) boolean(dst *bool) func(value) {
	return func(v value) {
		s, ok := r.scalar(v)
		if !ok {
			return
		}
		b, known := matchWord(s, []string{"true", "false"})
		if !known {
			r.errorf(v.place, "%s %q is neither true nor false", v.name(), s)
		}
		*dst = b == "true"
	}
}

func (r *reader) duration(dst *time.Duration, high time.Duration) func(value) {
	return func(v value) {
		s, ok := r.scalar(v)
		if !ok {
			return
		}
		d, err := ParseDuration(s)
		if err != nil {
			r.errorf(v.place, "%s: %s", v.name(), err)
			return
		}
		*dst = d
		if d < minPeriod || d > high {
			r.errorf(v.place, "%s is %s: it must be between %s and %s", v.name(), s, FormatDuration(minPeriod), FormatDuration(high))
		}
	}
}

// choice reads one word of a list. Another case is understood and warned of.
func choice[T ~string](r *reader, dst *T, allowed []T) func(value) {
	return func(v value) {
		s, ok := r.scalar(v)
		if !ok {
			return
		}
		word, known := matchWord(s, allowed)
		if !known {
			r.errorf(v.place, "%s %q is unknown%s", v.name(), s, expect(s, allowed))
			return
		}
		if string(word) != s {
			r.doubt(CodeSpelling, v.place, "%s %q should be written %q", v.name(), s, word)
		}
		*dst = word
	}
}

// expect tells what would have been right: the close word, else the list.
func expect[T ~string](s string, allowed []T) string {
	if hint := suggest(s, allowed); hint != "" {
		return hint
	}
	return ": want " + listWords(allowed)
}

// words reads a list of words, each once.
func words[T ~string](r *reader, dst *[]T, allowed []T) func(value) {
	return func(v value) {
		seen := map[T]bool{}
		r.items(v, len(allowed), func(item value) {
			var word T
			choice(r, &word, allowed)(item)
			if seen[word] && word != "" {
				r.doubt(CodeSpelling, item.place, "%q is listed twice", word)
			} else if word != "" {
				*dst = append(*dst, word)
			}
			seen[word] = true
		})
	}
}

// texts reads a list of free texts.
func (r *reader) texts(dst *[]string, limit, maxLen int) func(value) {
	return func(v value) {
		r.items(v, limit, func(item value) {
			var s string
			r.text(&s, 1, maxLen)(item)
			*dst = append(*dst, s)
		})
	}
}

// ignored reads nothing: the key is known and free in form.
func ignored(value) {}
