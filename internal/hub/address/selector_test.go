package address

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseSelector(t *testing.T) {
	f := func(text string, want Selector) {
		t.Helper()
		got, err := ParseSelector(text)
		if err != nil {
			t.Errorf("ParseSelector(%q): %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ParseSelector(%q) (-want +got):\n%s", text, diff)
		}
	}
	const annotation = "amqp.annotation."
	f("", Selector{By: Earliest})
	f(annotation+"x-opt-offset > '-1'", Selector{By: Earliest})
	f(annotation+"x-opt-offset >= '-1'", Selector{By: Earliest, Inclusive: true})
	f(annotation+"x-opt-offset > '@latest'", Selector{By: Latest})
	f(annotation+"x-opt-offset >= @latest", Selector{By: Latest, Inclusive: true})
	f(annotation+"x-opt-offset > '8128'", Selector{By: ByOffset, Offset: "8128"})
	f(annotation+"x-opt-offset >= 8128", Selector{By: ByOffset, Offset: "8128", Inclusive: true})
	f(annotation+"x-opt-sequence-number > '12'", Selector{By: BySequence, Sequence: 12})
	f(annotation+"x-opt-sequence-number>=-1", Selector{By: BySequence, Sequence: -1, Inclusive: true})
	f(annotation+`x-opt-enqueued-time >= "1700000000123"`,
		Selector{By: ByTime, Time: time.UnixMilli(1700000000123).UTC(), Inclusive: true})
	f(" AMQP.annotation.x-opt-enqueued-time > 0 ", Selector{By: ByTime, Time: time.UnixMilli(0).UTC()})
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
	f("amqp.annotation.x-opt-offset > '1:2:3'", "decimal number")
	f("amqp.annotation.x-opt-offset > '99999999999999999999'", "decimal number")
	f("amqp.annotation.x-opt-enqueued-time > ''", "decimal number")
	f(strings.Repeat(" ", maxSelector+1), "at most")
}

func FuzzParseSelector(f *testing.F) {
	f.Add("amqp.annotation.x-opt-offset >= '@latest'")
	f.Add("amqp.annotation.x-opt-sequence-number > 5")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSelector(text)
		if err != nil && s != (Selector{}) {
			t.Errorf("ParseSelector(%q) = %+v with the error %v", text, s, err)
		}
	})
}
