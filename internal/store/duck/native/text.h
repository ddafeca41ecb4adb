// Search in text: the string operators of KQL.
#ifndef KQL_TEXT_H
#define KQL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How a needle has to lie in the text.
enum {
	KQL_EQUALS,
	KQL_STARTS,
	KQL_ENDS,
	KQL_CONTAINS,
	KQL_HAS,        // whole terms
	KQL_HAS_PREFIX, // at the start of a term
	KQL_HAS_SUFFIX  // at the end of a term
};

// A needle, prepared for any number of texts.
typedef struct {
	const uint8_t *s; // as written; folded bytes are in fold
	uint32_t n;
	int mode;
	bool ignore_case;
	bool ascii;
	// Two bytes of the needle that are rare in text, the earlier one first,
	// and the masks that fold their case.
	uint32_t at, other;
	uint8_t byte1, mask1, byte2, mask2;
} kql_needle;

void kql_prepare(kql_needle *nd, const uint8_t *s, uint32_t n, int mode, bool ignore_case);
bool kql_match(const kql_needle *nd, const uint8_t *h, uint32_t n);

#endif
