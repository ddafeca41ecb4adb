package wire

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	official "github.com/Azure/go-amqp"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// everySection is a message that has them all.
func everySection() []byte {
	b := AppendSection(nil, SectionHeader, List{true, uint8(4), uint32(1000), false, uint32(0)})
	b = AppendSection(b, SectionDeliveryAnnotations, Map{{Symbol("d"), "1"}})
	b = AppendSection(b, SectionMessageAnnotations, Map{{Symbol("x-opt-partition-key"), "key"}, {uint64(7), nil}})
	b = AppendProperties(b, &Properties{MessageID: uint64(0), To: "there"})
	b = AppendSection(b, SectionApplicationProperties, Map{{"operation", "READ"}})
	b = AppendData(b, []byte("one"))
	b = AppendData(b, []byte("two"))
	return AppendSection(b, SectionFooter, Map{{Symbol("f"), []byte{1}}})
}

func TestParseSections(t *testing.T) {
	b := everySection()
	s, err := ParseSections(b)
	if err != nil {
		t.Fatal(err)
	}
	joined := slices.Concat(s.Header, s.DeliveryAnnotations, s.MessageAnnotations, s.Properties,
		s.ApplicationProperties, s.Body, s.Footer)
	if !bytes.Equal(joined, b) {
		t.Errorf("the sections are %x, want %x", joined, b)
	}
	var data []string
	for d := range s.Data() {
		data = append(data, string(d))
	}
	if want := []string{"one", "two"}; !slices.Equal(data, want) {
		t.Errorf("data are %q, want %q", data, want)
	}
	if text, ok := Text(Lookup(s.MessageAnnotations, "x-opt-partition-key")); !ok || string(text) != "key" {
		t.Errorf("the partition key is %q, %v", text, ok)
	}
	if raw := Lookup(s.MessageAnnotations, "x-opt-offset"); raw != nil {
		t.Errorf("an absent annotation is %x", raw)
	}
	m, err := DecodeMap(s.ApplicationProperties)
	if want := (Map{{"operation", "READ"}}); err != nil || !reflect.DeepEqual(m, want) {
		t.Errorf("application properties are %v, %v, want %v", m, err, want)
	}
}

