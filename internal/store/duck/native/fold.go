package native

/*
#include "text.h"
*/
import "C"

import (
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// How a needle has to lie in a text.
const (
	equals = iota
	starts
	ends
	contains
	has
	hasPrefix
	hasSuffix
)

// fold maps letters of either case to one. ASCII letters fold with ASCII
// letters only, so that a search for ASCII text needs no decoding.
func fold(r rune) rune {
	l := unicode.ToLower(r)
	if l < utf8.RuneSelf && r >= utf8.RuneSelf {
		return r
	}
	return l
}

// isTerm tells whether terms are made of r.
func isTerm(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// match is the definition of the string operators; the C code is the fast way
// to the same answer.
func match(mode int, ignoreCase bool, text, needle string) bool {
	if ignoreCase {
		text, needle = strings.Map(fold, text), strings.Map(fold, needle)
	}
	switch mode {
	case equals:
		return text == needle
	case starts:
		return strings.HasPrefix(text, needle)
	case ends:
		return strings.HasSuffix(text, needle)
	}
	for at := 0; at <= len(text); at++ {
		i := strings.Index(text[at:], needle)
		if i < 0 {
			return false
		}
		if at += i; bounded(mode, text, needle, at) {
			return true
		}
	}
	return false
}

// bounded tells whether the needle at text[at] cuts no term in two.
func bounded(mode int, text, needle string, at int) bool {
	if mode == contains || needle == "" {
		return true
	}
	first, _ := utf8.DecodeRuneInString(needle)
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	if mode != hasSuffix && isTerm(first) && isTerm(before) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(needle)
	after, _ := utf8.DecodeRuneInString(text[at+len(needle):])
	return mode == hasPrefix || !isTerm(last) || !isTerm(after)
}

// kqlMatchFold is match without regard to case, for needles that are not
// ASCII.
//
//export kqlMatchFold
func kqlMatchFold(mode C.int, needle unsafe.Pointer, needleLen C.uint32_t, text unsafe.Pointer, textLen C.uint32_t) C.bool {
	t := unsafe.String((*byte)(text), int(textLen))
	n := unsafe.String((*byte)(needle), int(needleLen))
	return C.bool(match(int(mode), true, t, n))
}

// kqlTermStarts tells whether the first character of a text is one that terms
// are made of.
//
//export kqlTermStarts
func kqlTermStarts(text unsafe.Pointer, n C.uint32_t) C.bool {
	r, _ := utf8.DecodeRuneInString(unsafe.String((*byte)(text), int(n)))
	return C.bool(isTerm(r))
}
