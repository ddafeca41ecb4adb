// The scanner reads each byte once and builds nothing. It is strict where a
// value's validity is asked for and forgiving everywhere else: a value that is
// cut off is no value.

#include "json.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 512

typedef struct {
	const uint8_t *p, *end;
} cursor;

static const kql_slice none = {NULL, 0};

void kql_put(kql_buffer *b, const uint8_t *s, size_t n) {
	if (b->n + n > b->cap) {
		size_t cap = 2 * b->cap + n + 64;
		uint8_t *grown = realloc(b->s, cap);
		if (grown == NULL) {
			kql_free(b);
			return;
		}
		b->s = grown;
		b->cap = cap;
	}
	if (n > 0) memcpy(b->s + b->n, s, n);
	b->n += n;
}

static void put1(kql_buffer *b, uint8_t c) { kql_put(b, &c, 1); }

void kql_free(kql_buffer *b) {
	free(b->s);
	b->s = NULL;
	b->n = b->cap = 0;
}

static bool is_space(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static void space(cursor *c) {
	while (c->p < c->end && is_space(*c->p)) c->p++;
}

static bool eat(cursor *c, uint8_t b) {
	space(c);
	if (c->p >= c->end || *c->p != b) return false;
	c->p++;
	return true;
}

static bool is_hex(uint8_t c) { return (uint8_t)(c - '0') < 10 || (uint8_t)((c | 0x20) - 'a') < 6; }

// string passes over a string, quotes included.
static bool string(cursor *c) {
	if (c->p >= c->end || *c->p != '"') return false;
	for (c->p++; c->p < c->end; c->p++) {
		if (*c->p == '"') {
			c->p++;
			return true;
		}
		if (*c->p < 0x20) return false;
		if (*c->p != '\\') continue;
		if (++c->p >= c->end || *c->p == 0 || strchr("\"\\/bfnrtu", *c->p) == NULL) return false;
		if (*c->p != 'u') continue;
		if (c->end - c->p < 5) return false;
		for (int i = 1; i <= 4; i++) {
			if (!is_hex(c->p[i])) return false;
		}
		c->p += 4;
	}
	return false;
}

static bool digits(cursor *c) {
	const uint8_t *start = c->p;
	while (c->p < c->end && (uint8_t)(*c->p - '0') < 10) c->p++;
	return c->p > start;
}

static bool number(cursor *c) {
	if (c->p < c->end && *c->p == '-') c->p++;
	if (c->p < c->end && *c->p == '0') {
		c->p++;
	} else if (!digits(c)) {
		return false;
	}
	if (c->p < c->end && *c->p == '.') {
		c->p++;
		if (!digits(c)) return false;
	}
	if (c->p < c->end && (*c->p | 0x20) == 'e') {
		c->p++;
		if (c->p < c->end && (*c->p == '+' || *c->p == '-')) c->p++;
		if (!digits(c)) return false;
	}
	return true;
}

static bool word(cursor *c, const char *w, size_t n) {
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, w, n) != 0) return false;
	c->p += n;
	return true;
}

static bool value(cursor *c, int depth);

static bool members(cursor *c, int depth, uint8_t close, bool keyed) {
	c->p++;
	if (eat(c, close)) return true;
	do {
		space(c);
		if (keyed && !(string(c) && eat(c, ':'))) return false;
		if (!value(c, depth + 1)) return false;
	} while (eat(c, ','));
	return eat(c, close);
}

// value passes over one value and the white space before it.
static bool value(cursor *c, int depth) {
	space(c);
	if (c->p >= c->end || depth > MAX_DEPTH) return false;
	switch (*c->p) {
	case '{':
		return members(c, depth, '}', true);
	case '[':
		return members(c, depth, ']', false);
	case '"':
		return string(c);
	case 't':
		return word(c, "true", 4);
	case 'f':
		return word(c, "false", 5);
	case 'n':
		return word(c, "null", 4);
	default:
		return number(c);
	}
}

bool kql_json_valid(const uint8_t *s, size_t n) {
	cursor c = {s, s + n};
	if (!value(&c, 0)) return false;
	space(&c);
	return c.p == c.end;
}

