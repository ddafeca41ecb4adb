// Package activity writes rows of AzureActivity as the records that Azure
// itself streams to event hubs, in either of the two generations there are. It
// is the reverse of the mapping in package tables, and stands beside the
// outputs that publish such records.
//
// Invariant: reading a record back with decode and tables gives the row it was
// written from. A row that came from a stream of the same generation is even
// written as the same bytes, member order aside where Azure's differs. What
// does not come back is listed with each Generation; a test holds the lists.
package activity

import (
	"fmt"

	"nephoscope/internal/output"
	"nephoscope/internal/schema"
)

// Table is the table whose rows can be written.
const Table = "AzureActivity"

// A Generation is one of the two layouts of Azure's stream.
type Generation string

const (
	// Setting is the layout of diagnostic settings. Beyond what Azure writes,
	// rows that have it give their eventDataId, operationId,
	// submissionTimestamp, caller, httpRequest, status, subStatus and
	// resourceProviderName under the names of the REST API, only where the
	// rest of the record does not tell the same.
	//
	// Rows from a stream come back as they were. Rows of the REST API lose
	// the older names OperationName and Category (the former stands in
	// Properties_d.operationName where Azure's own writing differs), and gain
	// Properties_d.resultSignature, which Azure's records always have. Rows
	// of exported tables lose besides TenantId, _BilledSize and their own
	// layout of JSON text, and gain what a diagnostic setting fills in and
	// that export had not.
	Setting Generation = "hub"

	// Profile is the layout of log profiles, which is older and has no place
	// for: event category (it is derived again; what it cannot be derived
	// from is told in properties.eventCategory, and the properties then come
	// back twice, as eventProperties too), EventDataId, OperationId,
	// EventSubmissionTimestamp, a Caller who is not in the claims, what
	// HTTPRequest has beside the address, a provider, group or subscription
	// that is not in the resource id, the older names, tenantId,
	// operationVersion, description, channels, eventName, resourceType and the
	// platform's noise (RoleLocation, Stamp, ReleaseVersion). The level Informational is written Information.
	//
	// Unlike Azure's, the records keep all properties: a consumer that knows
	// a few of them does not mind the others.
	//
	// Rows from a stream of this layout come back as they were.
	Profile Generation = "hub-profile"
)

// A Writer writes the rows of batches with the same columns. It is not safe
// for concurrent use.
type Writer struct {
	generation Generation
	at         [columnCount]int // index in the batch, -1 for none
	row        record           // the one under way; its memory is used again
}

// NewWriter returns a Writer for batches of AzureActivity with these columns.
func NewWriter(columns []schema.Column, g Generation) (*Writer, error) {
	if g != Setting && g != Profile {
		return nil, fmt.Errorf("unknown generation %q: want %s or %s", g, Setting, Profile)
	}
	w := &Writer{generation: g}
	b := output.Batch{Columns: columns}
	for c, name := range columnNames() {
		w.at[c] = b.Column(name)
	}
	if w.at[colTimeGenerated] < 0 || w.at[colPropertiesD] < 0 {
		return nil, fmt.Errorf("the rows have no TimeGenerated or no Properties_d: want those of %s", Table)
	}
	return w, nil
}

// Append appends a row as one JSON object.
func (w *Writer) Append(dst []byte, row *output.Row) []byte {
	r := &w.row
	r.w, r.values = w, row.Values
	r.sort()
	dst = append(dst, '{')
	if w.generation == Profile {
		dst = r.appendProfile(dst)
	} else {
		dst = r.appendSetting(dst)
	}
	return closed(dst)
}
