package api_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nephoscope/internal/rules"
)

// TestGuide makes the calls of docs/reference/api.md, in order.
func TestGuide(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "reference", "api.md"))
	must(t, err)
	s := newSite(t)
	rule := *s.rule
	rule.ID, rule.Name = "6c1b7d7e-2f63-4a9d-9b0e-0c9a3b1d5e11", "A rule of my own"
	files := map[string]string{
		"@rule.yaml": string(rules.FormatYAML(&rule)), "@vips.csv": "name,team\nada@tidewater.example,blue\n",
	}
	variables := map[string]string{}
	made := 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, value, ok := strings.Cut(line, "="); ok && strings.ToUpper(name) == name {
			variables["$"+name] = strings.ReplaceAll(value, "$BASE", "")
			continue
		}
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		q := question(line, files)
		q.path = strings.TrimPrefix(q.path, "$BASE")
		q.path = strings.Replace(q.path, "$SENTINEL", variables["$SENTINEL"], 1)
		if a := s.call(q.method, q.path, q.body, q.headers...); a.status >= 300 {
			t.Errorf("%s: got %d %s", line, a.status, a.text)
		}
		made++
	}
	if made < 15 {
		t.Errorf("found %d calls, want more: has the form of the page changed?", made)
	}
}

// A curl is what a line of curl calls.
type curl struct {
	method, path, body string
	headers            []string
}

// question reads a line of curl as the page has them.
func question(line string, files map[string]string) curl {
	q := curl{method: http.MethodGet}
	words := split(line)
	for i := 1; i < len(words); i++ {
		switch word := words[i]; word {
		case "-X", "-H", "-d", "--data-binary":
			i++
			q.take(word, words[i], files)
		default:
			q.path = word
		}
	}
	return q
}

func (q *curl) take(flag, value string, files map[string]string) {
	switch flag {
	case "-X":
		q.method = value
	case "-H":
		key, text, _ := strings.Cut(value, ": ")
		q.headers = append(q.headers, key, text)
	default:
		if q.method == http.MethodGet {
			q.method = http.MethodPost
		}
		q.body = value
		if text, ok := files[value]; ok {
			q.body = text
		}
	}
}

// split splits as a shell does, at blanks outside of quotes, which stand around
// whole words. Other signs that mean something to a shell must be in quotes.
func split(line string) []string {
	var words []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		end, from := " ", 0
		if quote := line[:1]; quote == "'" || quote == `"` {
			end, from = quote, 1
		}
		word, rest, _ := strings.Cut(line[from:], end)
		if from == 0 && strings.ContainsAny(word, "&?*;<>|()`") {
			word = "not quoted: " + word
		}
		words, line = append(words, strings.ReplaceAll(word, `\$`, "$")), rest
	}
	return words
}
