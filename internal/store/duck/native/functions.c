#include "functions.h"
#include "_cgo_export.h"
#include "json.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const duckdb_string_t empty_string;

// A column of texts; a NULL counts as empty text.
typedef struct {
	const duckdb_string_t *data;
	const uint64_t *valid;
} text_column;

static text_column texts(duckdb_data_chunk in, idx_t col) {
	duckdb_vector v = duckdb_data_chunk_get_vector(in, col);
	text_column c = {duckdb_vector_get_data(v), duckdb_vector_get_validity(v)};
	return c;
}

static const duckdb_string_t *text_at(const text_column *c, idx_t row) {
	return kql_valid(c->valid, row) ? &c->data[row] : &empty_string;
}

static kql_slice slice_at(const text_column *c, idx_t row) {
	const duckdb_string_t *s = text_at(c, row);
	kql_slice v = {kql_data(s), kql_len(s)};
	return v;
}

static void set_null(duckdb_vector out, idx_t row) {
	duckdb_vector_ensure_validity_writable(out);
	duckdb_vector_get_validity(out)[row >> 6] &= ~(1ULL << (row & 63));
}

static void set_slice(duckdb_vector out, idx_t row, kql_slice v) {
	if (v.s == NULL) {
		set_null(out, row);
		return;
	}
	duckdb_vector_assign_string_element_len(out, row, (const char *)v.s, v.n);
}

static void set_buffer(duckdb_vector out, idx_t row, kql_buffer *b) {
	duckdb_vector_assign_string_element_len(out, row, b->s == NULL ? "" : (const char *)b->s, b->n);
	b->n = 0;
}

// The string operators.

typedef struct {
	const char *name;
	int mode;
	bool ignore_case;
} text_operator;

static const text_operator text_operators[] = {
	{"kql_equals", KQL_EQUALS, true},
	{"kql_startswith", KQL_STARTS, true},
	{"kql_startswith_cs", KQL_STARTS, false},
	{"kql_endswith", KQL_ENDS, true},
	{"kql_endswith_cs", KQL_ENDS, false},
	{"kql_contains", KQL_CONTAINS, true},
	{"kql_contains_cs", KQL_CONTAINS, false},
	{"kql_has", KQL_HAS, true},
	{"kql_has_cs", KQL_HAS, false},
	{"kql_hasprefix", KQL_HAS_PREFIX, true},
	{"kql_hasprefix_cs", KQL_HAS_PREFIX, false},
	{"kql_hassuffix", KQL_HAS_SUFFIX, true},
	{"kql_hassuffix_cs", KQL_HAS_SUFFIX, false},
};

// Values of a dictionary or a constant arrive as equal strings: the same bytes
// in the descriptor are the same text.
static bool same(const duckdb_string_t *a, const duckdb_string_t *b) { return memcmp(a, b, sizeof *a) == 0; }

static void run_text(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	const text_operator *op = duckdb_scalar_function_get_extra_info(info);
	text_column h = texts(in, 0), nd = texts(in, 1);
	bool *result = duckdb_vector_get_data(out);
	idx_t rows = duckdb_data_chunk_get_size(in);
	kql_needle needle;
	const duckdb_string_t *last_h = NULL, *last_n = NULL;
	for (idx_t i = 0; i < rows; i++) {
		const duckdb_string_t *s = text_at(&h, i), *n = text_at(&nd, i);
		bool fresh = last_n == NULL || !same(n, last_n);
		if (fresh) {
			kql_prepare(&needle, kql_data(n), kql_len(n), op->mode, op->ignore_case);
			last_n = n;
		}
		if (i > 0 && !fresh && same(s, last_h)) {
			result[i] = result[i - 1];
		} else {
			result[i] = kql_match(&needle, kql_data(s), kql_len(s));
		}
		last_h = s;
	}
}

// Dynamic values.

static void run_path(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	text_column json = texts(in, 0), path = texts(in, 1);
	idx_t rows = duckdb_data_chunk_get_size(in);
	for (idx_t i = 0; i < rows; i++) {
		kql_slice v = slice_at(&json, i), p = slice_at(&path, i);
		set_slice(out, i, kql_json_path(v.s, v.n, p.s, p.n));
	}
}

