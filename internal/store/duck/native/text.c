// The search: two rare bytes of the needle are looked for at their distance, at
// many places at once; only where both are found is the needle compared, and
// only where it is equal are the ends of the term looked at. Written with the
// compilers' vector types it runs at the speed of memory on every processor;
// wider instructions were tried and gain nothing.

#include "text.h"
#include "_cgo_export.h"

#include <string.h>

static inline bool is_letter(uint8_t c) { return (uint8_t)((c | 0x20) - 'a') < 26; }
static inline bool is_alnum(uint8_t c) { return is_letter(c) || (uint8_t)(c - '0') < 10; }
static inline uint8_t lower(uint8_t c) { return (uint8_t)(c - 'A') < 26 ? c | 0x20 : c; }

// weight estimates how common a byte is in text; the lower the rarer.
static int weight(uint8_t c) {
	static const char common[] = " etaoinsrl\"hdc:mpu,/.-fgy_01{}bwv2345678";
	const char *p = memchr(common, lower(c), sizeof common - 1);
	return p == NULL ? 0 : (int)(sizeof common - (size_t)(p - common));
}

// choose finds the two rarest bytes of the needle.
static void choose(kql_needle *nd) {
	uint32_t a = 0, b = nd->n - 1;
	for (uint32_t i = 0; i < nd->n; i++) {
		if (weight(nd->s[i]) < weight(nd->s[a])) a = i;
	}
	if (b == a) b = 0;
	for (uint32_t i = 0; i < nd->n; i++) {
		if (i != a && weight(nd->s[i]) < weight(nd->s[b])) b = i;
	}
	nd->at = a < b ? a : b;
	nd->other = a < b ? b : a;
	uint8_t c1 = nd->s[nd->at], c2 = nd->s[nd->other];
	nd->mask1 = nd->ignore_case && is_letter(c1) ? 0x20 : 0;
	nd->mask2 = nd->ignore_case && is_letter(c2) ? 0x20 : 0;
	nd->byte1 = c1 | nd->mask1;
	nd->byte2 = c2 | nd->mask2;
}

void kql_prepare(kql_needle *nd, const uint8_t *s, uint32_t n, int mode, bool ignore_case) {
	nd->s = s;
	nd->n = n;
	nd->mode = mode;
	nd->ignore_case = ignore_case;
	nd->ascii = true;
	for (uint32_t i = 0; i < n; i++) {
		if (s[i] >= 0x80) nd->ascii = false;
	}
	if (n > 0) choose(nd);
}

static bool equal(const kql_needle *nd, const uint8_t *h) {
	if (!nd->ignore_case) return memcmp(h, nd->s, nd->n) == 0;
	for (uint32_t i = 0; i < nd->n; i++) {
		if (lower(h[i]) != lower(nd->s[i])) return false;
	}
	return true;
}

// term_before tells whether the character that ends before h[i] continues a
// term; term_at the same of the one that starts at h[i].
static bool term_before(const uint8_t *h, uint32_t i) {
	if (i == 0) return false;
	if (h[i - 1] < 0x80) return is_alnum(h[i - 1]);
	uint32_t start = i - 1;
	while (start > 0 && i - start < 4 && (h[start] & 0xC0) == 0x80) start--;
	return kqlTermStarts((void *)(h + start), i - start);
}

static bool term_at(const uint8_t *h, uint32_t n, uint32_t i) {
	if (i >= n) return false;
	if (h[i] < 0x80) return is_alnum(h[i]);
	return kqlTermStarts((void *)(h + i), n - i);
}

// bounded checks that the needle found at h[i] does not cut a term in two.
static bool bounded(const kql_needle *nd, const uint8_t *h, uint32_t n, uint32_t i) {
	if (nd->mode == KQL_HAS || nd->mode == KQL_HAS_PREFIX) {
		if (term_at(nd->s, nd->n, 0) && term_before(h, i)) return false;
	}
	if (nd->mode == KQL_HAS || nd->mode == KQL_HAS_SUFFIX) {
		if (term_before(nd->s, nd->n) && term_at(h, n, i + nd->n)) return false;
	}
	return true;
}

static inline bool candidate(const kql_needle *nd, const uint8_t *p) {
	return (p[nd->at] | nd->mask1) == nd->byte1 && (p[nd->other] | nd->mask2) == nd->byte2;
}

static bool found(const kql_needle *nd, const uint8_t *h, uint32_t n, uint32_t i) {
	return candidate(nd, h + i) && equal(nd, h + i) && bounded(nd, h, n, i);
}

// 16 bytes that are compared at once; compilers have instructions for it.
typedef uint8_t lanes __attribute__((vector_size(16)));

enum { LANES = sizeof(lanes), BLOCK = 4 * LANES };

static inline lanes load(const uint8_t *p) {
	lanes v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline lanes all(uint8_t c) { return (lanes){0} + c; }

static inline bool any(lanes v) {
	uint64_t halves[2];
	memcpy(halves, &v, sizeof v);
	return (halves[0] | halves[1]) != 0;
}

// both tells, byte by byte, where the two rare bytes are found.
static inline lanes both(const kql_needle *nd, const uint8_t *p) {
	lanes a = (load(p + nd->at) | all(nd->mask1)) == all(nd->byte1);
	lanes b = (load(p + nd->other) | all(nd->mask2)) == all(nd->byte2);
	return a & b;
}

// check looks at the places of h[i] and the LANES - 1 behind it that both
// found. Bytes are numbered from the lowest, as on every machine that the
// program runs on.
static bool check(const kql_needle *nd, const uint8_t *h, uint32_t n, uint32_t i) {
	lanes hit = both(nd, h + i);
	uint64_t halves[2];
	memcpy(halves, &hit, sizeof hit);
	for (uint32_t half = 0; half < 2; half++) {
		for (uint64_t left = halves[half]; left != 0;) {
			uint32_t byte = (uint32_t)__builtin_ctzll(left) / 8;
			if (found(nd, h, n, i + 8 * half + byte)) return true;
			left &= ~(0xFFULL << (8 * byte));
		}
	}
	return false;
}

static bool search(const kql_needle *nd, const uint8_t *h, uint32_t n) {
	if (nd->n == 0) return true;
	if (nd->n > n) return false;
	const uint32_t places = n - nd->n + 1; // where the needle fits
	uint32_t i = 0;
	for (; i + BLOCK <= places; i += BLOCK) {
		lanes hit = {0};
		for (int k = 0; k < BLOCK; k += LANES) hit |= both(nd, h + i + k);
		if (!any(hit)) continue;
		for (uint32_t k = i; k < i + BLOCK; k += LANES) {
			if (check(nd, h, n, k)) return true;
		}
	}
	for (; i + LANES <= places; i += LANES) {
		if (check(nd, h, n, i)) return true;
	}
	for (; i < places; i++) {
		if (found(nd, h, n, i)) return true;
	}
	return false;
}

bool kql_match(const kql_needle *nd, const uint8_t *h, uint32_t n) {
	if (nd->ignore_case && !nd->ascii) {
		return kqlMatchFold(nd->mode, (void *)nd->s, nd->n, (void *)h, n);
	}
	switch (nd->mode) {
	case KQL_EQUALS:
		return n == nd->n && equal(nd, h);
	case KQL_STARTS:
		return n >= nd->n && equal(nd, h);
	case KQL_ENDS:
		return n >= nd->n && equal(nd, h + (n - nd->n));
	default:
		return search(nd, h, n);
	}
}
