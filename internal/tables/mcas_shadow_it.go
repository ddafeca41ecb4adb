package tables

import (
	"bytes"
	"fmt"
	"math"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

const shadowITTable = "McasShadowItReporting"

// McasShadowItReporting returns the table of Cloud Discovery: which user used
// which application how much, one row a day. Its records are rows that were
// exported from the same table, which name it as Type or $table.
func McasShadowItReporting() *schema.Table {
	return &schema.Table{
		Name: shadowITTable,
		Doc: "Use of cloud applications that Cloud Discovery found in the logs of firewalls and proxies and on managed devices: " +
			"one row for each day, report, user, address, device and application.",
		Version:   1,
		Retention: 90,
		Columns: []schema.Column{
			{Name: "TenantId", Type: schema.String, Doc: "Id of the workspace."},
			{Name: "SourceSystem", Type: schema.String, Doc: "Azure."},
			{Name: "TimeGenerated", Type: schema.Datetime, Doc: "The day that the row sums up."},
			{Name: "StreamName", Type: schema.String, Doc: "Report that the data belong to, for example Defender-managed endpoints."},
			{Name: "MachineName", Type: schema.String, Doc: "Device; empty for firewalls and proxies."},
			{Name: "MachineId", Type: schema.String, Doc: "Id of the device."},
			{Name: "TotalEvents", Type: schema.Int, Doc: "Transactions: log lines that tell of a use."},
			{Name: "BlockedEvents", Type: schema.Int, Doc: "Those of them that were blocked."},
			{Name: "UploadedBytes", Type: schema.Int, Doc: "Bytes sent to the application; more than an int holds stands as its greatest value. Sum it as long."},
			{Name: "TotalBytes", Type: schema.Int, Doc: "Bytes both ways; bounded like UploadedBytes."},
			{Name: "DownloadedBytes", Type: schema.Int, Doc: "Bytes received; bounded like UploadedBytes."},
			{Name: "IpAddress", Type: schema.String, Doc: "Address of the user's device."},
			{Name: "UserName", Type: schema.String, Doc: "User as the log names it."},
			{Name: "EnrichedUserName", Type: schema.String, Doc: "User principal name in Entra ID, where the user was found there."},
			{Name: "AppName", Type: schema.String, Doc: "Application."},
			{Name: "AppId", Type: schema.String, Doc: "Id of the application in the catalog."},
			{Name: "AppInstance", Type: schema.String, Doc: "Instance of the application."},
			{Name: "AppCategory", Type: schema.String, Doc: "Category, for example Cloud storage."},
			{Name: "AppTags", Type: schema.Dynamic, Doc: "Array of tags, for example [\"sanctioned\"]; names of the built-in ones are unconfirmed but for that."},
			{Name: "AppScore", Type: schema.Int, Doc: "Score of the application in the catalog, 0 to 10; 10 is best."},
			{Name: "AadTenantId", Type: schema.String, Doc: "Entra tenant."},
			{Name: "Date", Type: schema.Datetime, Doc: "The day, as older descriptions call it."},
			{Name: "RawUserName", Type: schema.String, Doc: "User before enrichment."},
			{Name: "RichUserName", Type: schema.String, Doc: "User after enrichment."},
			{Name: "Type", Type: schema.String, Const: shadowITTable, Doc: "Name of the table."},
			{Name: "_IsBillable", Type: schema.String, Hidden: true, Doc: "Whether the row is paid for, in exported rows."},
			{Name: "_BilledSize", Type: schema.Real, Hidden: true, Doc: "Billed bytes, in exported rows."},
		},
		Claims: func(rec *event.Record) bool { return namesTable(rec, shadowITTable) },
		Map:    mapShadowIT,
	}
}

// namesTable tells whether a record is a row exported from that table.
func namesTable(rec *event.Record, table string) bool {
	return string(plain(rec.Get("$table")).or(plain(rec.Get("Type"))).b) == table
}

// mapShadowIT appends one exported row. A member without a column or with a
// value that fits none is an error, so that the record is kept elsewhere.
func mapShadowIT(rec *event.Record, rows *schema.Rows) error {
	root := rec.Root()
	for v := root.First(); v.Exists(); v = v.Next(root) {
		name := bytes.TrimSuffix(v.Key(), []byte(" [UTC]"))
		if string(name) == "$table" || blank(v) {
			continue
		}
		if err := setExported(rows, exportedColumn(rows.Table, name), v); err != nil {
			rows.Discard()
			return err
		}
	}
	rows.End(contentID(rec))
	return nil
}

// setExported fills a column from an exported row.
func setExported(rows *schema.Rows, col int, v event.Value) error {
	if col < 0 {
		return fmt.Errorf("table %s has no column %q", rows.Table.Name, v.Key())
	}
	c := &rows.Table.Columns[col]
	if c.Const != "" || c.Type == schema.Int && bounded(rows, col, v) || coerce(rows, col, v) {
		return nil
	}
	return fmt.Errorf("column %s of %s is %s and cannot hold %.80s", c.Name, rows.Table.Name, c.Type, v.Raw())
}

// bounded fills an int column with a whole number that is too great for it.
func bounded(rows *schema.Rows, col int, v event.Value) bool {
	n, ok := whole(bytes.TrimSpace(plain(v).b))
	if !ok || n <= math.MaxInt32 {
		return false
	}
	rows.SetInt(col, math.MaxInt32)
	return true
}
