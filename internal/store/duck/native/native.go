// Package native teaches a DuckDB instance what KQL needs and SQL lacks: the
// string operators, access to dynamic values, and the scalar functions whose
// meaning no SQL expression has. Statements of the KQL compiler call them by
// their names, which begin with kql_.
//
// The functions that queries run over gigabytes of text are written in C
// (text.c, json.c); the others are Go, called once per batch of rows.
//
// Invariant: no function fails on any value. What has no answer is NULL.
package native

/*
#cgo CFLAGS: -O3 -std=c11 -Wall -Wno-unused-parameter
#include <stdlib.h>
#include "functions.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// Register adds the functions to the instance that c is connected to. Once
// per instance is enough; all its connections then have them.
func Register(c duckdb.Connection) error {
	if c.Ptr == nil {
		return errors.New("register KQL functions: no connection")
	}
	if failed := C.kql_register_native(c.Ptr); failed != nil {
		return fmt.Errorf("register KQL function %s", C.GoString(failed))
	}
	for i, f := range functions {
		if err := f.register(c, uintptr(i)); err != nil {
			return err
		}
	}
	return nil
}

// Names returns the names of all functions, for the test that holds them and
// the declarations of KQL together.
func Names() []string {
	var names []string
	for place := C.size_t(0); ; place++ {
		name := C.kql_native_name(place)
		if name == nil {
			break
		}
		names = append(names, C.GoString(name))
	}
	for _, f := range functions {
		names = append(names, f.name)
	}
	return names
}

func (f *function) register(c duckdb.Connection, index uintptr) error {
	types := make([]C.int, 0, len(f.args)+1)
	for _, t := range append(f.args[:len(f.args):len(f.args)], f.result) {
		types = append(types, C.int(t))
	}
	name := C.CString(f.name)
	defer C.free(unsafe.Pointer(name))
	if C.kql_register_go(c.Ptr, name, C.uintptr_t(index), &types[0], C.int(len(f.args))) == 0 {
		return fmt.Errorf("register KQL function %s", f.name)
	}
	return nil
}
