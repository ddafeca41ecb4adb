package simulate

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Shape is a layout in which Azure gives events away.
type Shape string

// The shapes. All files are UTF-8; documents and lines end with a line feed.
const (
	ShapeHub        Shape = "hub"         // Event Hubs messages of diagnostic settings, one a line, 100 records each
	ShapeHubProfile Shape = "hub-profile" // the same of the older log profile
	ShapeStorage    Shape = "storage"     // records of a storage blob, one a line
	ShapeREST       Shape = "rest"        // pages of the REST API, one a line, 200 events each
	ShapeTable      Shape = "table"       // exported AzureActivity rows, CSV
	ShapeTableJSON  Shape = "table-json"  // exported AzureActivity rows, one JSON object a line
)

// Shapes returns all shapes in the order of the documentation.
func Shapes() []Shape {
	return []Shape{ShapeHub, ShapeHubProfile, ShapeStorage, ShapeREST, ShapeTable, ShapeTableJSON}
}

// ParseShape reads a shape's name.
func ParseShape(name string) (Shape, error) {
	if s := Shape(name); slices.Contains(Shapes(), s) {
		return s, nil
	}
	var names []string
	for _, s := range Shapes() {
		names = append(names, string(s))
	}
	return "", fmt.Errorf("unknown shape %q: want one of %s", name, strings.Join(names, ", "))
}

// flushAt is how much text a Writer gathers before it writes.
const flushAt = 512 << 10

// A Writer writes events in one shape. It owns its buffer; Close must be
// called and does not close the underlying writer.
type Writer struct {
	w      io.Writer
	layout layout
	buf    []byte
	n      int
}

// A layout says how one shape is written. before is asked with the number of
// events written so far; end closes what is open after n events.
type layout struct {
	before func(dst []byte, n int) []byte
	append func(dst []byte, e *Event) []byte
	end    func(dst []byte, n int) []byte
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer, shape Shape) (*Writer, error) {
	l, ok := layouts()[shape]
	if !ok {
		_, err := ParseShape(string(shape))
		return nil, err
	}
	return &Writer{w: w, layout: l, buf: make([]byte, 0, flushAt+64<<10)}, nil
}

// Write appends one event.
func (w *Writer) Write(e *Event) error {
	w.buf = w.layout.before(w.buf, w.n)
	w.buf = w.layout.append(w.buf, e)
	w.n++
	if len(w.buf) < flushAt {
		return nil
	}
	return w.flush()
}

// Close ends the document and writes what is left.
func (w *Writer) Close() error {
	w.buf = w.layout.end(w.buf, w.n)
	return w.flush()
}

func (w *Writer) flush() error {
	_, err := w.w.Write(w.buf)
	w.buf = w.buf[:0]
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}

// Appender returns a function that appends one event as the shape writes it,
// without what stands around and between events; shapes of one event a line
// end it with a line feed. It keeps nothing.
func (s Shape) Appender() (func(dst []byte, e *Event) []byte, error) {
	l, ok := layouts()[s]
	if !ok {
		_, err := ParseShape(string(s))
		return nil, err
	}
	return l.append, nil
}

func layouts() map[Shape]layout {
	return map[Shape]layout{
		ShapeHub:        envelopes(`{"records":[`, "]}\n", 100, appendHub),
		ShapeHubProfile: envelopes(`{"records":[`, "]}\n", 100, appendHubProfile),
		ShapeStorage:    lines("", appendHub),
		ShapeREST:       envelopes(`{"value":[`, "]}\n", 200, appendREST),
		ShapeTable:      lines(csvHeader(cells()), appendCSV(cells())),
		ShapeTableJSON:  lines("", appendTableJSON(cells())),
	}
}

// envelopes groups events, per of them in a document between open and shut.
func envelopes(open, shut string, per int, item func([]byte, *Event) []byte) layout {
	return layout{
		before: func(dst []byte, n int) []byte {
			switch {
			case n == 0:
				return append(dst, open...)
			case n%per == 0:
				return append(append(dst, shut...), open...)
			default:
				return append(dst, ',')
			}
		},
		append: item,
		end: func(dst []byte, n int) []byte {
			if n == 0 {
				dst = append(dst, open...)
			}
			return append(dst, shut...)
		},
	}
}

// lines writes one event a line below a header.
func lines(header string, item func([]byte, *Event) []byte) layout {
	return layout{
		before: func(dst []byte, n int) []byte {
			if n == 0 {
				return append(dst, header...)
			}
			return dst
		},
		append: func(dst []byte, e *Event) []byte { return append(item(dst, e), '\n') },
		end: func(dst []byte, n int) []byte {
			if n == 0 {
				return append(dst, header...)
			}
			return dst
		},
	}
}
