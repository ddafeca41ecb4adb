package rules

import (
	"bytes"
	"regexp"
	"strings"
)

// holdsRule tells whether the contents of a file are meant to be a rule: that
// it has one of the keys that only rules have, or their kinds. It looks at the
// text, so that a rule which cannot be parsed is still told apart from the
// workbooks, playbooks, parsers and hunting queries it lies among.
func holdsRule(path string, data []byte) bool {
	if isJSON(path) {
		return holdsResource(data)
	}
	data = data[:min(len(data), maxFileSize)]
	if ruleKey().Match(data) || kindKey().Match(data) {
		return true
	}
	return idKey().Match(data) && !otherKey().Match(data)
}

// idKey matches the beginning of a rule and of some other files, otherKey what
// those go on with: a hunting query has a query and nothing of when to run it,
// and a note that a rule has moved has a version and nothing else. So a rule of
// which the end is missing still counts as one.
func idKey() *regexp.Regexp { return regexp.MustCompile(`(?mi)^\x{feff}? ?["']?id["']?\s*:`) }

func otherKey() *regexp.Regexp {
	return regexp.MustCompile(`(?mi)^ ?["']?(?:query|version|title|detection|logsource|function\w*|properties|schemaVersion)["']?\s*:`)
}

// ruleKey matches a line with a key that only rules have. It is not nested:
// detections of Defender remember within them which rule they were made from.
func ruleKey() *regexp.Regexp {
	return regexp.MustCompile(`(?mi)^\x{feff}? ?["']?(?:queryFrequency|queryPeriod|triggerOperator|triggerThreshold|productFilter)["']?\s*:`)
}

// kindKey matches a line that says which kind of rule this is.
func kindKey() *regexp.Regexp {
	return regexp.MustCompile(`(?mi)^\x{feff}? ?["']?kind["']?\s*:\s*["']?(?:` + strings.Join(textsOf(kinds()), "|") + `)["']?\s*(?:#.*)?$`)
}

// holdsResource tells whether JSON holds alertRules resources. The templates in
// the packages of solutions have some of their keys, too.
func holdsResource(data []byte) bool {
	if len(data) > maxARMSize || !bytes.Contains(data, []byte(`"displayName"`)) {
		return false
	}
	for _, typ := range []string{`/alertRules"`, `/AlertRules"`, `/alertrules"`} {
		if bytes.Contains(data, []byte(typ)) {
			return true
		}
	}
	for _, key := range []string{`"queryFrequency"`, `"productFilter"`} {
		if bytes.Contains(data, []byte(key)) {
			return !bytes.Contains(data, []byte(`AlertRuleTemplates"`)) && bytes.Contains(data, []byte(`"kind"`))
		}
	}
	return bytes.Contains(data, []byte(`"NRT"`))
}
