// The part of DuckDB's C interface that the native functions use. The
// bindings' own header is not on this package's include path.
#ifndef KQL_DUCKDB_API_H
#define KQL_DUCKDB_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t idx_t;
typedef struct _kql_connection *duckdb_connection;
typedef struct _kql_logical_type *duckdb_logical_type;
typedef struct _kql_scalar_function *duckdb_scalar_function;
typedef struct _kql_function_info *duckdb_function_info;
typedef struct _kql_data_chunk *duckdb_data_chunk;
typedef struct _kql_vector *duckdb_vector;
typedef enum { DuckDBSuccess = 0, DuckDBError = 1 } duckdb_state;

// A string: up to 12 bytes inline, longer ones behind a pointer.
typedef struct {
	union {
		struct {
			uint32_t length;
			char prefix[4];
			char *ptr;
		} pointer;
		struct {
			uint32_t length;
			char inlined[12];
		} inlined;
	} value;
} duckdb_string_t;

typedef struct {
	uint64_t offset;
	uint64_t length;
} duckdb_list_entry;

// The symbols are resolved when the program is linked with DuckDB; weak lets
// the package be built before that.
#define KQL_API __attribute__((weak)) extern

KQL_API duckdb_scalar_function duckdb_create_scalar_function(void);
KQL_API void duckdb_destroy_scalar_function(duckdb_scalar_function *f);
KQL_API void duckdb_scalar_function_set_name(duckdb_scalar_function f, const char *name);
KQL_API void duckdb_scalar_function_set_varargs(duckdb_scalar_function f, duckdb_logical_type t);
KQL_API void duckdb_scalar_function_set_special_handling(duckdb_scalar_function f);
KQL_API void duckdb_scalar_function_add_parameter(duckdb_scalar_function f, duckdb_logical_type t);
KQL_API void duckdb_scalar_function_set_return_type(duckdb_scalar_function f, duckdb_logical_type t);
KQL_API void duckdb_scalar_function_set_extra_info(duckdb_scalar_function f, void *info, void (*destroy)(void *));
KQL_API void *duckdb_scalar_function_get_extra_info(duckdb_function_info info);
KQL_API void duckdb_scalar_function_set_function(duckdb_scalar_function f,
                                                 void (*run)(duckdb_function_info, duckdb_data_chunk, duckdb_vector));
KQL_API void duckdb_scalar_function_set_error(duckdb_function_info info, const char *error);
KQL_API duckdb_state duckdb_register_scalar_function(duckdb_connection con, duckdb_scalar_function f);

KQL_API duckdb_logical_type duckdb_create_logical_type(int type);
KQL_API duckdb_logical_type duckdb_create_list_type(duckdb_logical_type t);
KQL_API void duckdb_destroy_logical_type(duckdb_logical_type *t);

KQL_API idx_t duckdb_data_chunk_get_size(duckdb_data_chunk chunk);
KQL_API idx_t duckdb_data_chunk_get_column_count(duckdb_data_chunk chunk);
KQL_API duckdb_vector duckdb_data_chunk_get_vector(duckdb_data_chunk chunk, idx_t col);
KQL_API void *duckdb_vector_get_data(duckdb_vector v);
KQL_API uint64_t *duckdb_vector_get_validity(duckdb_vector v);
KQL_API void duckdb_vector_ensure_validity_writable(duckdb_vector v);
KQL_API void duckdb_vector_assign_string_element_len(duckdb_vector v, idx_t row, const char *s, idx_t len);
KQL_API duckdb_vector duckdb_list_vector_get_child(duckdb_vector v);
KQL_API duckdb_state duckdb_list_vector_set_size(duckdb_vector v, idx_t size);
KQL_API duckdb_state duckdb_list_vector_reserve(duckdb_vector v, idx_t size);

static inline uint32_t kql_len(const duckdb_string_t *s) { return s->value.inlined.length; }

static inline const uint8_t *kql_data(const duckdb_string_t *s) {
	return (const uint8_t *)(s->value.inlined.length <= 12 ? s->value.inlined.inlined : s->value.pointer.ptr);
}

static inline bool kql_valid(const uint64_t *validity, idx_t row) {
	return validity == NULL || (validity[row >> 6] >> (row & 63)) & 1;
}

#endif
