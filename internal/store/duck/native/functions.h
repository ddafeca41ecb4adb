// Registration of the native functions with a DuckDB connection.
#ifndef KQL_FUNCTIONS_H
#define KQL_FUNCTIONS_H

#include "duckdb_api.h"

// The SQL types of arguments and results, with DuckDB's numbers.
enum { KQL_BOOL = 1, KQL_INT = 4, KQL_LONG = 5, KQL_REAL = 11, KQL_TEXT = 17, KQL_TEXTS = 24 };

// A batch of rows as a Go function sees it.
#define KQL_MAX_ARGS 8
typedef struct {
	uint64_t rows;
	int args;
	void *data[KQL_MAX_ARGS];
	uint64_t *valid[KQL_MAX_ARGS]; // NULL if all values are there
	duckdb_vector result;
	void *result_data;
	uint64_t *result_valid;
} kql_batch;

// kql_register_native registers the functions that are written in C. It
// returns the name of the one that could not be, NULL on success.
const char *kql_register_native(void *connection);

// kql_native_name returns the name of the function at a place in the list of
// those written in C, NULL behind its end.
const char *kql_native_name(size_t place);

// kql_register_go registers function number index of the Go list. The types
// are the arguments' followed by the result's.
int kql_register_go(void *connection, const char *name, uintptr_t index, const int *types, int args);

// kql_set_texts stores the texts that lie in buf one after the other, row i
// from ends[i-1] to ends[i].
void kql_set_texts(kql_batch *b, const char *buf, const uint64_t *ends);
// kql_set_lists is kql_set_texts for lists: row i holds the texts from
// number rows[i-1] to rows[i].
void kql_set_lists(kql_batch *b, const char *buf, const uint64_t *ends, const uint64_t *rows);

#endif
