// Reading JSON text in place: the dynamic values of KQL.
#ifndef KQL_JSON_H
#define KQL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A piece of text; s is NULL where there is no value.
typedef struct {
	const uint8_t *s;
	size_t n;
} kql_slice;

// A buffer that grows; after an allocation failed it stays empty.
typedef struct {
	uint8_t *s;
	size_t n, cap;
} kql_buffer;

void kql_put(kql_buffer *b, const uint8_t *s, size_t n);
void kql_free(kql_buffer *b);

// kql_json_valid tells whether the text is one JSON value and nothing else.
bool kql_json_valid(const uint8_t *s, size_t n);
// kql_json_path finds the value at a path like a.b[0]; a backslash takes the
// next byte of a key as it is. A JSON null is no value.
kql_slice kql_json_path(const uint8_t *s, size_t n, const uint8_t *path, size_t path_n);
// kql_json_key and kql_json_at are one step of a path.
kql_slice kql_json_key(kql_slice v, const uint8_t *key, size_t key_n);
kql_slice kql_json_at(kql_slice v, int64_t index);
// kql_json_count returns the number of elements of an array, -1 if the value
// is none.
int64_t kql_json_count(kql_slice v);
// kql_json_elements calls each for the elements of an array or, with their
// keys still quoted, the members of an object. It returns false if the value
// is neither.
bool kql_json_elements(kql_slice v, void (*each)(void *, kql_slice key, kql_slice value), void *to);
// kql_json_compact appends the value without white space between its parts.
void kql_json_compact(kql_buffer *b, kql_slice v);
// kql_json_text appends the value as tostring() shows it.
void kql_json_text(kql_buffer *b, kql_slice v);
// kql_json_quote appends the text as a JSON string.
void kql_json_quote(kql_buffer *b, const uint8_t *s, size_t n);

#endif
