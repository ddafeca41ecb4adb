package journal

import (
	"bytes"
	"strings"
	"testing"
)

func TestWire(t *testing.T) {
	e := Event{
		Header:          []byte{0x00, 0x53, 0x70, 0x45},
		Annotations:     []byte{0xa3, 1, 'k', 0xa1, 1, 'v', 0xa3, 1, 'n', 0x41},
		AnnotationPairs: 2,
		Properties:      []byte{0x00, 0x53, 0x73, 0x45},
		Body:            dataSection([]byte("body")),
		Footer:          []byte{0x00, 0x53, 0x78, 0xc1, 1, 0},

		ApplicationProperties: []byte{0x00, 0x53, 0x74, 0xc1, 1, 0},
		PartitionKey:          "key", HasPartitionKey: true,
	}
	want := []byte("\x00\x53\x70\x45" +
		"\x00\x53\x72" + "\xd1\x00\x00\x00\x7a\x00\x00\x00\x0c" +
		"\xa3\x15x-opt-sequence-number" + "\x81\x00\x00\x00\x00\x00\x00\x00\x05" +
		"\xa3\x0cx-opt-offset" + "\xa1\x041234" +
		"\xa3\x13x-opt-enqueued-time" + "\x83\x00\x00\x01\x9c\xa9\x3c\x6a\x00" +
		"\xa3\x13x-opt-partition-key" + "\xa1\x03key" +
		"\xa3\x01k\xa1\x01v\xa3\x01n\x41" +
		"\x00\x53\x73\x45" + "\x00\x53\x74\xc1\x01\x00" + "\x00\x53\x75\xb0\x00\x00\x00\x04body" + "\x00\x53\x78\xc1\x01\x00")
	got := appendWire(nil, &e, 5, 1234, 0x19ca93c6a00)
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	if size := e.size(); size < int64(len(got)+recordHead) {
		t.Errorf("size says %d, the record takes %d", size, len(got)+recordHead)
	}
}

func TestWireOfLeast(t *testing.T) {
	got := appendWire(nil, &Event{}, 0, 0, 0)
	if want := "\x00\x53\x72\xd1\x00\x00\x00\x53\x00\x00\x00\x06"; !strings.HasPrefix(string(got), want) {
		t.Errorf("got %q, want the map of three pairs %q", got, want)
	}
}

func TestWireOfLongPartitionKey(t *testing.T) {
	key := strings.Repeat("k", 256)
	got := appendWire(nil, &Event{HasPartitionKey: true, PartitionKey: key}, 0, 0, 0)
	if !bytes.HasSuffix(got, []byte("\xb1\x00\x00\x01\x00"+key)) {
		t.Errorf("got %q", got)
	}
}
