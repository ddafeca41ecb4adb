package field

import (
	"errors"
	"testing"
	"time"
)

func TestChecks(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"a word of the list", OneOf("b", "a", "b"), ""},
		{"another word", OneOf("c", "a", "b"), `"c": want a, b`},
		{"the least", Between(1, 1, 3), ""},
		{"the most", Between(3, 1, 3), ""},
		{"too little", Between(0, 1, 3), "0: want 1 to 3"},
		{"too much", Between(int64(4), 1, 3), "4: want 1 to 3"},
		{"long enough", Lasting(time.Second, time.Second, time.Minute), ""},
		{"too short", Lasting(0, time.Second, time.Minute), "0s: want 1s to 1m0s"},
		{"too long", Lasting(time.Hour, time.Second, time.Minute), "1h0m0s: want 1s to 1m0s"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestProblems(t *testing.T) {
	var p Problems
	p.Add("good", "")
	p.Because("fine", nil)
	if err := p.Err(); err != nil {
		t.Errorf("got %v of nothing, want nil", err)
	}
	p.Add("name", "is empty")
	p.Addf("size", "%d: want less", 7)
	p.Because("path", errors.New("is gone"))
	const want = "name: is empty\nsize: 7: want less\npath: is gone"
	err := p.Err()
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	var first *Error
	if !errors.As(err, &first) || first.Field != "name" {
		t.Errorf("got %v, want the first to be found in what is joined", first)
	}
}

func TestBecause(t *testing.T) {
	if err := Because("path", nil); err != nil {
		t.Errorf("got %v of nil", err)
	}
	if err := Because("path", errors.New("is gone")); err.Error() != "path: is gone" {
		t.Errorf("got %v", err)
	}
}
