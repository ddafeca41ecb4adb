package amqp

import (
	"math/bits"
	"sync"
)

// Messages of more than one frame are gathered in memory that is used again:
// fresh memory of such sizes costs more than all else that is done with a
// message.
const (
	minPayload     = 17 // as power of two: 128 KiB
	payloadClasses = 8  // up to 16 MiB
)

// payloads keeps memory for long messages, in powers of two.
type payloads struct {
	classes [payloadClasses]sync.Pool // of *[]byte
}

// get returns an empty slice with room for size bytes.
func (p *payloads) get(size int) []byte {
	class := max(0, bits.Len(uint(size-1))-minPayload)
	if class >= payloadClasses {
		return make([]byte, 0, size)
	}
	if b, ok := p.classes[class].Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return make([]byte, 0, 1<<(minPayload+class))
}

// put takes back what get has returned. It passes over all other memory.
func (p *payloads) put(b []byte) {
	size := cap(b)
	class := bits.Len(uint(size)) - 1 - minPayload
	if class >= 0 && class < payloadClasses && size == 1<<(minPayload+class) {
		kept := b[:0] // A variable of its own: b would be on the heap for all sizes.
		p.classes[class].Put(&kept)
	}
}
