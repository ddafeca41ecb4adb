package rules

import (
	"fmt"
	"slices"

	"nephoscope/internal/schema"
)

// A columnUse is a place of the rule that names a result column.
type columnUse struct {
	column, path string
	what         string // what is made of it
	takes        func(schema.Type) bool
}

// columns holds the columns that the rule names against those of the result.
func (l *linter) columns(columns []schema.Column) {
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	for _, use := range l.rule.columnUses() {
		i := slices.Index(names, use.column)
		switch {
		case i < 0:
			l.report(CodeColumnMissing, l.at(use.path), "the query returns no column %q%s", use.column, suggest(use.column, names))
		case columns[i].Type != schema.Unknown && !use.takes(columns[i].Type):
			l.report(CodeColumnType, l.at(use.path), "column %s is of type %s: %s cannot be made of it", use.column, columns[i].Type, use.what)
		}
	}
}

// columnUses lists every result column that the rule names.
func (r *Rule) columnUses() []columnUse {
	u := &uses{}
	for i, m := range r.Entities {
		for j, f := range m.Fields {
			path := fmt.Sprintf("entityMappings[%d].fieldMappings[%d].columnName", i, j)
			u.add(f.Column, path, m.Type+" "+f.Identifier, identifierTakes(m.Type, f.Identifier))
		}
	}
	for i, c := range r.EntityColumns {
		u.add(c, fmt.Sprintf("sentinelEntitiesMappings[%d].columnName", i), "a list of entities", isText)
	}
	for _, d := range r.CustomDetails {
		u.add(d.Column, "customDetails."+d.Key, "a custom detail", anyType)
	}
	const override = "alertDetailsOverride."
	for _, c := range Placeholders(r.Override.Name) {
		u.add(c, override+"alertDisplayNameFormat", "a text", anyType)
	}
	for _, c := range Placeholders(r.Override.Description) {
		u.add(c, override+"alertDescriptionFormat", "a text", anyType)
	}
	u.add(r.Override.Severity, override+"alertSeverityColumnName", "a severity", isText)
	u.add(r.Override.Tactics, override+"alertTacticsColumnName", "a list of tactics", isText)
	for i, p := range r.Override.Properties {
		u.add(p.Column, fmt.Sprintf("%salertDynamicProperties[%d].value", override, i), p.Name, anyType)
	}
	return u.list
}

// uses collects columnUses.
type uses struct{ list []columnUse }

func (u *uses) add(column, path, what string, takes func(schema.Type) bool) {
	if column != "" {
		u.list = append(u.list, columnUse{column, path, what, takes})
	}
}

func anyType(schema.Type) bool { return true }

// isText tells whether values of a type are texts, or may be.
func isText(t schema.Type) bool {
	return t == schema.String || t == schema.GUID || t == schema.Dynamic
}

func isTextOrNumber(t schema.Type) bool { return isText(t) || t == schema.Int || t == schema.Long }

// identifierTakes says of which types an identifier can be made.
func identifierTakes(entity, identifier string) func(schema.Type) bool {
	switch identifier {
	case "CreationTimeUtc", "ReceivedDate", "QueryTime", "ClusterQueryStartTime", "ClusterQueryEndTime", "Timestamp", "SubmissionDate":
		return func(t schema.Type) bool { return isText(t) || t == schema.Datetime }
	case "IsDomainJoined", "IsVolumeAnomaly":
		return func(t schema.Type) bool { return isText(t) || t == schema.Bool }
	case "Value", "Hive", "Name", "PUID", "AppId", "ProcessId", "MailCount", "DeviceId", "SerialNumber", "ElevationToken", "ReportType", "RiskLevel":
		return isTextOrNumber
	case "Address", "FullName", "ResourceId", "Url", "DomainName", "MailboxPrimaryAddress", "AadUserId", "ObjectGuid", "Sid", "UPNSuffix":
		return isText
	}
	if entity == "MailCluster" {
		return anyType // counts and lists of many kinds
	}
	return isTextOrNumber
}
