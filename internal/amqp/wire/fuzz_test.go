package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/Azure/go-amqp"
)

// FuzzDecode holds Decode and Check to each other, and what we write to what
// we read.
func FuzzDecode(f *testing.F) {
	for _, c := range golden {
		b, err := hex.DecodeString(c.bytes)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(everySection())
	f.Fuzz(func(t *testing.T, b []byte) {
		v, rest, err := Decode(b)
		checked, checkErr := Check(b)
		if (err == nil) != (checkErr == nil) && !errors.Is(err, ErrLimit) {
			t.Fatalf("Decode says %v, Check says %v", err, checkErr)
		}
		if err != nil {
			return
		}
		if len(rest) != len(checked) {
			t.Fatalf("Decode leaves %d bytes, Check %d", len(rest), len(checked))
		}
		written := AppendValue(nil, v)
		again, rest, err := Decode(written)
		if err != nil || len(rest) > 0 {
			t.Fatalf("%#v is written as %x, which reads as %v with %x left", v, written, err, rest)
		}
		if twice := AppendValue(nil, again); !bytes.Equal(twice, written) {
			t.Fatalf("%#v is written as %x, then as %x", v, written, twice)
		}
	})
}

// FuzzSections walks whatever ParseSections lets pass.
func FuzzSections(f *testing.F) {
	f.Add(everySection())
	f.Add(AppendSection(nil, SectionValue, "x"))
	f.Add(AppendSection(AppendSection(nil, SectionSequence, List{1}), SectionSequence, List{2}))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseSections(b)
		if err != nil {
			return
		}
		whole := bytes.Join([][]byte{
			s.Header, s.DeliveryAnnotations, s.MessageAnnotations, s.Properties, s.ApplicationProperties, s.Body, s.Footer,
		}, nil)
		if !bytes.Equal(whole, b) {
			t.Fatalf("sections %x of message %x", whole, b)
		}
		size := 0
		for d := range s.Data() {
			size += len(d)
		}
		if size > len(s.Body) {
			t.Fatalf("%d bytes of data in a body of %d", size, len(s.Body))
		}
		for _, section := range [][]byte{s.DeliveryAnnotations, s.MessageAnnotations, s.ApplicationProperties, s.Footer} {
			walkMap(t, section)
		}
		if _, err := DecodeProperties(s.Properties); err != nil && !errors.Is(err, ErrLimit) {
			t.Fatalf("properties: %v", err)
		}
	})
}

// walkMap holds the two ways of reading a map section to each other.
func walkMap(t *testing.T, section []byte) {
	t.Helper()
	m, err := DecodeMap(section)
	if errors.Is(err, ErrLimit) {
		return
	}
	if err != nil {
		t.Fatalf("map of section %x: %v", section, err)
	}
	i := 0
	for key, value := range Pairs(section) {
		k, _, kerr := Decode(key)
		v, _, verr := Decode(value)
		if kerr != nil || verr != nil || i == len(m) {
			t.Fatalf("pair %d of %x: %v, %v", i, section, kerr, verr)
		}
		got, want := AppendValue(AppendValue(nil, k), v), AppendValue(AppendValue(nil, m[i].Key), m[i].Value)
		if !bytes.Equal(got, want) {
			t.Fatalf("pair %d is %v: %v, want %v", i, k, v, m[i])
		}
		i++
	}
	if i != len(m) {
		t.Fatalf("%d pairs, want %d", i, len(m))
	}
}

// FuzzFrame reads a stream of frames and writes their performatives again.
func FuzzFrame(f *testing.F) {
	for _, c := range performatives() {
		f.Add(AppendFrame(nil, FrameAMQP, 1, c.full))
		f.Add(AppendFrame(AppendFrame(nil, FrameAMQP, 0, c.zero), FrameAMQP, 0, nil))
	}
	f.Add(AppendFrame(nil, FrameSASL, 0, &SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("\x00u\x00p")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, p := NewReader(bytes.NewReader(b), 65536), new(Parser)
		for {
			frame, err := r.Next()
			if err != nil {
				return
			}
			if frame.Type == FrameSASL {
				if v, err := ParseSASL(frame.Body); err == nil {
					reread(t, v, func(b []byte) (Performative, error) { return ParseSASL(b) })
				}
				continue
			}
			if v, _, err := p.Parse(frame.Body); err == nil {
				reread(t, v, func(b []byte) (Performative, error) {
					v, _, err := new(Parser).Parse(b)
					return v, err
				})
			}
		}
	})
}

// reread writes a performative, reads it, and writes it again.
func reread(t *testing.T, v Performative, read func([]byte) (Performative, error)) {
	t.Helper()
	b := v.Append(nil)
	again, err := read(b)
	if err != nil {
		t.Fatalf("%+v is written as %x, which does not read: %v", v, b, err)
	}
	if twice := again.Append(nil); !bytes.Equal(twice, b) {
		t.Fatalf("%+v is written as %x, then as %x", v, b, twice)
	}
}

// FuzzReadersSurvive gives the official client for Go whatever a hub lets
// pass: it may refuse a message, but must not end the process.
func FuzzReadersSurvive(f *testing.F) {
	f.Add(everySection())
	for _, c := range golden {
		b, err := hex.DecodeString(c.bytes)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append([]byte{codeDescribed, codeUlong8, SectionValue}, b...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := ParseSections(b); err == nil {
			_ = new(amqp.Message).UnmarshalBinary(b) // whether it can read all we can does not matter
		}
	})
}
