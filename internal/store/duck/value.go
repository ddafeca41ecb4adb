package duck

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
)

// unixTicks is 1970-01-01 in ticks; DuckDB's own times count from there.
const unixTicks = 621_355_968_000_000_000

// A reader turns the values of one result column into those of schema. What
// DuckDB calls the type may differ from what KQL calls it: a sum of longs is a
// HUGEINT, a dynamic is a VARCHAR.
type reader struct {
	physical duckdb.Type
	storage  duckdb.Type // how a DECIMAL is laid out
	scale    uint8
	want     schema.Type

	data     unsafe.Pointer
	validity unsafe.Pointer
}

func readersOf(res *duckdb.Result, cols []schema.Column) ([]reader, error) {
	if n := int(duckdb.ColumnCount(res)); n != len(cols) {
		return nil, fmt.Errorf("the statement returns %d columns, %d were declared", n, len(cols))
	}
	rs := make([]reader, len(cols))
	for i := range cols {
		rs[i] = reader{want: cols[i].Type, physical: duckdb.ColumnType(res, duckdb.IdxT(i))}
		if rs[i].physical == duckdb.TypeDecimal {
			lt := duckdb.ColumnLogicalType(res, duckdb.IdxT(i))
			rs[i].scale, rs[i].storage = duckdb.DecimalScale(lt), duckdb.DecimalInternalType(lt)
			duckdb.DestroyLogicalType(&lt)
		}
	}
	return rs, nil
}

// point makes the reader read v.
func (r *reader) point(v duckdb.Vector) {
	r.data, r.validity = duckdb.VectorGetData(v), duckdb.VectorGetValidity(v)
}

func (r *reader) null(row int) bool {
	if r.validity == nil {
		return false
	}
	word := *(*uint64)(unsafe.Add(r.validity, row/64*8))
	return word>>(row%64)&1 == 0
}

// value returns the value at row; it is the caller's.
func (r *reader) value(row int) (any, error) {
	if r.physical == duckdb.TypeSQLNull || r.null(row) {
		if r.want == schema.String {
			return "", nil
		}
		return nil, nil
	}
	switch r.physical {
	case duckdb.TypeVarchar, duckdb.TypeBlob:
		return ofText(string(stringAt(r.data, row)), r.want)
	case duckdb.TypeBoolean:
		return ofInt(int64(at[uint8](r.data, row)), r.want)
	case duckdb.TypeFloat:
		return ofFloat(float64(at[float32](r.data, row)), r.want)
	case duckdb.TypeDouble:
		return ofFloat(at[float64](r.data, row), r.want)
	case duckdb.TypeUUID:
		return ofText(uuidAt(r.data, row).String(), r.want)
	case duckdb.TypeHugeInt, duckdb.TypeUHugeInt, duckdb.TypeUBigInt:
		return ofBig(r.bigAt(row), r.want)
	case duckdb.TypeDecimal:
		return ofDecimal(r.bigAt(row), r.scale, r.want)
	}
	n, ok := r.intAt(r.physical, row)
	if !ok {
		return nil, fmt.Errorf("DuckDB type %d has no KQL counterpart", r.physical)
	}
	return ofInt(n, r.want)
}

// intAt reads every type that fits 64 bits. DuckDB's times become ticks.
func (r *reader) intAt(t duckdb.Type, row int) (int64, bool) {
	switch t {
	case duckdb.TypeTinyInt:
		return int64(at[int8](r.data, row)), true
	case duckdb.TypeSmallInt:
		return int64(at[int16](r.data, row)), true
	case duckdb.TypeInteger:
		return int64(at[int32](r.data, row)), true
	case duckdb.TypeBigInt:
		return at[int64](r.data, row), true
	case duckdb.TypeUTinyInt:
		return int64(at[uint8](r.data, row)), true
	case duckdb.TypeUSmallInt:
		return int64(at[uint16](r.data, row)), true
	case duckdb.TypeUInteger:
		return int64(at[uint32](r.data, row)), true
	case duckdb.TypeTimestamp, duckdb.TypeTimestampTZ:
		return at[int64](r.data, row)*10 + unixTicks, true
	case duckdb.TypeDate:
		return int64(at[int32](r.data, row))*schema.TicksPerDay + unixTicks, true
	}
	return 0, false
}

