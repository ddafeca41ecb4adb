package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// golden is every encoding of the types, as section 1.6 of the specification
// draws them, and whether it is the one that we write.
var golden = []struct {
	name  string
	bytes string
	value any
	ours  bool
}{
	{"null", "40", nil, true},
	{"true", "41", true, true},
	{"true in a byte", "5601", true, false},
	{"false", "42", false, true},
	{"false in a byte", "5600", false, false},
	{"ubyte", "50ff", uint8(255), true},
	{"ushort", "600102", uint16(258), true},
	{"uint 0", "43", uint32(0), true},
	{"small uint", "52ff", uint32(255), true},
	{"uint", "70000000ff", uint32(255), false},
	{"large uint", "7000000100", uint32(256), true},
	{"ulong 0", "44", uint64(0), true},
	{"small ulong", "5301", uint64(1), true},
	{"ulong", "800000000000000001", uint64(1), false},
	{"large ulong", "80ffffffffffffffff", uint64(math.MaxUint64), true},
	{"byte", "5180", int8(-128), true},
	{"short", "61fffe", int16(-2), true},
	{"small int", "54fe", int32(-2), true},
	{"int", "71fffffffe", int32(-2), false},
	{"large int", "7100000080", int32(128), true},
	{"small long", "5580", int64(-128), true},
	{"long", "81ffffffffffffff80", int64(-128), false},
	{"large long", "81ffffffffffffff7f", int64(-129), true},
	{"float", "723fc00000", float32(1.5), true},
	{"double", "823ff8000000000000", 1.5, true},
	{"decimal32", "7401020304", Decimal32{1, 2, 3, 4}, true},
	{"decimal64", "840102030405060708", Decimal64{1, 2, 3, 4, 5, 6, 7, 8}, true},
	{"decimal128", "9400000000000000000000000000000009", Decimal128{15: 9}, true},
	{"char", "730001f600", Char('😀'), true},
	{"timestamp", "83000000e8d4a51000", time.UnixMilli(1_000_000_000_000).UTC(), true},
	{"timestamp of year 1", "83ffffc77cedd32800", time.Time{}, true},
	{"uuid", "98000102030405060708090a0b0c0d0e0f", UUID{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, true},
	{"binary", "a0020001", []byte{0, 1}, true},
	{"long binary", "b0000000020001", []byte{0, 1}, false},
	{"string", "a103c3a978", "éx", true},
	{"long string", "b100000003c3a978", "éx", false},
	{"symbol", "a30161", Symbol("a"), true},
	{"long symbol", "b30000000161", Symbol("a"), false},
	{"empty list", "45", List{}, true},
	{"list of no items", "c00100", List{}, false},
	{"list", "c003024041", List{nil, true}, true},
	{"long list", "d00000000600000002" + "4041", List{nil, true}, false},
	{"map", "c10602a301615201", Map{{Symbol("a"), uint32(1)}}, true},
	{"long map", "d10000000900000002a301615201", Map{{Symbol("a"), uint32(1)}}, false},
	{"map of no pairs", "c10100", Map{}, true},
	{"array of ubytes", "e00402500102", Array{uint8(1), uint8(2)}, true},
	{"long array of ubytes", "f00000000700000002500102", Array{uint8(1), uint8(2)}, false},
	{"array of strings", "e00701a10461626364", Array{"abcd"}, false},
	{"array of long strings", "e00b02b1000000016100000000", Array{"a", ""}, true},
	{"array of long symbols", "e00701b30000000161", Array{Symbol("a")}, true},
	{"array of small uints", "e004025205ff", Array{uint32(5), uint32(255)}, false},
	{"array of no items", "e00200b3", Array{}, true},
	{"array of nulls", "e0020340", Array{nil, nil, nil}, true},
	{"array of empty lists", "e0020245", Array{List{}, List{}}, false},
	{"array of lists", "e00c01d0" + "00000006000000024041", Array{List{nil, true}}, false},
	{"array of arrays", "e00c01f0" + "000000060000000150" + "07", Array{Array{uint8(7)}}, false},
	{"described", "005324c00100", Described{uint64(0x24), List{}}, false},
	{"described twice", "00a3016100530140", Described{Symbol("a"), Described{uint64(1), nil}}, true},
	{"array of described", "e0080200a30161500102", Array{
		Described{Symbol("a"), uint8(1)}, Described{Symbol("a"), uint8(2)},
	}, true},
}

func TestGolden(t *testing.T) {
	for _, c := range golden {
		t.Run(c.name, func(t *testing.T) {
			b := unhex(t, c.bytes)
			v, rest, err := Decode(append(b, 0xee))
			if err != nil || len(rest) != 1 || !reflect.DeepEqual(v, c.value) {
				t.Errorf("Decode(%x) = %#v, %x, %v, want %#v", b, v, rest, err, c.value)
			}
			if rest, err := Check(append(b, 0xee)); err != nil || len(rest) != 1 {
				t.Errorf("Check(%x) = %x, %v", b, rest, err)
			}
			got := AppendValue([]byte{1}, c.value)[1:]
			if c.ours && !bytes.Equal(got, b) {
				t.Errorf("AppendValue(%#v) = %x, want %x", c.value, got, b)
			}
			if v, _, err := Decode(got); err != nil || !reflect.DeepEqual(v, c.value) {
				t.Errorf("what we write comes back as %#v, %v", v, err)
			}
		})
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPrefixes cuts every golden encoding everywhere: each piece lacks
// something.
func TestPrefixes(t *testing.T) {
	for _, c := range golden {
		b := unhex(t, c.bytes)
		for n := range b {
			if v, _, err := Decode(b[:n:n]); err == nil {
				t.Errorf("Decode(%x), cut from %s, = %#v", b[:n], c.name, v)
			}
			if _, err := Check(b[:n:n]); err == nil {
				t.Errorf("Check(%x), cut from %s, finds nothing", b[:n], c.name)
			}
		}
	}
}

func TestLongValues(t *testing.T) {
	long := strings.Repeat("x", 256)
	many := make(List, 256)
	wide := make(Array, 300)
	for i := range wide {
		wide[i] = int32(i)
	}
	for _, v := range []any{
		long, Symbol(long), []byte(long), many, wide,
		Map{{long, many}},
		Array{many, List{}},
		Array{Map{{"a", long}}},
		Array{wide, Array{int32(1)}},
		Array{Array{}},
		Array{[]byte{1}, []byte{}},
		Array{true, false},
		Array{1.5, 2.5},
		Array{UUID{1}, UUID{2}},
		Array{time.UnixMilli(5).UTC()},
		Array{Char('a')},
		Array{uint64(1)},
		Array{int64(-1)},
		Array{float32(1)},
		Array{int8(1)},
		Array{int16(1)},
		Array{uint16(1)},
		Array{Decimal32{1}},
		Array{Decimal64{1}},
		Array{Decimal128{1}},
	} {
		b := AppendValue(nil, v)
		got, rest, err := Decode(b)
		if err != nil || len(rest) > 0 || !reflect.DeepEqual(got, v) {
			t.Errorf("%.60v comes back as %.60v, %x, %v", v, got, rest, err)
		}
		if _, err := Check(b); err != nil {
			t.Errorf("Check of %.60v: %v", v, err)
		}
	}
}

func TestShorthands(t *testing.T) {
	for _, c := range []struct{ got, want any }{
		{5, int64(5)},
		{[]string{"a", "b"}, Array{"a", "b"}},
		{[]Symbol{"a"}, Array{Symbol("a")}},
		{Errorf("c", "d %d", 1), Described{uint64(codeError), List{Symbol("c"), "d 1", nil}}},
	} {
		v, _, err := Decode(AppendValue(nil, c.got))
		if err != nil || !reflect.DeepEqual(v, c.want) {
			t.Errorf("%#v comes back as %#v, %v, want %#v", c.got, v, err, c.want)
		}
	}
	if got, want := AppendLongFixed(nil, 1), unhex(t, "810000000000000001"); !bytes.Equal(got, want) {
		t.Errorf("AppendLongFixed(1) = %x, want %x", got, want)
	}
}

func TestForeignTypesPanic(t *testing.T) {
	for _, v := range []any{struct{}{}, Array{struct{}{}}, Array{1.5, "a"}, []int{1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("AppendValue(%#v) passes", v)
				}
			}()
			AppendValue(nil, v)
		}()
	}
}

func TestMalformed(t *testing.T) {
	for name, s := range map[string]string{
		"unknown constructor":         "3f",
		"unknown width":               "a2",
		"boolean of 2":                "5602",
		"character beyond Unicode":    "7300110000",
		"string that is not UTF-8":    "a101ff",
		"map of three items":          "c10403404040",
		"key that is a list":          "c103024540",
		"key that is described":       "c106020053014540",
		"list shorter than its count": "c0020240",
		"list longer than its count":  "c003014040",
		"list without a count":        "c000",
		"long list without a count":   "d000000003000000",
		"item beyond its list":        "c00401a10561" + "6161616161",
		"array of unknown items":      "e002013f",
		"array without a constructor": "e00101",
		"array with too few items":    "e003025001",
		"array with too many items":   "e00401500102",
		"four billion booleans":       "f000000006ffffffff5601",
		"count beyond the bytes":      "d000000005ffffffff40",
		"size beyond the bytes":       "b0ffffffff00",
		"descriptor alone":            "005301",
		"descriptor of nothing":       "00",
	} {
		b := unhex(t, s)
		if v, _, err := Decode(b); err == nil {
			t.Errorf("%s: Decode(%s) = %#v", name, s, v)
		}
		if _, err := Check(b); err == nil {
			t.Errorf("%s: Check(%s) finds nothing", name, s)
		}
	}
}

func TestDepth(t *testing.T) {
	nest := func(depth int) []byte {
		var v any
		for range depth {
			v = List{v}
		}
		return AppendValue(nil, v)
	}
	if _, _, err := Decode(nest(MaxDepth)); err != nil {
		t.Errorf("%d levels: %v", MaxDepth, err)
	}
	deep := map[string][]byte{
		"lists":       nest(MaxDepth + 1),
		"descriptors": append(bytes.Repeat([]byte{0, 0x44}, 1000), 0x40),
		"within":      bytes.Repeat([]byte{0}, 100_000),
		"arrays":      deepArray(100),
	}
	for name, b := range deep {
		if _, _, err := Decode(b); !errors.Is(err, ErrLimit) {
			t.Errorf("Decode of many %s: %v, want ErrLimit", name, err)
		}
		if _, err := Check(b); !errors.Is(err, ErrLimit) {
			t.Errorf("Check of many %s: %v, want ErrLimit", name, err)
		}
	}
}

func deepArray(depth int) []byte {
	var v any = uint8(1)
	for range depth {
		v = Array{v}
	}
	return AppendValue(nil, v)
}

// TestClaims gives Decode few bytes that claim many values.
func TestClaims(t *testing.T) {
	bombs := map[string][]byte{
		"nulls":     unhex(t, "f000000005ffffffff40"),
		"lists":     unhex(t, "f000000005ffffffff45"),
		"described": unhex(t, "f000000009ffffffff00a3016140"),
	}
	for name, b := range bombs {
		allocated := testing.AllocsPerRun(1, func() {
			if _, _, err := Decode(b); !errors.Is(err, ErrLimit) {
				t.Errorf("%s: %v, want ErrLimit", name, err)
			}
		})
		if allocated > 10 {
			t.Errorf("%s: %v allocations", name, allocated)
		}
		if _, err := Check(b); err != nil {
			t.Errorf("%s: Check: %v", name, err)
		}
	}
	list := make(List, MaxValues)
	if _, _, err := Decode(AppendValue(nil, list)); err != nil {
		t.Errorf("%d values: %v", MaxValues, err)
	}
	if _, _, err := Decode(AppendValue(nil, append(list, nil))); !errors.Is(err, ErrLimit) {
		t.Errorf("%d values: %v, want ErrLimit", MaxValues+1, err)
	}
}

func TestCheckAllocatesNothing(t *testing.T) {
	b := AppendValue(nil, Map{
		{Symbol("a"), List{int32(1), "text", Array{"x", "y"}}},
		{Symbol("b"), Described{Symbol("d"), []byte("bytes")}},
	})
	if n := testing.AllocsPerRun(100, func() {
		if _, err := Check(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMapValue(t *testing.T) {
	m := Map{{Symbol("a"), 1}, {"b", 2}, {uint64(3), 3}}
	for key, want := range map[string]any{"a": 1, "b": 2, "3": nil} {
		if got := m.Value(key); got != want {
			t.Errorf("Value(%q) = %v, want %v", key, got, want)
		}
	}
}
