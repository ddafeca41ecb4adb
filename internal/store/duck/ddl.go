package duck

import (
	"fmt"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
)

// Every day file has three SQL schemas: data holds the tables as they are
// written, main a view of each for people who open the file with another
// program, and nephoscope the layout, the declarations and the positions.
const layoutDDL = `
CREATE SCHEMA %[1]s.data;
CREATE SCHEMA %[1]s.nephoscope;
CREATE TABLE %[1]s.nephoscope.layout (version INTEGER, first_sequence BIGINT);
CREATE TABLE %[1]s.nephoscope.tables (name VARCHAR, version INTEGER);
CREATE TABLE %[1]s.nephoscope.columns (table_name VARCHAR, name VARCHAR, type VARCHAR);
CREATE TABLE %[1]s.nephoscope.positions (source VARCHAR, "partition" VARCHAR, token VARCHAR);
INSERT INTO %[1]s.nephoscope.layout VALUES (%[2]d, %[3]d)`

// layoutVersion changes when the meaning of anything in a day file changes.
const layoutVersion = 1

// sqlType returns the SQL type a KQL type is stored as.
func sqlType(t schema.Type) string {
	switch t {
	case schema.Bool:
		return "BOOLEAN"
	case schema.Int:
		return "INTEGER"
	case schema.Long, schema.Datetime, schema.Timespan:
		return "BIGINT"
	case schema.Real:
		return "DOUBLE"
	}
	return "VARCHAR"
}

// chunkType is sqlType for data chunks.
func chunkType(t schema.Type) duckdb.Type {
	switch t {
	case schema.Bool:
		return duckdb.TypeBoolean
	case schema.Int:
		return duckdb.TypeInteger
	case schema.Long, schema.Datetime, schema.Timespan:
		return duckdb.TypeBigInt
	case schema.Real:
		return duckdb.TypeDouble
	}
	return duckdb.TypeVarchar
}

// stored returns the declared columns that are written to a file.
func stored(t *schema.Table) []schema.Column {
	var cols []schema.Column
	for _, c := range t.Columns {
		if c.Const == "" {
			cols = append(cols, c)
		}
	}
	return cols
}

// columnDDL declares a column. DuckDB never chooses zstd by itself, which is
// what makes JSON small.
func columnDDL(c schema.Column) string {
	ddl := quoteName(c.Name) + " " + sqlType(c.Type)
	if c.Type == schema.Dynamic {
		ddl += " USING COMPRESSION zstd"
	}
	return ddl
}

// tableDDL declares a table. The standard columns come first, so that columns
// that are added later follow the others.
func tableDDL(db string, t *schema.Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s.data.%s (%s UUID, %s BIGINT, %s BIGINT", db, quoteName(t.Name),
		quoteName(schema.ItemID), quoteName(schema.IngestedAt), quoteName(schema.Sequence))
	for _, c := range stored(t) {
		b.WriteString(", " + columnDDL(c))
	}
	return b.String() + ")"
}

// addColumnDDL adds a column to a table that has rows.
func addColumnDDL(db, table string, c schema.Column) string {
	ddl := fmt.Sprintf("ALTER TABLE %s.data.%s ADD COLUMN %s", db, quoteName(table), columnDDL(c))
	if c.Type == schema.String {
		ddl += " DEFAULT ''"
	}
	return ddl
}
