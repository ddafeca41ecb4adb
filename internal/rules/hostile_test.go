package rules

import (
	"strings"
	"testing"
	"time"
)

// TestHostileFilesEndSoon reads files that are made to be slow to read.
func TestHostileFilesEndSoon(t *testing.T) {
	fill := func(s string) string { return strings.Repeat(s, (maxFileSize-100)/len(s)) }
	for name, text := range map[string]string{
		"dashes": fill("- "), "questions": fill("? "), "tags": fill("!!a "), "anchors": fill("&a "),
		"colons": fill("a: "), "escapes": "a: \"" + fill(`\x41`), "quotes": "a: '" + fill("''") + "'",
		"one key": fill("a: 1\n"), "comments": fill("# 1\n"), "items": "tactics:\n" + fill("- Impact\n"),
		"documents": fill("--- 1\n"), "lines": fill("\n"), "block": "a: |\n" + fill(" x\n"),
		"plain text": "a: x\n" + fill(" x\n"), "long key": fill("x") + ": 1", "brackets": fill("["),
	} {
		began := time.Now()
		if _, found := Read("x.yaml", []byte(text)); len(found) == 0 || len(found) > maxFindings {
			t.Errorf("%s: got %d findings, want 1 to %d", name, len(found), maxFindings)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%s: took %s", name, took)
		}
	}
}