static void run_path_text(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	text_column json = texts(in, 0), path = texts(in, 1);
	idx_t rows = duckdb_data_chunk_get_size(in);
	kql_buffer b = {0};
	for (idx_t i = 0; i < rows; i++) {
		kql_slice v = slice_at(&json, i), p = slice_at(&path, i);
		kql_json_text(&b, kql_json_path(v.s, v.n, p.s, p.n));
		set_buffer(out, i, &b);
	}
	kql_free(&b);
}

static void run_key(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	text_column json = texts(in, 0), key = texts(in, 1);
	idx_t rows = duckdb_data_chunk_get_size(in);
	for (idx_t i = 0; i < rows; i++) {
		kql_slice k = slice_at(&key, i);
		set_slice(out, i, kql_json_key(slice_at(&json, i), k.s, k.n));
	}
}

static void run_at(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	text_column json = texts(in, 0);
	duckdb_vector index = duckdb_data_chunk_get_vector(in, 1);
	const int64_t *at = duckdb_vector_get_data(index);
	const uint64_t *valid = duckdb_vector_get_validity(index);
	idx_t rows = duckdb_data_chunk_get_size(in);
	for (idx_t i = 0; i < rows; i++) {
		if (kql_valid(valid, i)) {
			set_slice(out, i, kql_json_at(slice_at(&json, i), at[i]));
		} else {
			set_null(out, i);
		}
	}
}

static void run_text_of(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	text_column json = texts(in, 0);
	idx_t rows = duckdb_data_chunk_get_size(in);
	kql_buffer b = {0};
	for (idx_t i = 0; i < rows; i++) {
		kql_slice v = slice_at(&json, i);
		if (v.n == 4 && memcmp(v.s, "null", 4) == 0) v.s = NULL;
		kql_json_text(&b, v);
		set_buffer(out, i, &b);
	}
	kql_free(&b);
}

static bool blank(kql_slice v) {
	for (size_t i = 0; i < v.n; i++) {
		if (v.s[i] != ' ' && v.s[i] != '\t' && v.s[i] != '\n' && v.s[i] != '\r') return false;
	}
	return true;
}

// run_parse makes a dynamic of text: of JSON its value, of other text a
// string.
static void run_parse(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	text_column text = texts(in, 0);
	idx_t rows = duckdb_data_chunk_get_size(in);
	kql_buffer b = {0};
	for (idx_t i = 0; i < rows; i++) {
		kql_slice v = slice_at(&text, i);
		if (blank(v)) {
			set_null(out, i);
			continue;
		}
		if (kql_json_valid(v.s, v.n)) {
			kql_json_compact(&b, v);
			if (b.n == 4 && memcmp(b.s, "null", 4) == 0) {
				b.n = 0;
				set_null(out, i);
				continue;
			}
		} else {
			kql_json_quote(&b, v.s, v.n);
		}
		set_buffer(out, i, &b);
	}
	kql_free(&b);
}

static void run_quote(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	text_column text = texts(in, 0);
	idx_t rows = duckdb_data_chunk_get_size(in);
	kql_buffer b = {0};
	for (idx_t i = 0; i < rows; i++) {
		if (!kql_valid(text.valid, i)) {
			set_null(out, i);
			continue;
		}
		kql_slice v = slice_at(&text, i);
		kql_json_quote(&b, v.s, v.n);
		set_buffer(out, i, &b);
	}
	kql_free(&b);
}

static void run_length(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	text_column json = texts(in, 0);
	idx_t rows = duckdb_data_chunk_get_size(in);
	int64_t *result = duckdb_vector_get_data(out);
	for (idx_t i = 0; i < rows; i++) {
		result[i] = kql_json_count(slice_at(&json, i));
		if (result[i] < 0) set_null(out, i);
	}
}

