// Package rules holds detection rules as data: it reads and writes Sentinel's
// analytics rules, as the public template (YAML) and as the resource of the API
// (JSON), checks them, and carries the rules that ship with the product. It
// stands before detect, which runs what is read here.
//
// Invariant: whatever a file holds, reading it ends in findings with a place
// (file, line, column), never in a panic; a Rule that a Set offers in Rules has
// no error in its file.
package rules

import "time"

// A Kind is a rule's kind.
type Kind string

// The kinds of the template format. The first three run; of the others, which
// stand for machinery that only Microsoft has, name and description are read.
const (
	Scheduled           Kind = "Scheduled"
	NRT                 Kind = "NRT"
	IncidentCreation    Kind = "MicrosoftSecurityIncidentCreation"
	Fusion              Kind = "Fusion"
	MLBehaviorAnalytics Kind = "MLBehaviorAnalytics"
	ThreatIntelligence  Kind = "ThreatIntelligence"
	AnomalyDetection    Kind = "Anomaly"
)

const (
	defaultLookback      = 5 * time.Hour
	defaultSuppression   = 5 * time.Hour
	nrtStep              = time.Minute
	maxFileSize          = 64 << 10
	maxQueryLength       = 10_000
	minPeriod, maxPeriod = 5 * time.Minute, 14 * 24 * time.Hour
)

// kinds lists every kind in the order of the documentation.
func kinds() []Kind {
	return []Kind{Scheduled, NRT, IncidentCreation, Fusion, MLBehaviorAnalytics, ThreatIntelligence, AnomalyDetection}
}

// Queried tells whether rules of this kind carry a query that is run.
func (k Kind) Queried() bool { return k == Scheduled || k == NRT }

// Runnable tells whether rules of this kind do anything here: those with a
// query, and those that make incidents of alerts of Microsoft's products.
func (k Kind) Runnable() bool { return k.Queried() || k == IncidentCreation }

// A Severity is that of a rule, an alert or an incident.
type Severity string

// The severities from low to high.
const (
	Informational Severity = "Informational"
	Low           Severity = "Low"
	Medium        Severity = "Medium"
	High          Severity = "High"
)

// Severities lists the severities from low to high.
func Severities() []Severity { return []Severity{Informational, Low, Medium, High} }

// ParseSeverity reads a severity without regard to case.
func ParseSeverity(s string) (Severity, bool) { return matchWord(s, Severities()) }

// An Operator compares the number of result rows with a threshold.
type Operator string

// The trigger operators, in the words of alerts and of the ARM shape.
const (
	GreaterThan Operator = "GreaterThan"
	LessThan    Operator = "LessThan"
	Equal       Operator = "Equal"
	NotEqual    Operator = "NotEqual"
)

// Triggers tells whether n result rows raise an alert.
func (o Operator) Triggers(n, threshold int) bool {
	switch o {
	case GreaterThan:
		return n > threshold
	case LessThan:
		return n < threshold
	case Equal:
		return n == threshold
	case NotEqual:
		return n != threshold
	}
	return false
}

// A Rule is one analytics rule. It is not changed after it was read and may be
// shared.
type Rule struct {
	ID          string // GUID in lower case
	Name        string
	Description string
	Kind        Kind
	Version     string
	Status      string
	Severity    Severity // "" for kinds without a query
	Connectors  []Connector
	// Enabled is false only where the rule says so; whoever holds the rules
	// decides what that means.
	Enabled bool
	// TemplateID and TemplateVersion tell which template the rule was made
	// from, as the API's alertRuleTemplateName and templateVersion; mostly "".
	TemplateID, TemplateVersion string

	// Frequency is the time between two runs, Period the length of the
	// window of TimeGenerated that a run looks at. Both are whole seconds;
	// an NRT rule has one minute for both, more than 0 rows as its trigger,
	// and is run when events arrive. All are zero for kinds without a query.
	Frequency, Period time.Duration
	Operator          Operator
	Threshold         int

	Tactics    []string
	Techniques []string // T1234 or T1234.001

	Query         string
	Entities      []EntityMapping
	EntityColumns []string // result columns that hold entities as JSON
	CustomDetails []CustomDetail
	Override      Override
	// PerResult makes one alert of each result row in place of one per run.
	PerResult bool
	Incident  IncidentConfig
	// Suppression is how long the rule rests after an alert; 0 for not at all.
	Suppression time.Duration
	// SuppressionDuration is the same, but kept while suppression is off, as
	// the API wants it back.
	SuppressionDuration time.Duration
	// Filter says of which alerts a rule of the kind IncidentCreation makes
	// incidents.
	Filter AlertFilter

	Path   string // file the rule was read from, as it was named
	places map[string]Place
	query  span
	// Metadata are facts about the rule that do not matter to its run, such as
	// its author. FormatYAML writes them; they are not read.
	Metadata []Fact

	// converted tells that a Loader's Convert made it.
	converted bool

	broken bool // an error is among found
	found  []Finding
}

// A Fact is something that is told about a rule.
type Fact struct {
	Key    string
	Values []string
}

// A Connector names a source of data that the rule expects.
type Connector struct {
	ID        string
	DataTypes []string
}

// An EntityMapping makes an entity of one type from columns of a result row.
type EntityMapping struct {
	Type   string // name in mappings, such as Account
	Fields []FieldMapping
}

// A FieldMapping names the column that holds an identifier.
type FieldMapping struct {
	Identifier string
	Column     string
}

// A CustomDetail copies the values of a column into the alert.
type CustomDetail struct {
	Key    string
	Column string
}

// An Override takes details of the alert from result columns. Empty fields
// leave the rule's own value.
type Override struct {
	Name        string // text with {{Column}} placeholders
	Description string // text with {{Column}} placeholders
	Severity    string // column
	Tactics     string // column
	Properties  []Property
}

// A Property is one property of the alert taken from a column.
type Property struct {
	Name   string // one of alertProperties
	Column string
}

// An IncidentConfig says whether and how alerts become incidents.
type IncidentConfig struct {
	Create   bool
	Grouping Grouping
}

// A Match says which alerts of a rule share an incident.
type Match string

// The matching methods.
const (
	AllEntities Match = "AllEntities" // all mapped entities equal
	AnyAlert    Match = "AnyAlert"    // any alert of the rule
	Selected    Match = "Selected"    // the named entities and details equal
)

// Grouping joins alerts into incidents.
type Grouping struct {
	Enabled  bool
	Reopen   bool          // a closed incident is opened again
	Lookback time.Duration // counted from the incident's creation
	Match    Match
	// By* matter for Selected only.
	ByEntities      []string // names in mappings
	ByAlertDetails  []string // DisplayName, Severity
	ByCustomDetails []string // keys
}

// MaxAlerts is how many alerts one run raises at most if it makes one of each
// row. The last of them stands for all further rows.
func (r *Rule) MaxAlerts() int {
	if r.Kind == NRT {
		return 30
	}
	return 150
}

// Converted tells whether the rule was made of a file in another form, so that
// the file itself cannot be read as rules.
func (r *Rule) Converted() bool { return r.converted }

// At returns where the value of a key stands in the rule's file, for example
// "queryPeriod" or "customDetails.Country"; the zero Place if the rule has no
// such key or does not come from a file.
func (r *Rule) At(key string) Place { return r.places[key] }
