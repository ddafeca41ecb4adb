package duck

import (
	"bytes"
	"unicode/utf8"

	"nephoscope/internal/schema"
)

// cleanse replaces what is not valid UTF-8 by U+FFFD and tells whether there
// was any. Rows are valid by contract, so nobody looks before; but DuckDB
// refuses a whole batch for one bad byte, and then we do look.
func cleanse(parts []part) bool {
	found := false
	for i := range parts {
		rows := *parts[i].from
		rows.Columns = append([]schema.Vector(nil), rows.Columns...)
		bad := false
		for c := range rows.Columns {
			v := &rows.Columns[c]
			if !valid(v) {
				*v = cleansed(v)
				bad = true
			}
		}
		if bad {
			parts[i].from = &rows
			found = true
		}
	}
	return found
}

func valid(v *schema.Vector) bool {
	for i := range v.Ends {
		if !utf8.Valid(v.Bytes(i)) {
			return false
		}
	}
	return true
}

func cleansed(v *schema.Vector) schema.Vector {
	out := schema.Vector{Type: v.Type, Valid: v.Valid}
	for i := range v.Ends {
		out.Text = append(out.Text, bytes.ToValidUTF8(v.Bytes(i), []byte("\uFFFD"))...)
		out.Ends = append(out.Ends, uint32(len(out.Text)))
	}
	return out
}