// The elements of one batch, gathered before they are stored: the list's
// vector may move while it grows.
typedef struct {
	kql_buffer text, ends;
	uint64_t count;
} gathered;

static void gather(void *to, kql_slice key, kql_slice v) {
	gathered *g = to;
	if (key.s != NULL) kql_put(&g->text, (const uint8_t *)"{", 1);
	if (key.s != NULL) kql_put(&g->text, key.s, key.n);
	if (key.s != NULL) kql_put(&g->text, (const uint8_t *)":", 1);
	if (v.n == 0) kql_put(&g->text, (const uint8_t *)"null", 4);
	kql_put(&g->text, v.s, v.n);
	if (key.s != NULL) kql_put(&g->text, (const uint8_t *)"}", 1);
	uint64_t end = g->text.n;
	kql_put(&g->ends, (const uint8_t *)&end, sizeof end);
	g->count++;
}

static void store(const gathered *g, duckdb_vector out) {
	duckdb_list_vector_reserve(out, g->count);
	duckdb_list_vector_set_size(out, g->count);
	duckdb_vector child = duckdb_list_vector_get_child(out);
	const uint64_t *ends = (const uint64_t *)g->ends.s;
	uint64_t start = 0;
	for (uint64_t i = 0; i < g->count; i++) {
		kql_slice v = {g->text.s + start, ends[i] - start};
		if (v.n == 4 && memcmp(v.s, "null", 4) == 0) v.s = NULL;
		set_slice(child, i, v);
		start = ends[i];
	}
}

// run_elements makes a list of an array's elements or of an object's members,
// each an object of its own. Any other value is a list of itself.
static void run_elements(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	text_column json = texts(in, 0);
	idx_t rows = duckdb_data_chunk_get_size(in);
	duckdb_list_entry *lists = duckdb_vector_get_data(out);
	gathered g = {0};
	for (idx_t i = 0; i < rows; i++) {
		lists[i].offset = g.count;
		kql_slice v = slice_at(&json, i), no_key = {NULL, 0};
		if (!kql_json_elements(v, gather, &g)) gather(&g, no_key, v);
		lists[i].length = g.count - lists[i].offset;
	}
	if (g.ends.n == g.count * sizeof(uint64_t)) {
		store(&g, out);
	} else {
		duckdb_scalar_function_set_error(info, "out of memory");
	}
	kql_free(&g.text);
	kql_free(&g.ends);
}

// Registration.

typedef void (*run_function)(duckdb_function_info, duckdb_data_chunk, duckdb_vector);

typedef struct {
	const char *name;
	run_function run;
	int args;
	int types[3]; // of the arguments, then of the result
} native_function;

static const native_function json_functions[] = {
	{"kql_path", run_path, 2, {KQL_TEXT, KQL_TEXT, KQL_TEXT}},
	{"kql_path_text", run_path_text, 2, {KQL_TEXT, KQL_TEXT, KQL_TEXT}},
	{"kql_key", run_key, 2, {KQL_TEXT, KQL_TEXT, KQL_TEXT}},
	{"kql_at", run_at, 2, {KQL_TEXT, KQL_LONG, KQL_TEXT}},
	{"kql_text", run_text_of, 1, {KQL_TEXT, KQL_TEXT}},
	{"kql_parse_json", run_parse, 1, {KQL_TEXT, KQL_TEXT}},
	{"kql_quote", run_quote, 1, {KQL_TEXT, KQL_TEXT}},
	{"kql_array_length", run_length, 1, {KQL_TEXT, KQL_LONG}},
	{"kql_elements", run_elements, 1, {KQL_TEXT, KQL_TEXTS}},
};

static duckdb_logical_type type_of(int type) {
	if (type != KQL_TEXTS) return duckdb_create_logical_type(type);
	duckdb_logical_type text = duckdb_create_logical_type(KQL_TEXT);
	duckdb_logical_type list = duckdb_create_list_type(text);
	duckdb_destroy_logical_type(&text);
	return list;
}

