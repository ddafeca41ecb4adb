package retry

import (
	"testing"
	"time"
)

func TestDelay(t *testing.T) {
	for _, c := range []struct {
		name     string
		failures int
		asked    time.Duration
		random   float64
		want     time.Duration
	}{
		{"first", 1, 0, 0, time.Second},
		{"second", 2, 0, 0, 2 * time.Second},
		{"fifth", 5, 0, 0, 16 * time.Second},
		{"many", 1000, 0, 0, 2 * time.Minute},
		{"a quarter at random", 5, 0, 1, 12 * time.Second},
		{"asked for more", 1, time.Minute, 0, time.Minute},
		{"asked for more, at random", 1, time.Minute, 1, 75 * time.Second},
		{"asked for less", 5, time.Second, 0, 16 * time.Second},
		{"asked for too much", 1, 100 * time.Hour, 0, time.Hour},
		{"asked for the past", 1, -time.Minute, 0, time.Second},
	} {
		b := Backoff{Random: func() float64 { return c.random }}
		if got := b.Delay(c.failures, c.asked); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestDelayIsRandomWithinBounds(t *testing.T) {
	for n := 1; n < 40; n++ {
		for _, random := range []float64{0, 0.5, 0.999} {
			b := Backoff{Most: 5 * time.Minute, Random: func() float64 { return random }}
			whole := min(time.Second<<min(n-1, 20), 5*time.Minute)
			if d := b.Delay(n, 0); d > whole || d < whole*3/4 {
				t.Errorf("failure %d: got %s, want %s less up to a quarter", n, d, whole)
			}
		}
	}
}

func TestDelayKeepsFirstBelowMost(t *testing.T) {
	b := Backoff{First: time.Hour, Most: time.Second, Random: func() float64 { return 0 }}
	if got := b.Delay(1, 0); got != time.Second {
		t.Errorf("got %s, want what is the most", got)
	}
}