// whole returns a value without the white space around it, none for null.
static kql_slice whole(const uint8_t *from, const uint8_t *to) {
	while (from < to && is_space(*from)) from++;
	while (to > from && is_space(to[-1])) to--;
	kql_slice v = {from, (size_t)(to - from)};
	if (v.n == 0 || (v.n == 4 && memcmp(from, "null", 4) == 0)) return none;
	return v;
}

static uint32_t hex4(const uint8_t *s) {
	uint32_t r = 0;
	for (int i = 0; i < 4; i++) {
		uint8_t c = s[i];
		r = r << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return r;
}

static void put_rune(kql_buffer *b, uint32_t r) {
	if (r < 0x80) {
		put1(b, (uint8_t)r);
		return;
	}
	if (r < 0x800) {
		put1(b, (uint8_t)(0xC0 | r >> 6));
	} else if (r < 0x10000) {
		put1(b, (uint8_t)(0xE0 | r >> 12));
		put1(b, (uint8_t)(0x80 | (r >> 6 & 0x3F)));
	} else {
		put1(b, (uint8_t)(0xF0 | r >> 18));
		put1(b, (uint8_t)(0x80 | (r >> 12 & 0x3F)));
		put1(b, (uint8_t)(0x80 | (r >> 6 & 0x3F)));
	}
	put1(b, (uint8_t)(0x80 | (r & 0x3F)));
}

// escape_u reads the digits after \u, and the second half of a pair; halves
// that stand alone become U+FFFD.
static const uint8_t *escape_u(kql_buffer *b, const uint8_t *p, const uint8_t *end) {
	if (end - p < 4) return end;
	uint32_t r = hex4(p);
	p += 4;
	if (r >= 0xD800 && r < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
		uint32_t low = hex4(p + 2);
		if (low >= 0xDC00 && low < 0xE000) {
			put_rune(b, 0x10000 + ((r - 0xD800) << 10) + (low - 0xDC00));
			return p + 6;
		}
	}
	put_rune(b, r >= 0xD800 && r < 0xE000 ? 0xFFFD : r);
	return p;
}

// unquote appends what a string says; v includes the quotes.
static void unquote(kql_buffer *b, kql_slice v) {
	const uint8_t *p = v.s + 1, *end = v.s + v.n - 1;
	while (p < end) {
		const uint8_t *esc = memchr(p, '\\', (size_t)(end - p));
		if (esc == NULL) esc = end;
		kql_put(b, p, (size_t)(esc - p));
		if (end - esc < 2) return;
		p = esc + 2;
		switch (esc[1]) {
		case 'b': put1(b, '\b'); break;
		case 'f': put1(b, '\f'); break;
		case 'n': put1(b, '\n'); break;
		case 'r': put1(b, '\r'); break;
		case 't': put1(b, '\t'); break;
		case 'u': p = escape_u(b, p, end); break;
		default: put1(b, esc[1]);
		}
	}
}

// is_key compares a quoted key with a plain one.
static bool is_key(kql_slice quoted, const uint8_t *key, size_t n) {
	if (memchr(quoted.s, '\\', quoted.n) == NULL) {
		return quoted.n == n + 2 && memcmp(quoted.s + 1, key, n) == 0;
	}
	kql_buffer b = {0};
	unquote(&b, quoted);
	bool same = b.n == n && memcmp(b.s, key, n) == 0;
	kql_free(&b);
	return same;
}

kql_slice kql_json_key(kql_slice v, const uint8_t *key, size_t key_n) {
	if (v.s == NULL || v.n == 0 || v.s[0] != '{') return none;
	cursor c = {v.s + 1, v.s + v.n};
	do {
		space(&c);
		kql_slice k = {c.p, 0};
		if (!string(&c)) return none;
		k.n = (size_t)(c.p - k.s);
		if (!eat(&c, ':')) return none;
		const uint8_t *start = c.p;
		if (!value(&c, 1)) return none;
		if (is_key(k, key, key_n)) return whole(start, c.p);
	} while (eat(&c, ','));
	return none;
}

int64_t kql_json_count(kql_slice v) {
	if (v.s == NULL || v.n == 0 || v.s[0] != '[') return -1;
	cursor c = {v.s + 1, v.s + v.n};
	if (eat(&c, ']')) return 0;
	int64_t n = 0;
	do {
		if (!value(&c, 1)) return n;
		n++;
	} while (eat(&c, ','));
	return n;
}

kql_slice kql_json_at(kql_slice v, int64_t index) {
	if (index < 0) index += kql_json_count(v);
	if (index < 0 || v.s == NULL || v.n == 0 || v.s[0] != '[') return none;
	cursor c = {v.s + 1, v.s + v.n};
	do {
		const uint8_t *start = c.p;
		if (!value(&c, 1)) return none;
		if (index-- == 0) return whole(start, c.p);
	} while (eat(&c, ','));
	return none;
}

// path_key reads the key at p into b and returns what follows it.
static const uint8_t *path_key(kql_buffer *b, const uint8_t *p, const uint8_t *end) {
	for (; p < end && *p != '.' && *p != '['; p++) {
		if (*p == '\\' && p + 1 < end) p++;
		put1(b, *p);
	}
	return p;
}

static const uint8_t *path_index(int64_t *index, const uint8_t *p, const uint8_t *end) {
	bool negative = p < end && *p == '-';
	*index = 0;
	for (p += negative; p < end && *p != ']'; p++) *index = *index * 10 + (*p - '0');
	if (negative) *index = -*index;
	return p < end ? p + 1 : end;
}

kql_slice kql_json_path(const uint8_t *s, size_t n, const uint8_t *path, size_t path_n) {
	kql_slice v = whole(s, s + n);
	const uint8_t *p = path, *end = path + path_n;
	kql_buffer key = {0};
	while (p < end && v.s != NULL) {
		if (*p == '[') {
			int64_t index;
			p = path_index(&index, p + 1, end);
			v = kql_json_at(v, index);
			continue;
		}
		key.n = 0;
		p = path_key(&key, p + (*p == '.'), end);
		v = kql_json_key(v, key.s == NULL ? (const uint8_t *)"" : key.s, key.n);
	}
	kql_free(&key);
	return v;
}

bool kql_json_elements(kql_slice v, void (*each)(void *, kql_slice, kql_slice), void *to) {
	if (v.s == NULL || v.n == 0 || (v.s[0] != '[' && v.s[0] != '{')) return false;
	bool keyed = v.s[0] == '{';
	cursor c = {v.s + 1, v.s + v.n};
	if (eat(&c, keyed ? '}' : ']')) return true;
	do {
		space(&c);
		kql_slice key = none;
		if (keyed) {
			key.s = c.p;
			if (!string(&c)) return true;
			key.n = (size_t)(c.p - key.s);
			if (!eat(&c, ':')) return true;
		}
		const uint8_t *start = c.p;
		if (!value(&c, 1)) return true;
		each(to, key, whole(start, c.p));
	} while (eat(&c, ','));
	return true;
}

void kql_json_compact(kql_buffer *b, kql_slice v) {
	const uint8_t *p = v.s, *end = v.s + v.n;
	while (p < end) {
		const uint8_t *run = p;
		while (p < end && !is_space(*p)) {
			cursor c = {p, end};
			if (*p == '"' && string(&c)) {
				p = c.p;
			} else {
				p++;
			}
		}
		kql_put(b, run, (size_t)(p - run));
		while (p < end && is_space(*p)) p++;
	}
}

void kql_json_text(kql_buffer *b, kql_slice v) {
	if (v.s == NULL) return;
	cursor c = {v.s, v.s + v.n};
	if (string(&c) && c.p == c.end) {
		unquote(b, v);
	} else {
		kql_put(b, v.s, v.n);
	}
}

void kql_json_quote(kql_buffer *b, const uint8_t *s, size_t n) {
	static const char hex[] = "0123456789abcdef";
	put1(b, '"');
	size_t from = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = s[i];
		if (c >= 0x20 && c != '"' && c != '\\') continue;
		kql_put(b, s + from, i - from);
		from = i + 1;
		uint8_t esc[6] = {'\\', c, '0', '0', 0, 0};
		const char *short_form = memchr("\bb\ff\nn\rr\tt", c, 10);
		if (c >= 0x20) {
			kql_put(b, esc, 2);
		} else if (short_form != NULL) {
			esc[1] = (uint8_t)short_form[1];
			kql_put(b, esc, 2);
		} else {
			esc[1] = 'u';
			esc[4] = (uint8_t)hex[c >> 4];
			esc[5] = (uint8_t)hex[c & 15];
			kql_put(b, esc, 6);
		}
	}
	kql_put(b, s + from, n - from);
	put1(b, '"');
}
