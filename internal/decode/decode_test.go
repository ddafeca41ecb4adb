package decode

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"nephoscope/internal/event"
)

func TestShape(t *testing.T) {
	for text, want := range map[string]event.Shape{
		`{"eventTimestamp":"x","id":"y"}`:                                                     event.ShapeREST,
		`{"resourceUri":"x","status":{"value":"y","localizedValue":"y"}}`:                     event.ShapeREST,
		`{"time":"x","category":"Administrative"}`:                                            event.ShapeHub,
		`{"Time":"x","OPERATIONNAME":"y"}`:                                                    event.ShapeHub,
		`{"time":"x","operationName":{"value":"y","localizedValue":"y"},"durationMs":"0"}`:    event.ShapeHub,
		`{"operationName":"y","resourceId":"/subscriptions/x","category":"Write"}`:            event.ShapeHub,
		`{"TimeGenerated":"x","OperationName":"y"}`:                                           event.ShapeTableRow,
		`{"CategoryValue":"Policy"}`:                                                          event.ShapeTableRow,
		`{"TimeGenerated":"x","Caller":"y","Type":"AzureActivity"}`:                           event.ShapeTableRow,
		`{"TimeGenerated":"x","OperationName":"y","CorrelationId":"z","Type":"SigninLogs"}`:   event.ShapeUnknown,
		`{"method":"GET","status":200,"response":{"time":"x","category":"y"},"request":null}`: event.ShapeUnknown,
		`{}`: event.ShapeUnknown,
	} {
		for _, format := range formats {
			err := New(Options{Format: format}).Decode(&event.Message{Body: []byte(text)}, "", "", func(r *event.Record) error {
				if r.Shape != want {
					t.Errorf("%s as %s: shape %s, want %s", text, format, r.Shape, want)
				}
				return nil
			}, func(j *Reject) error { return errors.New(j.Detail) })
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

// TestForcedShape has objects whose keys do not tell, and the only formats that
// may make something of them.
func TestForcedShape(t *testing.T) {
	for text, want := range map[string][]event.Format{
		`{"time":"x","value":3}`: {event.FormatHub, event.FormatStorage},
		`{"category":"Write"}`:   {event.FormatREST, event.FormatHub, event.FormatStorage},
		`{"id":"x","operationName":"y","status":"z","caller":"w"}`:    {event.FormatREST, event.FormatHub, event.FormatStorage},
		`{"id":"x","eventDataId":"y"}`:                                {event.FormatREST},
		`{"Caller":"x"}`:                                              {event.FormatTable},
		`{"OperationName":"x","Level":"y"}`:                           {event.FormatHub, event.FormatStorage, event.FormatTable},
		`{"TimeGenerated":"x"}`:                                       {event.FormatTable},
		`{"TimeGenerated":"x","Caller":"y","$table":"SigninLogs"}`:    nil,
		`{"records":{"time":"x","category":"y"}}`:                     nil,
		`{"name":"x","status":"y"}`:                                   nil,
		`{"expected":[{"time":"2026-01-02T03:04:05Z","category":1}]}`: nil,
	} {
		for _, format := range formats {
			shape := event.ShapeUnknown
			if slices.Contains(want, format) {
				shape = shapeIn(format)
			}
			got := decodeAll(t, New(Options{Format: format}), &event.Message{Body: []byte(text)})
			if len(got) != 1 || string(got[0]) != "0@0 "+shape.String()+" "+text {
				t.Errorf("%s as %s: got %s, want shape %s", text, format, lines(got), shape)
			}
		}
	}
}

// TestWrongFormat wants the same from data that are clear, whatever the format.
func TestWrongFormat(t *testing.T) {
	for _, body := range []string{
		`{"records":[` + recA + `,` + recB + `]}`,
		`{"value":[{"eventTimestamp":"x","id":"y"}]}`,
		`{"tables":[{"columns":[{"name":"TimeGenerated"},{"name":"Caller"}],"rows":[["a","b"]]}]}`,
		"TimeGenerated,CorrelationId\nx,y\n",
		"{'records':[{'time':'x','category':'y'}]}",
	} {
		want := lines(decodeAll(t, New(Options{}), &event.Message{Body: []byte(body)}))
		for _, format := range formats {
			if got := lines(decodeAll(t, New(Options{Format: format}), &event.Message{Body: []byte(body)})); got != want {
				t.Errorf("%s as %s: got\n%s\nwant\n%s", body, format, got, want)
			}
		}
	}
}

// TestForcedFormat gives the format by the decoder's options and by the
// message.
func TestForcedFormat(t *testing.T) {
	for _, c := range []struct {
		format event.Format
		body   string
		want   int
	}{
		{event.FormatAuto, `{"value":[{"a":1},{"b":2}]}`, 2},
		{event.FormatHub, `{"value":[{"a":1},{"b":2}]}`, 2},
		{event.FormatREST, `{"records":[{"a":1},{"b":2}]}`, 2},
		{event.FormatStorage, `{"records":[{"a":1},{"b":2}]}`, 2},
		{event.FormatTable, "one\ntwo\nthree\n", 2},
		{event.FormatAuto, "one\ntwo\nthree\n", 3},
	} {
		byOption := decodeAll(t, New(Options{Format: c.format}), &event.Message{Body: []byte(c.body)})
		byMessage := decodeAll(t, New(Options{}), &event.Message{Body: []byte(c.body), Format: c.format})
		if len(byOption) != c.want || lines(byOption) != lines(byMessage) {
			t.Errorf("%q as %s: %d elements by option and %d by message, want %d", c.body, c.format, len(byOption), len(byMessage), c.want)
		}
	}
}

// TestCallbackError wants the callback's own error and nothing after it.
func TestCallbackError(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	count := func() error {
		if n++; n == 3 {
			return stop
		}
		return nil
	}
	err := New(Options{}).Decode(&event.Message{Body: []byte(`[{"a":1},null,{"b":2},{"c":3},null]`)}, "", "",
		func(*event.Record) error { return count() }, func(*Reject) error { return count() })
	if !errors.Is(err, stop) || n != 3 {
		t.Errorf("error %v after %d callbacks, want %v after 3", err, n, stop)
	}
}

// TestRecordOrigin checks what a record tells of where it came from.
func TestRecordOrigin(t *testing.T) {
	m := &event.Message{Body: []byte(`[{"a":1},{"b":2}]`), Index: 7, Offset: 100}
	var last event.Record
	err := New(Options{}).Decode(m, "file", "p1", func(r *event.Record) error { last = *r; return nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last.Source != "file" || last.Partition != "p1" || last.Index != 8 || last.Offset != 109 {
		t.Errorf("record of %s/%s, index %d, offset %d; want file/p1, 8, 109", last.Source, last.Partition, last.Index, last.Offset)
	}
}

// A message without a body is one reject, with the source's reason.
func TestUnreadableMessage(t *testing.T) {
	var got []Reject
	m := &event.Message{Offset: 42, Format: event.FormatHub, Unreadable: "no idea"}
	err := New(Options{}).Decode(m, "test", "0",
		func(*event.Record) error { return errors.New("it has no record") },
		func(r *Reject) error { got = append(got, *r); return nil })
	if want := []Reject{{Reason: ReasonEncoding, Detail: "no idea", Offset: 42}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}
