package decode

import (
	"errors"
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
		`{"time":"x","value":3}`:                                                              event.ShapeUnknown,
		`{"method":"GET","status":200,"response":{"time":"x","category":"y"},"request":null}`: event.ShapeUnknown,
		`{}`: event.ShapeUnknown,
	} {
		for format, unclear := range map[event.Format]event.Shape{
			event.FormatAuto: event.ShapeUnknown, event.FormatHub: event.ShapeHub, event.FormatREST: event.ShapeREST,
		} {
			want := want
			if want == event.ShapeUnknown && text != `{"TimeGenerated":"x","OperationName":"y","CorrelationId":"z","Type":"SigninLogs"}` {
				want = unclear
			}
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

// TestForcedFormat has bodies that mean something else when the format is
// given, be it by the decoder's options or by the message.
func TestForcedFormat(t *testing.T) {
	for _, c := range []struct {
		format event.Format
		body   string
		want   int
	}{
		{event.FormatAuto, `{"value":[{"a":1},{"b":2}]}`, 2},
		{event.FormatHub, `{"value":[{"a":1},{"b":2}]}`, 1},
		{event.FormatREST, `{"records":[{"a":1},{"b":2}]}`, 1},
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
