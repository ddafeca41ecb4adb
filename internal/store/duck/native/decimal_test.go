package native

import "testing"

func TestDecimalKey(t *testing.T) {
	ascending := []string{"-1e30", "-10.5", "-10.25", "-9", "-0.1", "-1e-20", "0", "1e-20", "0.1", "0.25", "9", "10", "10.25", "10.5", "1e30"}
	last := ""
	for _, s := range ascending {
		key, ok := decimalKey(s)
		if !ok || key <= last {
			t.Errorf("%s: key %q is not after %q", s, key, last)
		}
		last = key
	}
	for _, same := range [][2]string{{"1.50", "1.5"}, {"100", "1e2"}, {"-0", "0.000"}, {"+7", "007"}} {
		a, _ := decimalKey(same[0])
		if b, _ := decimalKey(same[1]); a != b {
			t.Errorf("keys of %s and %s: %q and %q", same[0], same[1], a, b)
		}
	}
	for _, bad := range []string{"", "x", "1e", "1e999999999", "--1", ".", "Infinity", "1.2.3"} {
		if key, ok := decimalKey(bad); ok {
			t.Errorf("%q has the key %q", bad, key)
		}
	}
}

func TestComputeDecimal(t *testing.T) {
	f := func(x, op, y, want string) {
		t.Helper()
		got, ok := computeDecimal(op, x, y)
		if !ok {
			got = "none"
		}
		if got != want {
			t.Errorf("%s %s %s: got %s, want %s", x, op, y, got, want)
		}
	}
	f("0.1", "+", "0.2", "0.3")
	f("1000000020000000300000004", "+", "1", "1000000020000000300000005")
	f("5", "-", "7.25", "-2.25")
	f("1.5", "*", "-1.5", "-2.25")
	f("1", "/", "3", "0.3333333333333333333333333333333333")
	f("200", "/", "3", "66.66666666666666666666666666666667")
	f("1", "/", "0", "none")
	f("-7", "%", "4", "1")
	f("7", "%", "-4", "3")
	f("7.5", "bin", "2", "6")
	f("-7.5", "bin", "2", "-8")
	f("1e-3", "*", "1", "0.001")
	f("1e20", "*", "10", "1000000000000000000000")
	f("0", "*", "5", "0")
	f("1e5000", "+", "1", "none")
}

func FuzzDecimal(f *testing.F) {
	f.Add("+", "1.5", "-2e3")
	f.Add("/", "1", "3")
	f.Fuzz(func(t *testing.T, op, x, y string) {
		key, ok := decimalKey(x)
		if v, okSum := computeDecimal("+", x, "0"); okSum && len(x) <= decimalDigits {
			if same, _ := decimalKey(v); !ok || same != key {
				t.Errorf("%q + 0 is %q", x, v)
			}
		}
		computeDecimal(op, x, y)
	})
}
