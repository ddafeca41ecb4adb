package duck

/*
extern void feedBind(void *info);
extern void feedInit(void *info);
extern void feedNext(void *info, void *chunk);
// They are written in Go, below.
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/cgo"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
)

// A feed is a table function that hands rows to an INSERT, chunk by chunk. The
// appender of DuckDB's C interface does the same, but first gathers a copy of
// everything; through a feed text goes from the batch straight into the table.
type feed struct {
	handle *cgo.Handle // what DuckDB holds of us: pinned, and no pointer inside
	pinned runtime.Pinner

	// What the statement under way reads; nil between statements.
	table *dayTable
	part  *part
	now   schema.DatetimeValue
	done  int // rows handed out
}

const feedName = "nephoscope_feed"

// newFeed registers the function in c's instance. Close the feed after the
// instance.
func newFeed(c *conn) (*feed, error) {
	f := &feed{handle: new(cgo.Handle)}
	*f.handle = cgo.NewHandle(f)
	f.pinned.Pin(f.handle)
	fn := duckdb.CreateTableFunction()
	defer duckdb.DestroyTableFunction(&fn)
	duckdb.TableFunctionSetName(fn, feedName)
	duckdb.TableFunctionSetExtraInfo(fn, unsafe.Pointer(f.handle), nil)
	duckdb.TableFunctionSetBind(fn, C.feedBind)
	duckdb.TableFunctionSetInit(fn, C.feedInit)
	duckdb.TableFunctionSetFunction(fn, C.feedNext)
	if duckdb.RegisterTableFunction(c.c, fn) == duckdb.StateError {
		f.close()
		return nil, errors.New("register the function that feeds rows to DuckDB")
	}
	return f, nil
}

func (f *feed) close() {
	f.handle.Delete()
	f.pinned.Unpin()
}

// insert writes the rows of a part to a table of the open transaction.
func (f *feed) insert(c *conn, db string, t *dayTable, p *part, now schema.DatetimeValue) error {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pin(&pinner, p.from)
	f.table, f.part, f.now, f.done = t, p, now, 0
	defer func() { f.table, f.part = nil, nil }()
	return c.exec(fmt.Sprintf("INSERT INTO %s.data.%s SELECT * FROM %s()", db, quoteName(t.name), feedName))
}

//export feedBind
func feedBind(info unsafe.Pointer) {
	bind := duckdb.BindInfo{Ptr: info}
	f := feedOf(duckdb.BindGetExtraInfo(bind))
	if f.table == nil {
		duckdb.BindSetError(bind, "there is nothing to feed")
		return
	}
	for i, typ := range f.table.types() {
		lt := duckdb.CreateLogicalType(typ)
		duckdb.BindAddResultColumn(bind, fmt.Sprint(i), lt)
		duckdb.DestroyLogicalType(&lt)
	}
}

//export feedInit
func feedInit(info unsafe.Pointer) {
	duckdb.InitSetMaxThreads(duckdb.InitInfo{Ptr: info}, 1)
}

//export feedNext
func feedNext(info, chunk unsafe.Pointer) {
	f := feedOf(duckdb.FunctionGetExtraInfo(duckdb.FunctionInfo{Ptr: info}))
	c := duckdb.DataChunk{Ptr: chunk}
	rows := f.part.rows[f.done:min(f.done+chunkRows, len(f.part.rows))]
	f.table.writer.fill(c, f.part.from, rows, f.now, f.part.first+int64(f.done))
	f.done += len(rows)
}

func feedOf(extra unsafe.Pointer) *feed { return (*cgo.Handle)(extra).Value().(*feed) }