static bool add(void *connection, const char *name, run_function run, void *extra, const int *types, int args) {
	duckdb_scalar_function f = duckdb_create_scalar_function();
	duckdb_scalar_function_set_name(f, name);
	for (int i = 0; i <= args; i++) {
		duckdb_logical_type t = type_of(types[i]);
		if (i < args) {
			duckdb_scalar_function_add_parameter(f, t);
		} else {
			duckdb_scalar_function_set_return_type(f, t);
		}
		duckdb_destroy_logical_type(&t);
	}
	duckdb_scalar_function_set_special_handling(f);
	duckdb_scalar_function_set_extra_info(f, extra, NULL);
	duckdb_scalar_function_set_function(f, run);
	bool ok = duckdb_register_scalar_function(connection, f) == DuckDBSuccess;
	duckdb_destroy_scalar_function(&f);
	return ok;
}

enum {
	TEXT_OPERATORS = sizeof text_operators / sizeof *text_operators,
	JSON_FUNCTIONS = sizeof json_functions / sizeof *json_functions
};

const char *kql_native_name(size_t place) {
	if (place < TEXT_OPERATORS) return text_operators[place].name;
	place -= TEXT_OPERATORS;
	return place < JSON_FUNCTIONS ? json_functions[place].name : NULL;
}

const char *kql_register_native(void *connection) {
	static const int text_types[] = {KQL_TEXT, KQL_TEXT, KQL_BOOL};
	for (size_t i = 0; i < TEXT_OPERATORS; i++) {
		const text_operator *op = &text_operators[i];
		if (!add(connection, op->name, run_text, (void *)op, text_types, 2)) return op->name;
	}
	for (size_t i = 0; i < JSON_FUNCTIONS; i++) {
		const native_function *f = &json_functions[i];
		if (!add(connection, f->name, f->run, NULL, f->types, f->args)) return f->name;
	}
	return NULL;
}

// Functions written in Go.

static void run_go(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
	kql_batch b = {0};
	b.rows = duckdb_data_chunk_get_size(in);
	b.args = (int)duckdb_data_chunk_get_column_count(in);
	for (int i = 0; i < b.args && i < KQL_MAX_ARGS; i++) {
		duckdb_vector v = duckdb_data_chunk_get_vector(in, i);
		b.data[i] = duckdb_vector_get_data(v);
		b.valid[i] = duckdb_vector_get_validity(v);
	}
	b.result = out;
	b.result_data = duckdb_vector_get_data(out);
	duckdb_vector_ensure_validity_writable(out);
	b.result_valid = duckdb_vector_get_validity(out);
	char *failed = kqlRun((uintptr_t)duckdb_scalar_function_get_extra_info(info), &b);
	if (failed != NULL) {
		duckdb_scalar_function_set_error(info, failed);
		free(failed);
	}
}

int kql_register_go(void *connection, const char *name, uintptr_t index, const int *types, int args) {
	return add(connection, name, run_go, (void *)index, types, args);
}

void kql_set_texts(kql_batch *b, const char *buf, const uint64_t *ends) {
	uint64_t start = 0;
	for (uint64_t i = 0; i < b->rows; i++) {
		if (kql_valid(b->result_valid, i)) {
			duckdb_vector_assign_string_element_len(b->result, i, buf + start, ends[i] - start);
		}
		start = ends[i];
	}
}

void kql_set_lists(kql_batch *b, const char *buf, const uint64_t *ends, const uint64_t *rows) {
	duckdb_list_entry *lists = b->result_data;
	uint64_t count = b->rows == 0 ? 0 : rows[b->rows - 1], from = 0, start = 0;
	duckdb_list_vector_reserve(b->result, count);
	duckdb_list_vector_set_size(b->result, count);
	duckdb_vector child = duckdb_list_vector_get_child(b->result);
	for (uint64_t i = 0; i < b->rows; i++) {
		lists[i].offset = from;
		lists[i].length = rows[i] - from;
		from = rows[i];
	}
	for (uint64_t i = 0; i < count; i++) {
		duckdb_vector_assign_string_element_len(child, i, buf + start, ends[i] - start);
		start = ends[i];
	}
}
