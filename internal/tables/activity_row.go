package tables

import (
	"bytes"
	"encoding/hex"
	"strconv"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// mapActivityRow appends a row that was exported from the same table: every
// column as it stands there. Only the hidden _ResourceId and _SubscriptionId
// are filled from their visible twins when the export has none.
func mapActivityRow(rec *event.Record, rows *schema.Rows) error {
	var r exportedRow
	r.collect(rec, rows.Table)
	for col := range r.by {
		r.write(rows, col)
	}
	r.writeHidden(rows)
	r.writeHot(rows)
	r.writeProperties(rows)
	rows.End(r.id(rec))
	return nil
}

// An exportedRow is a row's values by column, and what fits none.
type exportedRow struct {
	by     [activityColumns]event.Value
	others []event.Value
	itemID text
}

// collect sorts the members into columns. Names may carry the time zone, as in
// the portal's CSV: "TimeGenerated [UTC]". A time in another zone, such as
// "[Local Time]", does not tell when it was: it fits no column.
func (r *exportedRow) collect(rec *event.Record, t *schema.Table) {
	root := rec.Root()
	for v := root.First(); v.Exists(); v = v.Next(root) {
		name := bytes.TrimSuffix(v.Key(), []byte(" [UTC]"))
		col := exportedColumn(t, name)
		switch {
		case string(name) == "_ItemId":
			r.itemID = plain(v)
		case col >= 0 && col < activityColumns && t.Columns[col].Path == nil && !r.by[col].Exists():
			r.by[col] = v
		case string(name) == "$table" && string(plain(v).b) == t.Name, blank(v):
		default:
			r.others = append(r.others, v)
		}
	}
}

func exportedColumn(t *schema.Table, name []byte) int {
	if col := t.Column(string(name)); col >= 0 {
		return col
	}
	for i := range t.Columns {
		if isFold(name, t.Columns[i].Name) {
			return i
		}
	}
	return -1
}

// write fills one column.
func (r *exportedRow) write(rows *schema.Rows, col int) {
	v := r.by[col]
	column := &rows.Table.Columns[col]
	if column.Const != "" {
		if !blank(v) && string(plain(v).b) != column.Const {
			r.others = append(r.others, v)
		}
		return
	}
	switch col {
	case colTimeGenerated, colEventSubmissionTimestamp:
		r.writeTime(rows, col)
	case colAuthorizationD, colClaimsD:
		r.setJSON(rows, col)
	case colPropertiesD: // written last, with what has no column
	case colAuthorization, colClaims, colProperties:
		r.writeText(rows, col)
	case colBilledSize:
		if size, err := strconv.ParseFloat(string(plain(v).b), 64); err == nil {
			rows.SetReal(col, size)
		}
	default:
		set(rows, col, exportedText(v))
	}
}

// writeTime fills a time column. A missing TimeGenerated is taken from the
// time of submission; a time that cannot be read is kept as it is.
func (r *exportedRow) writeTime(rows *schema.Rows, col int) {
	v := r.by[col]
	t := parseTime(plain(v).b)
	if !t.ok && !blank(v) {
		r.others = append(r.others, v)
	}
	if !t.ok && col == colTimeGenerated {
		t = parseTime(plain(r.by[colEventSubmissionTimestamp]).b)
	}
	if t.ok {
		rows.SetInt(col, int64(t.ticks))
	}
}

// writeText fills a string column whose dynamic twin follows it. The text is
// stored only where it differs from the twin's.
func (r *exportedRow) writeText(rows *schema.Rows, col int) {
	own := exportedText(r.by[col])
	if !bytes.Equal(own.b, appendJSON(nil, r.dynamic(col+1))) {
		set(rows, col, own)
	}
}

// exportedText is the text of a string column; an object or array is its JSON.
func exportedText(v event.Value) text {
	switch v.Kind() {
	case event.Object, event.Array:
		return text{b: appendJSON(nil, v)}
	default:
		return plain(v)
	}
}

// dynamic returns the value of a dynamic column; CSV has it as text.
func (r *exportedRow) dynamic(col int) event.Value {
	v := embedded(r.by[col])
	if blank(v) && v.Kind() == event.String {
		return event.Value{}
	}
	return v
}

func (r *exportedRow) setJSON(rows *schema.Rows, col int) {
	if v := r.dynamic(col); v.Exists() && v.Kind() != event.Null {
		rows.Built(col, appendJSON(rows.Build(col), v))
	}
}

// writeHidden fills the hidden twins of ResourceId and SubscriptionId.
func (r *exportedRow) writeHidden(rows *schema.Rows) {
	if !r.by[colHiddenResourceID].Exists() {
		id := plain(r.by[colResourceID])
		rows.Built(colHiddenResourceID, appendResourceID(rows.Build(colHiddenResourceID), id.b))
	}
	if !r.by[colHiddenSubscriptionID].Exists() {
		setLower(rows, colHiddenSubscriptionID, plain(r.by[colSubscriptionID]))
	}
}

// writeHot fills the hot paths from the dynamic columns.
func (r *exportedRow) writeHot(rows *schema.Rows) {
	authorization, properties := r.dynamic(colAuthorizationD), r.dynamic(colPropertiesD)
	evidence := authorization.Get("evidence")
	set(rows, colAction, plain(authorization.Get("action")))
	set(rows, colRole, plain(evidence.Get("role")))
	set(rows, colPrincipalType, plain(evidence.Get("principalType")))
	set(rows, colStatusCode, plain(properties.Get("statusCode")))
	set(rows, colResourceName, plain(properties.Get("resource")))
	var token claims
	token.read(r.dynamic(colClaimsD))
	token.write(rows)
}

// writeProperties fills Properties_d: as it stands, and what has no column.
func (r *exportedRow) writeProperties(rows *schema.Rows) {
	own := r.dynamic(colPropertiesD)
	if len(r.others) == 0 || own.Exists() && own.Kind() != event.Object {
		r.setJSON(rows, colPropertiesD)
		return
	}
	buf := appendMembers(append(rows.Build(colPropertiesD), '{'), own)
	for _, v := range r.others {
		buf = appendOwn(buf, v)
	}
	rows.Built(colPropertiesD, closeObject(buf))
}

// id is the exported _ItemId, else a hash of the row's content.
func (r *exportedRow) id(rec *event.Record) schema.ID {
	if r.itemID.empty() {
		return contentID(rec)
	}
	var id schema.ID
	digits := bytes.ReplaceAll(r.itemID.b, []byte("-"), nil)
	if len(digits) == 2*len(id) {
		if _, err := hex.Decode(id[:], digits); err == nil {
			return id
		}
	}
	return hashID(r.itemID.b)
}