func (r *reader) bigAt(row int) *big.Int {
	t := r.physical
	if t == duckdb.TypeDecimal {
		t = r.storage
	}
	switch t {
	case duckdb.TypeHugeInt:
		h := at[[2]uint64](r.data, row)
		n := new(big.Int).Lsh(big.NewInt(int64(h[1])), 64)
		return n.Add(n, new(big.Int).SetUint64(h[0]))
	case duckdb.TypeUHugeInt:
		h := at[[2]uint64](r.data, row)
		n := new(big.Int).Lsh(new(big.Int).SetUint64(h[1]), 64)
		return n.Add(n, new(big.Int).SetUint64(h[0]))
	case duckdb.TypeUBigInt:
		return new(big.Int).SetUint64(at[uint64](r.data, row))
	}
	n, _ := r.intAt(t, row)
	return big.NewInt(n)
}

func at[T any](data unsafe.Pointer, row int) T {
	var zero T
	return *(*T)(unsafe.Add(data, uintptr(row)*unsafe.Sizeof(zero)))
}

// stringAt aliases DuckDB's memory.
func stringAt(data unsafe.Pointer, row int) []byte {
	p := unsafe.Add(data, row*stringSize)
	n := *(*uint32)(p)
	if n <= stringInline {
		return unsafe.Slice((*byte)(unsafe.Add(p, 4)), n)
	}
	return unsafe.Slice(*(**byte)(unsafe.Add(p, 8)), n)
}

// uuidAt undoes DuckDB's way of storing a UUID: a 128-bit integer with its
// top bit flipped, so that integers sort as the text does.
func uuidAt(data unsafe.Pointer, row int) schema.ID {
	h := at[[2]uint64](data, row)
	var id schema.ID
	binary.BigEndian.PutUint64(id[:8], h[1]^1<<63)
	binary.BigEndian.PutUint64(id[8:], h[0])
	return id
}

func ofText(s string, want schema.Type) (any, error) {
	switch want {
	case schema.String:
		return s, nil
	case schema.Dynamic:
		return schema.DynamicValue(s), nil
	case schema.GUID:
		return schema.GUIDValue(s), nil
	case schema.Decimal:
		return schema.DecimalValue(s), nil
	}
	return nil, mismatch("text", want)
}

func ofInt(n int64, want schema.Type) (any, error) {
	switch want {
	case schema.Bool:
		return n != 0, nil
	case schema.Int:
		if n < math.MinInt32 || n > math.MaxInt32 {
			return nil, fmt.Errorf("%d does not fit an int", n)
		}
		return int32(n), nil
	case schema.Long:
		return n, nil
	case schema.Real:
		return float64(n), nil
	case schema.Datetime:
		return schema.DatetimeValue(n), nil
	case schema.Timespan:
		return schema.TimespanValue(n), nil
	case schema.Decimal:
		return schema.DecimalValue(strconv.FormatInt(n, 10)), nil
	}
	return nil, mismatch("a whole number", want)
}

func ofFloat(f float64, want schema.Type) (any, error) {
	switch want {
	case schema.Real:
		return f, nil
	case schema.Decimal:
		return schema.DecimalValue(strconv.FormatFloat(f, 'f', -1, 64)), nil
	}
	return nil, mismatch("a real number", want)
}

func ofBig(n *big.Int, want schema.Type) (any, error) {
	switch {
	case want == schema.Decimal:
		return schema.DecimalValue(n.String()), nil
	case want == schema.Real:
		f, _ := new(big.Float).SetInt(n).Float64()
		return f, nil
	case n.IsInt64():
		return ofInt(n.Int64(), want)
	}
	return nil, fmt.Errorf("%s overflows a %s", n, want)
}

func ofDecimal(n *big.Int, scale uint8, want schema.Type) (any, error) {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	switch want {
	case schema.Real:
		f, _ := new(big.Rat).SetFrac(n, unit).Float64()
		return f, nil
	case schema.Decimal:
		return schema.DecimalValue(new(big.Rat).SetFrac(n, unit).FloatString(int(scale))), nil
	}
	if q, rest := new(big.Int).QuoRem(n, unit, new(big.Int)); rest.Sign() == 0 {
		return ofBig(q, want)
	}
	return nil, mismatch("a decimal", want)
}

func mismatch(got string, want schema.Type) error {
	return fmt.Errorf("the statement returns %s where %s was declared", got, want)
}
