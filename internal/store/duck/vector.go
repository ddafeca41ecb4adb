package duck

import (
	"encoding/binary"
	"runtime"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
)

// DuckDB's string in a vector: 16 bytes, of which the first four are the
// length. Up to 12 bytes of text follow in place; longer text leaves its first
// four bytes there and a pointer behind them.
const (
	stringSize   = 16
	stringInline = 12
)

// A target is one vector of a data chunk that is being filled with n rows,
// those of a batch at places rows[0..n).
type target struct {
	vec  duckdb.Vector
	data unsafe.Pointer
}

func targetOf(chunk duckdb.DataChunk, col int) target {
	vec := duckdb.DataChunkGetVector(chunk, duckdb.IdxT(col))
	return target{vec, duckdb.VectorGetData(vec)}
}

func slice[T any](t target, n int) []T { return unsafe.Slice((*T)(t.data), n) }

// nulls marks the rows that have no value.
func (t target) nulls(valid []bool, rows []int32) {
	var mask []uint64
	for i, row := range rows {
		if valid[row] {
			continue
		}
		if mask == nil {
			mask = t.mask(len(rows))
		}
		mask[i/64] &^= 1 << (i % 64)
	}
}

func (t target) mask(n int) []uint64 {
	duckdb.VectorEnsureValidityWritable(t.vec)
	return unsafe.Slice((*uint64)(duckdb.VectorGetValidity(t.vec)), (n+63)/64)
}

// fill copies the rows of v. Long text is not copied but pointed to: the
// caller keeps v.Text pinned until the chunk was appended.
func (t target) fill(v *schema.Vector, rows []int32) {
	switch v.Type {
	case schema.Bool:
		gather(slice[int8](t, len(rows)), v.Ints, rows)
	case schema.Int:
		gather(slice[int32](t, len(rows)), v.Ints, rows)
	case schema.Long, schema.Datetime, schema.Timespan:
		gather(slice[int64](t, len(rows)), v.Ints, rows)
	case schema.Real:
		gather(slice[float64](t, len(rows)), v.Reals, rows)
	default:
		t.fillText(v, rows)
	}
	if v.Type != schema.String {
		t.nulls(v.Valid, rows)
	}
}

func gather[D int8 | int32 | int64 | float64, S int64 | float64](dst []D, src []S, rows []int32) {
	for i, row := range rows {
		dst[i] = D(src[row])
	}
}

func (t target) fillText(v *schema.Vector, rows []int32) {
	dst := slice[[stringSize]byte](t, len(rows))
	if len(v.Text) == 0 {
		clear(dst)
		return
	}
	base := uintptr(unsafe.Pointer(unsafe.SliceData(v.Text)))
	for i, row := range rows {
		start := uint32(0)
		if row > 0 {
			start = v.Ends[row-1]
		}
		setString(&dst[i], v.Text[start:v.Ends[row]], base+uintptr(start))
	}
}

func setString(d *[stringSize]byte, text []byte, address uintptr) {
	*d = [stringSize]byte{}
	binary.NativeEndian.PutUint32(d[:4], uint32(len(text)))
	if len(text) <= stringInline {
		copy(d[4:], text)
		return
	}
	copy(d[4:8], text)
	*(*uintptr)(unsafe.Pointer(&d[8])) = address
}

// fillIDs stores identities as UUIDs; see uuidAt.
func (t target) fillIDs(ids []schema.ID, rows []int32) {
	dst := slice[[2]uint64](t, len(rows))
	for i, row := range rows {
		id := &ids[row]
		dst[i] = [2]uint64{binary.BigEndian.Uint64(id[8:]), binary.BigEndian.Uint64(id[:8]) ^ 1<<63}
	}
}

// fillNothing gives n rows of a stored column that is not declared any more
// what an empty column holds.
func (t target) fillNothing(typ schema.Type, n int) {
	if typ == schema.String {
		clear(slice[[stringSize]byte](t, n))
		return
	}
	mask := t.mask(n)
	clear(mask)
}

// pin keeps the text of all columns where it is until p is unpinned.
func pin(p *runtime.Pinner, r *schema.Rows) {
	for i := range r.Columns {
		if text := r.Columns[i].Text; len(text) > 0 {
			p.Pin(unsafe.SliceData(text))
		}
	}
}
