package rules

// A Code names a class of findings. Codes are stable: what silences or counts
// findings goes by them.
type Code string

// The codes of findings of reading.
const (
	CodeYAML             Code = "yaml"
	CodeSchema           Code = "schema"
	CodeUnknownKey       Code = "unknown-key"
	CodeIdleKey          Code = "idle-key"
	CodeAssumed          Code = "assumed"
	CodeSpelling         Code = "spelling"
	CodeKind             Code = "kind"
	CodeTechniqueTactic  Code = "technique-tactic"
	CodeTechniqueUnknown Code = "technique-unknown"
	CodePeriodGap        Code = "period-gap"
	CodeFrequencyShort   Code = "frequency-short"
	CodeQueryScope       Code = "query-scope"
	CodeEntityIdentifier Code = "entity-identifier"
	CodeEntityWeak       Code = "entity-weak"
	CodeGroupUnmapped    Code = "group-unmapped"
	CodeSigma            Code = "sigma"
	CodeSigmaNote        Code = "sigma-note"
)

// The codes of findings of Lint and Review.
const (
	CodeIDTwice           Code = "id-twice"
	CodeNameTwice         Code = "name-twice"
	CodeKQL               Code = "kql"
	CodeColumnMissing     Code = "column-missing"
	CodeColumnType        Code = "column-type"
	CodeLookback          Code = "lookback"
	CodeFilterNarrow      Code = "filter-narrow"
	CodeLetUnused         Code = "let-unused"
	CodeArbitrary         Code = "not-reproducible"
	CodeNoTime            Code = "no-time"
	CodeTechniquesMissing Code = "techniques-missing"
	CodeFirstRow          Code = "override-first-row"
)

// A CodeDoc describes a code.
type CodeDoc struct {
	Code  Code
	Level Level // mostly: JSON of the API is treated more mildly
	Doc   string
}

// Codes describes all codes in the order of the documentation.
func Codes() []CodeDoc {
	return []CodeDoc{
		{CodeYAML, Error, "The file is no YAML or no JSON."},
		{CodeSchema, Error, "A key is missing, given twice, or has a value that its place does not take: the type, the length, the number of entries, a word."},
		{CodeUnknownKey, Warning, "A key that rules do not have."},
		{CodeIdleKey, Warning, "A key that means nothing in a rule of its kind."},
		{CodeAssumed, Warning, "A key is missing and a value is assumed in its place."},
		{CodeSpelling, Warning, "A word that is understood but should be written otherwise, or is listed twice."},
		{CodeKind, Warning, "A rule of a kind that does not run here."},
		{CodeIDTwice, Error, "Two rules have one id."},
		{CodeNameTwice, Warning, "Two rules have one name."},
		{CodeTechniqueTactic, Error, "A technique, and tactics lists none that it belongs to."},
		{CodeTechniqueUnknown, Warning, "A technique or sub-technique that is not in ATT&CK."},
		{CodeTechniquesMissing, Info, "The rule names tactics but no technique."},
		{CodePeriodGap, Error, "queryPeriod is shorter than queryFrequency: events between two windows are never looked at."},
		{CodeFrequencyShort, Error, "queryFrequency is shorter than an hour with a queryPeriod of two days or more."},
		{CodeQueryScope, Error, "The query searches every table: `search *`, `union *`."},
		{CodeKQL, Error, "The query does not compile over the tables there are."},
		{CodeColumnMissing, Error, "The query does not return a column that the rule names: in entity mappings, custom details, overrides."},
		{CodeColumnType, Error, "A column of a type that its use cannot be made of, such as a time as an address."},
		{CodeEntityIdentifier, Error, "An entity type does not have the identifier, or has it twice in one mapping."},
		{CodeEntityWeak, Error, "A mapping has no identifier that tells one entity from another."},
		{CodeGroupUnmapped, Error, "Incidents are grouped by an entity or a custom detail that the rule does not have."},
		{CodeSigma, Error, "A Sigma rule that cannot be said in KQL."},
		{CodeSigmaNote, Info, "What was chosen where a Sigma rule leaves something open."},
		{CodeLookback, Warning, "The query asks for events from before queryPeriod: there are none in the window."},
		{CodeFilterNarrow, Warning, "The query looks back less far than queryFrequency: some events are never looked at."},
		{CodeLetUnused, Warning, "Nothing uses the name of a let statement."},
		{CodeArbitrary, Warning, "The result is not the same each time: take without an order, sample, rand()."},
		{CodeNoTime, Warning, "The result has no TimeGenerated, StartTime or EndTime: alerts get the time of the window."},
		{CodeFirstRow, Info, "A {{column}} in an alert that stands for many rows: the first row fills it."},
	}
}
