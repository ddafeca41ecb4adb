package output

import (
	"errors"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	plain := errors.New("busy")
	for _, c := range []struct {
		name     string
		failures int
		err      error
		random   float64
		want     time.Duration
	}{
		{"first", 1, plain, 0, time.Second},
		{"second", 2, plain, 0, 2 * time.Second},
		{"fifth", 5, plain, 0, 16 * time.Second},
		{"many", 1000, plain, 0, 2 * time.Minute},
		{"half at random", 5, plain, 1, 8 * time.Second},
		{"asked for more", 1, RetryAfter(plain, time.Minute), 0, time.Minute},
		{"asked for more, at random", 1, RetryAfter(plain, time.Minute), 1, 75 * time.Second},
		{"asked for less", 5, RetryAfter(plain, time.Second), 0, 16 * time.Second},
		{"asked for too much", 1, RetryAfter(plain, 100*time.Hour), 0, time.Hour},
		{"asked inside of another", 1, errors.Join(errors.New("x"), RetryAfter(plain, time.Minute)), 0, time.Minute},
	} {
		b := Backoff{Random: func() float64 { return c.random }}
		if got := b.Delay(c.failures, c.err); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

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
	if !IsPermanent(RetryAfter(Permanent(base), 1)) || IsPermanent(base) || askedFor(base) != 0 {
		t.Error("the kinds are not told apart")
	}
}
