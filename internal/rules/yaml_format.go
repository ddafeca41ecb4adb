package rules

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FormatYAML writes a rule in the template form. Read makes an equal rule of
// it, but for path and places. A rule without a description, which the form
// does not allow, gets its name for one.
func FormatYAML(r *Rule) []byte {
	w := &yamlWriter{}
	w.text("id", r.ID)
	w.text("name", r.Name)
	w.text("description", cmp.Or(r.Description, r.Name))
	w.option("severity", string(r.Severity))
	w.option("status", r.Status)
	w.connectors(r.Connectors)
	switch {
	case r.Kind.Queried():
		w.query(r)
	case r.Kind == IncidentCreation:
		w.option("productFilter", r.Filter.Product)
		w.list("severitiesFilter", textsOf(r.Filter.Severities))
		w.list("displayNamesFilter", r.Filter.DisplayNames)
		w.list("displayNamesExcludeFilter", r.Filter.DisplayNamesExclude)
	}
	if !r.Enabled {
		w.word("enabled", "false")
	}
	w.option("alertRuleTemplateName", r.TemplateID)
	w.option("templateVersion", r.TemplateVersion)
	w.text("version", cmp.Or(r.Version, firstVersion))
	w.text("kind", string(r.Kind))
	w.metadata(r.Metadata)
	return []byte(w.out.String())
}

// query writes what rules with a query have.
func (w *yamlWriter) query(r *Rule) {
	if r.Kind == Scheduled {
		w.word("queryFrequency", FormatDuration(r.Frequency))
		w.word("queryPeriod", FormatDuration(r.Period))
		w.word("triggerOperator", string(r.Operator))
		w.word("triggerThreshold", strconv.Itoa(r.Threshold))
	}
	w.list("tactics", r.Tactics)
	w.list("relevantTechniques", r.Techniques)
	w.text("query", r.Query)
	w.entities(r)
	w.details(r)
	w.word("suppressionEnabled", strconv.FormatBool(r.Suppression > 0))
	w.word("suppressionDuration", FormatDuration(suppressionOf(r)))
	w.incident(r.Incident)
}

func (w *yamlWriter) connectors(list []Connector) {
	if len(list) == 0 {
		w.word("requiredDataConnectors", "[]")
		return
	}
	w.in("requiredDataConnectors", func() {
		for _, c := range list {
			w.item(func() {
				w.text("connectorId", c.ID)
				w.list("dataTypes", c.DataTypes)
			})
		}
	})
}

func (w *yamlWriter) entities(r *Rule) {
	w.each("entityMappings", len(r.Entities), func(i int) {
		w.text("entityType", r.Entities[i].Type)
		w.each("fieldMappings", len(r.Entities[i].Fields), func(j int) {
			w.text("identifier", r.Entities[i].Fields[j].Identifier)
			w.text("columnName", r.Entities[i].Fields[j].Column)
		})
	})
	w.each("sentinelEntitiesMappings", len(r.EntityColumns), func(i int) { w.text("columnName", r.EntityColumns[i]) })
}

func (w *yamlWriter) details(r *Rule) {
	if len(r.CustomDetails) > 0 {
		w.in("customDetails", func() {
			for _, d := range r.CustomDetails {
				w.text(d.Key, d.Column)
			}
		})
	}
	if o := r.Override; armOverride(o) != nil {
		w.in("alertDetailsOverride", func() {
			w.option("alertDisplayNameFormat", o.Name)
			w.option("alertDescriptionFormat", o.Description)
			w.option("alertSeverityColumnName", o.Severity)
			w.option("alertTacticsColumnName", o.Tactics)
			w.each("alertDynamicProperties", len(o.Properties), func(i int) {
				w.text("alertProperty", o.Properties[i].Name)
				w.text("value", o.Properties[i].Column)
			})
		})
	}
	w.in("eventGroupingSettings", func() { w.text("aggregationKind", aggregationOf(r)) })
}

func (w *yamlWriter) incident(c IncidentConfig) {
	g := c.Grouping
	w.in("incidentConfiguration", func() {
		w.word("createIncident", strconv.FormatBool(c.Create))
		w.in("groupingConfiguration", func() {
			w.word("enabled", strconv.FormatBool(g.Enabled))
			w.word("reopenClosedIncident", strconv.FormatBool(g.Reopen))
			w.word("lookbackDuration", FormatDuration(g.Lookback))
			w.text("matchingMethod", string(g.Match))
			w.list("groupByEntities", g.ByEntities)
			w.list("groupByAlertDetails", g.ByAlertDetails)
			w.list("groupByCustomDetails", g.ByCustomDetails)
		})
	})
}

