package decode

// maxFrames is how deep envelopes may nest in envelopes; of deeper ones the
// outermost are forgotten.
const maxFrames = 4096

// A frame is a container that the walker is in and whose end means something.
// Arrays that are nobody's list have none: their brackets are passed over.
type frame struct {
	kind  frameKind
	depth int // arrays open within the list
	// lead is what stands before an element so that it decodes without what
	// came before it in the data: the head of a table.
	lead string
	keys [][]byte // a table's column names, as JSON strings without quotes
	csv  dialect
}

type frameKind uint8

const (
	atTop  frameKind = iota // in no frame
	inList                  // list of records in an envelope
	inRows                  // rows of a query response
	inTail                  // envelope, after its list
	inCSV
)

// arrayLead is the lead of frames that need none: its bracket keeps what
// follows from being looked at as the beginning of a file.
const arrayLead = "["

func (w *walker) top() frameKind {
	if len(w.stack) == 0 {
		return atTop
	}
	return w.stack[len(w.stack)-1].kind
}

// push enters a container whose bracket is at w.i.
func (w *walker) push(f frame) state {
	if len(w.stack) == maxFrames {
		w.stack = append(w.stack[:0], w.stack[maxFrames/2:]...)
	}
	w.stack = append(w.stack, f)
	return w.advance(1)
}

func (w *walker) pop() { w.stack = w.stack[:len(w.stack)-1] }

func (w *walker) openArray() state {
	if n := len(w.stack); n > 0 {
		w.stack[n-1].depth++
	}
	return w.advance(1)
}

// closeArray passes a closing bracket. If it is the list's, the envelope's
// tail follows; one that closes nothing is passed as well.
func (w *walker) closeArray() state {
	if n := len(w.stack); n > 0 {
		if f := &w.stack[n-1]; f.depth > 0 {
			f.depth--
		} else {
			f.kind = inTail
		}
	}
	return w.advance(1)
}