func TestParseSectionsAllocatesNothing(t *testing.T) {
	b := everySection()
	if n := testing.AllocsPerRun(100, func() {
		s, err := ParseSections(b)
		if err != nil {
			t.Fatal(err)
		}
		for d := range s.Data() {
			if len(d) != 3 {
				t.Fatal(d)
			}
		}
		if Lookup(s.MessageAnnotations, "x-opt-partition-key") == nil {
			t.Fatal("no key")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestBodies(t *testing.T) {
	for name, c := range map[string]struct {
		message []byte
		data    int
	}{
		"value":     {AppendSection(nil, SectionValue, Map{{"list", List{}}}), 0},
		"sequences": {AppendSection(AppendSection(nil, SectionSequence, List{1}), SectionSequence, List{}), 0},
		"data":      {AppendData(nil, nil), 1},
		"none":      {AppendSection(nil, SectionHeader, List{}), 0},
		"long data": {AppendData(AppendData(nil, make([]byte, 300)), make([]byte, 70000)), 2},
	} {
		s, err := ParseSections(c.message)
		n := 0
		for range s.Data() {
			n++
		}
		if err != nil || n != c.data {
			t.Errorf("%s: %d data sections, %v, want %d", name, n, err, c.data)
		}
	}
}

func TestRefusedMessages(t *testing.T) {
	data := AppendData(nil, []byte("x"))
	section := AppendSection
	for name, message := range map[string][]byte{
		"empty":                       nil,
		"a bare value":                AppendString(nil, "x"),
		"a foreign descriptor":        section(nil, 0x79, "x"),
		"a performative":              (&Close{}).Append(nil),
		"a descriptor alone":          {0, codeUlong8, SectionData},
		"data of text":                section(nil, SectionData, "x"),
		"annotations of a list":       section(nil, SectionMessageAnnotations, List{}),
		"properties of a map":         section(nil, SectionProperties, Map{}),
		"a sequence of a map":         section(nil, SectionSequence, Map{}),
		"two headers":                 section(section(nil, SectionHeader, List{}), SectionHeader, List{}),
		"a header behind the body":    section(slices.Clone(data), SectionHeader, List{}),
		"data and a value":            section(slices.Clone(data), SectionValue, 1),
		"two values":                  section(section(nil, SectionValue, 1), SectionValue, 1),
		"a cut section":               data[:len(data)-1],
		"bytes behind":                append(slices.Clone(data), 0),
		"a message id of a map":       section(nil, SectionProperties, List{Map{}}),
		"a subject of a number":       section(nil, SectionProperties, List{nil, nil, nil, 1}),
		"fourteen properties":         section(nil, SectionProperties, make(List, 14)),
		"a priority of text":          section(nil, SectionHeader, List{nil, "x"}),
		"an annotation keyed by data": section(nil, SectionMessageAnnotations, Map{{[]byte("k"), 1}}),
		"a property keyed by a list":  section(nil, SectionApplicationProperties, Map{{List{}, 1}}),
		"a property keyed by null":    section(nil, SectionApplicationProperties, Map{{nil, 1}}),
	} {
		if s, err := ParseSections(message); err == nil {
			t.Errorf("%s passes as %+v", name, s)
		}
	}
}

func TestSymbolicDescriptor(t *testing.T) {
	message := AppendSymbol([]byte{0}, "amqp:data:binary")
	message = AppendBinary(message, []byte("x"))
	s, err := ParseSections(message)
	if err != nil || !bytes.Equal(s.Body, message) {
		t.Errorf("body %x, %v, want %x", s.Body, err, message)
	}
	for d := range s.Data() {
		if string(d) != "x" {
			t.Errorf("data %q, want x", d)
		}
	}
}

func TestProperties(t *testing.T) {
	for _, want := range []Properties{
		{},
		{MessageID: "m", CorrelationID: uint64(0)},
		{
			MessageID: UUID{1}, UserID: []byte("u"), To: "to", Subject: "s", ReplyTo: "r",
			CorrelationID: []byte{2}, ContentType: "t", ContentEncoding: "e",
			AbsoluteExpiryTime: time.UnixMilli(1).UTC(), CreationTime: time.UnixMilli(-1).UTC(),
			GroupID: "g", GroupSequence: 9, ReplyToGroupID: "rg",
		},
	} {
		b := AppendProperties(nil, &want)
		got, err := DecodeProperties(b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v comes back as %+v, %v", want, got, err)
		}
		if v, err := DecodeSection(b); err != nil || len(v.(List)) != 13 {
			t.Errorf("the list is %v, %v, want 13 fields", v, err)
		}
	}
	if _, err := DecodeProperties(AppendData(nil, nil)); err == nil {
		t.Error("a data section passes as properties")
	}
}

// TestStrangeDescriptors walks a map whose values are described by described
// descriptors, which the grammar allows.
func TestStrangeDescriptors(t *testing.T) {
	strange := Described{Described{Symbol("a"), List{1}}, "v"}
	section := AppendSection(nil, SectionMessageAnnotations, Map{{Symbol("x"), strange}, {Symbol("y"), "z"}})
	if _, err := ParseSections(section); err != nil {
		t.Fatal(err)
	}
	if text, ok := Text(Lookup(section, "y")); !ok || string(text) != "z" {
		t.Errorf("the value behind the strange one is %q, %v", text, ok)
	}
}

func TestMapHeader(t *testing.T) {
	pairs := AppendLongFixed(AppendSymbol(nil, "n"), 5)
	b := AppendMapHeader(nil, SectionMessageAnnotations, 1, len(pairs))
	if len(b) != MapHeaderBytes {
		t.Fatalf("a header of %d bytes, want %d", len(b), MapHeaderBytes)
	}
	m, err := DecodeMap(append(b, pairs...))
	if want := (Map{{Symbol("n"), int64(5)}}); err != nil || !reflect.DeepEqual(m, want) {
		t.Errorf("the map is %v, %v, want %v", m, err, want)
	}
}

// TestOfficialMessages reads what the official client writes, and lets it read
// what we write.
func TestOfficialMessages(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		m := randomMessage(random)
		b, err := m.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		s, err := ParseSections(b)
		if err != nil {
			t.Fatalf("ParseSections(%x): %v", b, err)
		}
		ours := rewrite(t, s)
		var back official.Message
		if err := back.UnmarshalBinary(ours); err != nil {
			t.Fatalf("the client cannot read %x: %v", ours, err)
		}
		want := &official.Message{Annotations: m.Annotations, Properties: m.Properties, ApplicationProperties: m.ApplicationProperties, Data: m.Data}
		if diff := cmp.Diff(want, &back, cmpopts.IgnoreUnexported(official.Message{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the message came back with (- want, + got)\n%.2000s", diff)
		}
	}
}

// rewrite decodes a message's sections and encodes them again.
func rewrite(t *testing.T, s Sections) []byte {
	t.Helper()
	var b []byte
	appendMap := func(code byte, section []byte) {
		m, err := DecodeMap(section)
		if err != nil {
			t.Fatal(err)
		}
		if section != nil {
			b = AppendSection(b, code, m)
		}
	}
	appendMap(SectionMessageAnnotations, s.MessageAnnotations)
	if s.Properties != nil {
		p, err := DecodeProperties(s.Properties)
		if err != nil {
			t.Fatal(err)
		}
		b = AppendProperties(b, &p)
	}
	appendMap(SectionApplicationProperties, s.ApplicationProperties)
	for d := range s.Data() {
		b = AppendData(b, d)
	}
	return b
}

func randomMessage(r *rand.Rand) *official.Message {
	m := &official.Message{}
	if r.IntN(2) == 0 {
		m.Annotations = official.Annotations{"x-opt-partition-key": randomText(r), "n": r.Int64()}
	}
	if r.IntN(2) == 0 {
		subject, sequence := randomText(r), r.Uint32()
		m.Properties = &official.MessageProperties{MessageID: randomText(r), CorrelationID: r.Uint64(), Subject: &subject, GroupSequence: &sequence}
	}
	if r.IntN(2) == 0 {
		m.ApplicationProperties = map[string]any{
			"text": randomText(r), "int": int32(r.Uint32()), "long": r.Int64(), "double": r.Float64(),
			"bool": r.IntN(2) == 0, "time": time.UnixMilli(r.Int64N(1e13)).UTC(), "bytes": []byte(randomText(r)),
			"ulong": r.Uint64(), "short": int16(r.Uint32()), "list": []any{"a", int32(1)},
		}
	}
	for range 1 + r.IntN(3) {
		m.Data = append(m.Data, []byte(randomText(r)))
	}
	return m
}

func randomText(r *rand.Rand) string {
	return string(bytes.Repeat([]byte("ü"), 1+r.IntN(200)))
}
