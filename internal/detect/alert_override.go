package detect

import (
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// override takes over what the first row says. What a column does not hold, or
// holds wrongly, leaves the rule's own value.
func (a *Alert) override(o rules.Override, res *result, first row) {
	column := func(name string) string { return res.text(first, name) }
	if name := strings.TrimSpace(rules.Expand(o.Name, column)); name != "" {
		a.Name = cut(name, maxNameLen)
	}
	if text := rules.Expand(o.Description, column); strings.TrimSpace(text) != "" {
		a.Description = cut(text, maxDescription)
	}
	if severity, ok := rules.ParseSeverity(column(o.Severity)); ok {
		a.Severity = severity
	}
	if tactics := parseTactics(res.value(first, o.Tactics)); len(tactics) > 0 {
		a.Tactics = tactics
	}
	for _, p := range o.Properties {
		a.setProperty(p.Name, res.value(first, p.Column))
	}
}

// setProperty sets one of the dynamic properties.
func (a *Alert) setProperty(name string, v any) {
	text := textOf(v)
	if text == "" {
		return
	}
	switch name {
	case "AlertLink":
		a.Link = text
	case "ConfidenceLevel":
		a.ConfidenceLevel = text
	case "ConfidenceScore":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			a.Confidence = &f
		}
	case "ExtendedLinks":
		a.Links = text
	case "ProductName":
		a.Product = text
	case "ProviderName":
		a.Provider = text
	case "ProductComponentName":
		a.Component = text
	case "RemediationSteps":
		a.Remediation = text
	case "Techniques":
		a.Techniques = wordsOf(v)
	}
}

// parseTactics reads a list or a text of tactics, leaving out what is none.
func parseTactics(v any) []string {
	var tactics []string
	for _, word := range wordsOf(v) {
		if t, ok := rules.ParseTactic(word); ok && !slices.Contains(tactics, t) {
			tactics = append(tactics, t)
		}
	}
	return tactics
}

// wordsOf reads a list of words: dynamic, JSON text, or joined with commas.
func wordsOf(v any) []string {
	text := textOf(v)
	if words, ok := listOf(schema.DynamicValue(text)); ok {
		return words
	}
	var words []string
	for _, w := range strings.Split(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			words = append(words, w)
		}
	}
	return words
}
