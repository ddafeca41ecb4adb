// Package tables declares the tables there are, one file each: name, columns
// with type and documentation, and how a row is made from a decoded record.
//
// In the journey it stands between decode and the store: Catalog.Route says
// which table a record belongs to, and that table's Map appends the row.
//
// Invariant: nothing that a record says is lost. What has no column of its own
// stays in the row's Properties_d (or in the column a custom table declares
// for it) under its own name.
package tables
