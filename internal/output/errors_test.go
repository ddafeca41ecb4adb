package output

import (
	"errors"
	"testing"
	"time"
)

func TestErrorKinds(t *testing.T) {
	base := errors.New("no")
	if Permanent(nil) != nil || RetryAfter(nil, time.Second) != nil {
		t.Error("nil must stay nil")
	}
	for _, err := range []error{Permanent(base), RetryAfter(base, time.Second)} {
		if !errors.Is(err, base) || err.Error() != "no" {
			t.Errorf("%v does not wrap its reason", err)
		}
	}
	if !IsPermanent(RetryAfter(Permanent(base), 1)) || IsPermanent(base) || AskedFor(base) != 0 ||
		AskedFor(errors.Join(base, RetryAfter(base, time.Minute))) != time.Minute {
		t.Error("the kinds are not told apart")
	}
}
