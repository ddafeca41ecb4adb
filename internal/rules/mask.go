package rules

import "strings"

// maskQuery blanks the comments and the contents of string literals of a KQL
// text, byte for byte, so that words can be looked for in what is left.
func maskQuery(query string) string {
	out := []byte(query)
	for i := 0; i < len(query); {
		end := maskedEnd(query, i)
		for j := i; j < end; j++ {
			if out[j] != '\n' {
				out[j] = ' '
			}
		}
		i = max(end, i+1)
	}
	return string(out)
}

// maskedEnd returns where the comment or string that begins at i ends, or i if
// none does.
func maskedEnd(query string, i int) int {
	rest := query[i:]
	switch {
	case strings.HasPrefix(rest, "//"):
		return i + until(rest, "\n")
	case strings.HasPrefix(rest, "```"):
		return i + 3 + until(rest[3:], "```") + 3*min(1, strings.Count(rest[3:], "```"))
	case strings.HasPrefix(rest, `@"`), strings.HasPrefix(rest, `@'`):
		return i + 2 + verbatimEnd(rest[2:], rest[1])
	case rest[0] == '"', rest[0] == '\'':
		return i + 1 + quotedEnd(rest[1:], rest[0])
	}
	return i
}

func until(s, end string) int {
	if n := strings.Index(s, end); n >= 0 {
		return n
	}
	return len(s)
}

// quotedEnd returns the length up to and with the closing quote; a string does
// not go beyond its line.
func quotedEnd(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\n':
			return i
		case quote:
			return i + 1
		}
	}
	return len(s)
}

func verbatimEnd(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}
