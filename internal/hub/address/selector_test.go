package address

import (
	"strings"
	"testing"
	"time"

	"nephoscope/internal/hub/journal"
)

func TestParseSelector(t *testing.T) {
	f := func(text string, want journal.Start) {
		t.Helper()
		got, err := ParseSelector(text)
		if err != nil || got != want {
			t.Errorf("ParseSelector(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	offset := func(text string, inclusive bool) journal.Start {
		t.Helper()
		start, err := journal.AtOffset(text, inclusive)
		if err != nil {
			t.Fatal(err)
		}
		return start
	}
	f("", journal.Earliest())
	f(annotation+"x-opt-offset > '-1'", offset("-1", false))
	f(annotation+"x-opt-offset > '@latest'", journal.Latest(false))
	f(annotation+"x-opt-offset >= @LATEST", journal.Latest(true))
	f(annotation+"x-opt-offset > '8128'", offset("8128", false))
	f(annotation+"x-opt-offset >= 8128", offset("8128", true))
	f(annotation+"x-opt-sequence-number > '12'", journal.AtSequence(12, false))
	f(annotation+"x-opt-sequence-number>=-1", journal.AtSequence(-1, true))
	f(annotation+`x-opt-enqueued-time >= "1700000000123"`, journal.AtTime(time.UnixMilli(1700000000123), true))
	f(" AMQP.annotation.x-opt-enqueued-time > 0 ", journal.AtTime(time.UnixMilli(0), false))
}

func TestParseSelectorRefuses(t *testing.T) {
	f := func(text, part string) {
		t.Helper()
		s, err := ParseSelector(text)
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("ParseSelector(%.60q) = %+v, %v, want an error with %q", text, s, err, part)
		}
	}
	f("x-opt-offset = '1'", "want NAME > 'VALUE'")
	f("amqp.annotation.x-opt-offset < '1'", "want NAME > 'VALUE'")
	f("amqp.annotation.colour > '1'", "selects nothing")
	f("amqp.annotation.x-opt-sequence-number > 'one'", "decimal number")
	f("amqp.annotation.x-opt-offset > '1:2:3'", "1:2:3")
	f("amqp.annotation.x-opt-offset > '99999999999999999999'", "999")
	f("amqp.annotation.x-opt-enqueued-time > ''", "decimal number")
	f(strings.Repeat(" ", maxSelector+1), "at most")
}

func FuzzParseSelector(f *testing.F) {
	f.Add("amqp.annotation.x-opt-offset >= '@latest'")
	f.Add("amqp.annotation.x-opt-sequence-number > 5")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSelector(text)
		if err != nil && s != (journal.Start{}) {
			t.Errorf("ParseSelector(%q) = %+v with the error %v", text, s, err)
		}
	})
}
