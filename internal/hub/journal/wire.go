package journal

import (
	"encoding/binary"
	"strconv"
)

// The annotations that the journal writes into every event.
const (
	sequenceName     = "x-opt-sequence-number"
	offsetName       = "x-opt-offset"
	enqueuedName     = "x-opt-enqueued-time"
	partitionKeyName = "x-opt-partition-key"
)

// The few encodings of AMQP 1.0, part 1.6, that these take. The journal
// stands below the protocol, so it brings its own.
const (
	codeLong      = 0x81
	codeTimestamp = 0x83
	codeString8   = 0xa1
	codeString32  = 0xb1
	codeSymbol8   = 0xa3
	codeMap32     = 0xd1
)

// appendWire lays out the message that receivers are sent: the publisher's
// sections, and in the message annotations the journal's own first. A map of
// four-byte head and numbers of fixed width make it independent of values,
// but for the digits of the offset.
func appendWire(dst []byte, e *Event, sequence, position, enqueued int64) []byte {
	dst = append(dst, e.Header...)
	dst = append(dst, 0x00, 0x53, 0x72, codeMap32)
	head := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0) // size and count, when they are known
	dst = appendLong(appendSymbol(dst, sequenceName), codeLong, sequence)
	dst = appendNumberText(appendSymbol(dst, offsetName), position)
	dst = appendLong(appendSymbol(dst, enqueuedName), codeTimestamp, enqueued)
	pairs := 3 + e.AnnotationPairs
	if e.HasPartitionKey {
		dst = appendString(appendSymbol(dst, partitionKeyName), e.PartitionKey)
		pairs++
	}
	dst = append(dst, e.Annotations...)
	binary.BigEndian.PutUint32(dst[head:], uint32(len(dst)-head-4))
	binary.BigEndian.PutUint32(dst[head+4:], uint32(2*pairs))
	dst = append(dst, e.Properties...)
	dst = append(dst, e.ApplicationProperties...)
	dst = append(dst, e.Body...)
	return append(dst, e.Footer...)
}

func appendSymbol(dst []byte, name string) []byte {
	return append(append(dst, codeSymbol8, byte(len(name))), name...)
}

func appendLong(dst []byte, code byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, code), uint64(n))
}

// appendNumberText writes the digits of a number as a string.
func appendNumberText(dst []byte, n int64) []byte {
	dst = append(dst, codeString8, 0)
	length := len(dst)
	dst = strconv.AppendInt(dst, n, 10)
	dst[length-1] = byte(len(dst) - length)
	return dst
}

func appendString(dst []byte, text string) []byte {
	if len(text) < 256 {
		return append(append(dst, codeString8, byte(len(text))), text...)
	}
	return append(binary.BigEndian.AppendUint32(append(dst, codeString32), uint32(len(text))), text...)
}

// frameBytes is more than the journal adds to an event: the record's head,
// the four annotations and the heads around them.
const frameBytes = 256

// size bounds what an event takes on disk from above.
func (e *Event) size() int64 {
	return frameBytes + int64(len(e.Header)+len(e.Annotations)+len(e.PartitionKey)+len(e.Properties)+
		len(e.ApplicationProperties)+len(e.Body)+len(e.Footer))
}