// A yamlWriter writes keys and values line by line.
type yamlWriter struct {
	out    strings.Builder
	indent string
	first  bool // the next line is the first of a list's item
}

// line begins a line with its key.
func (w *yamlWriter) line(key string) {
	lead := w.indent
	if w.first {
		lead = lead[:len(lead)-2] + "- "
		w.first = false
	}
	w.out.WriteString(lead + key + ":")
}

// metadata writes facts, those with one value as a text.
func (w *yamlWriter) metadata(facts []Fact) {
	if len(facts) == 0 {
		return
	}
	w.in("metadata", func() {
		for _, f := range facts {
			if len(f.Values) == 1 {
				w.text(f.Key, f.Values[0])
			} else {
				w.list(f.Key, f.Values)
			}
		}
	})
}

// word writes a value that needs no quotes.
func (w *yamlWriter) word(key, value string) {
	w.line(key)
	w.out.WriteString(" " + value + "\n")
}

func (w *yamlWriter) text(key, value string) {
	w.line(key)
	w.out.WriteString(" " + scalarOf(value, w.indent+"  ") + "\n")
}

// option writes a text unless it is empty.
func (w *yamlWriter) option(key, value string) {
	if value != "" {
		w.text(key, value)
	}
}

// list writes a list of texts unless it is empty.
func (w *yamlWriter) list(key string, values []string) {
	if len(values) == 0 {
		return
	}
	w.line(key)
	w.out.WriteString("\n")
	for _, v := range values {
		w.out.WriteString(w.indent + "  - " + quoted(v) + "\n")
	}
}

// in writes what is nested below a key.
func (w *yamlWriter) in(key string, nested func()) {
	w.line(key)
	w.out.WriteString("\n")
	w.indent += "  "
	nested()
	w.indent = w.indent[2:]
}

// item writes one item of a list, which is a mapping.
func (w *yamlWriter) item(nested func()) {
	w.indent += "  "
	w.first = true
	nested()
	w.indent = w.indent[2:]
}

// each writes a list of mappings unless it is empty.
func (w *yamlWriter) each(key string, n int, nested func(int)) {
	if n == 0 {
		return
	}
	w.in(key, func() {
		for i := range n {
			w.item(func() { nested(i) })
		}
	})
}

// scalarOf writes a text as a block if it has lines that a block keeps as they
// are, else as quoted does.
func scalarOf(text, indent string) string {
	body, ended := strings.CutSuffix(text, "\n")
	if !strings.Contains(text, "\n") || !isBlock(body) {
		return quoted(text)
	}
	head := "|"
	if !ended {
		head = "|-"
	}
	for line := range strings.SplitSeq(body, "\n") {
		head += "\n"
		if line != "" {
			head += indent + line
		}
	}
	return head
}

// isBlock tells whether a block can hold the text: it neither begins nor ends
// with white space, no line is only blanks, and all of it is printed.
func isBlock(text string) bool {
	if text == "" || strings.TrimSpace(text) != text || !utf8.ValidString(text) {
		return false
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" && strings.TrimSpace(line) == "" {
			return false
		}
		if strings.ContainsFunc(line, func(c rune) bool { return c != '\t' && !isPlain(c) }) {
			return false
		}
	}
	return true
}

// isPlain tells whether a character can stand in YAML as it is.
func isPlain(c rune) bool { return unicode.IsPrint(c) && c != '\ufeff' && c != utf8.RuneError }

// quoted writes a text on one line, without quotes if it is a plain word.
func quoted(text string) string {
	if regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]*( [A-Za-z0-9_.]+)*$`).MatchString(text) && !isReserved(text) {
		return text
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case isPlain(c):
			b.WriteRune(c)
		case c < 0x10000:
			fmt.Fprintf(&b, `\u%04X`, c)
		default:
			fmt.Fprintf(&b, `\U%08X`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isReserved tells whether readers of YAML take a word for something else than
// a text.
func isReserved(word string) bool {
	_, ok := matchWord(word, []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
	return ok
}

func textsOf[T ~string](words []T) []string {
	var list []string
	for _, w := range words {
		list = append(list, string(w))
	}
	return list
}
