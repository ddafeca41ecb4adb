package native

/*
#include "functions.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// A sqlType is a type of an argument or a result, numbered as DuckDB does.
type sqlType int

const (
	boolean sqlType = C.KQL_BOOL
	long    sqlType = C.KQL_LONG
	real    sqlType = C.KQL_REAL
	text    sqlType = C.KQL_TEXT
	texts   sqlType = C.KQL_TEXTS
)

// A function is a scalar function written in Go. Run is called once for each
// batch of rows, by any number of threads at a time.
type function struct {
	name   string
	args   []sqlType
	result sqlType
	run    func(*batch)
}

// A batch is the rows of one call. Texts that it hands out lie in DuckDB's
// memory and may not be kept after the call.
type batch struct {
	c    *C.kql_batch
	rows int

	buf      []byte   // texts of the result
	ends     []uint64 // where they end in buf
	listEnds []uint64 // for lists: number of texts up to each row
}

func (b *batch) null(col, row int) bool {
	valid := b.c.valid[col]
	if valid == nil {
		return false
	}
	words := unsafe.Slice((*uint64)(unsafe.Pointer(valid)), (b.rows+63)/64)
	return words[row>>6]>>(row&63)&1 == 0
}

func column[T any](b *batch, col int) []T {
	return unsafe.Slice((*T)(b.c.data[col]), b.rows)
}

func (b *batch) long(col, row int) int64   { return column[int64](b, col)[row] }
func (b *batch) real(col, row int) float64 { return column[float64](b, col)[row] }
func (b *batch) bool(col, row int) bool    { return column[bool](b, col)[row] }

// text returns a text, "" for NULL.
func (b *batch) text(col, row int) string {
	if b.null(col, row) {
		return ""
	}
	s := &column[C.duckdb_string_t](b, col)[row]
	return unsafe.String((*byte)(unsafe.Pointer(C.kql_data(s))), int(C.kql_len(s)))
}

func (b *batch) setNull(row int) {
	words := unsafe.Slice((*uint64)(unsafe.Pointer(b.c.result_valid)), (b.rows+63)/64)
	words[row>>6] &^= 1 << (row & 63)
}

func setResult[T any](b *batch, row int, v T) {
	unsafe.Slice((*T)(b.c.result_data), b.rows)[row] = v
}

// kqlRun runs function number index over a batch and returns why it could
// not, in memory that the caller frees.
//
//export kqlRun
func kqlRun(index C.uintptr_t, c *C.kql_batch) (failed *C.char) {
	defer func() {
		if r := recover(); r != nil {
			failed = C.CString(fmt.Sprintf("%s: %v", functions[index].name, r))
		}
	}()
	f := functions[index]
	b := &batch{c: c, rows: int(c.rows)}
	f.run(b)
	switch f.result {
	case text:
		C.kql_set_texts(c, (*C.char)(unsafe.Pointer(unsafe.SliceData(b.buf))), (*C.uint64_t)(unsafe.SliceData(b.ends)))
	case texts:
		C.kql_set_lists(c, (*C.char)(unsafe.Pointer(unsafe.SliceData(b.buf))), (*C.uint64_t)(unsafe.SliceData(b.ends)), (*C.uint64_t)(unsafe.SliceData(b.listEnds)))
	}
	return nil
}
