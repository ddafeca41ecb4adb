package odata

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// kinds of tokens.
type kind uint8

const (
	end     kind = iota
	name         // of a field, a function or an operator
	literal      // a text in quotes, a number, a time, true, false or null
	mark         // ( ) ,
)

type token struct {
	kind  kind
	start int
	text  string // of a name or a mark
	value any    // of a literal
}

func (p *parser) wrong(at int, format string, args ...any) *Error {
	return &Error{utf8.RuneCountInString(p.text[:at]) + 1, fmt.Sprintf(format, args...)}
}

// next reads the next token.
func (p *parser) next() error {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	p.tok = token{start: p.at}
	if p.at == len(p.text) {
		return nil
	}
	switch c := p.text[p.at]; {
	case c == '\'':
		return p.quoted()
	case strings.IndexByte("(),", c) >= 0:
		p.at++
		p.tok.kind, p.tok.text = mark, string(c)
		return nil
	}
	return p.word()
}

// quoted reads a text; two quotes in it stand for one.
func (p *parser) quoted() error {
	var text strings.Builder
	for rest := p.text[p.at+1:]; ; {
		before, after, found := strings.Cut(rest, "'")
		if !found {
			return p.wrong(p.tok.start, "the text has no end: want a ' behind it")
		}
		text.WriteString(before)
		if !strings.HasPrefix(after, "'") {
			p.at = len(p.text) - len(after)
			p.tok.kind, p.tok.value = literal, text.String()
			return nil
		}
		text.WriteByte('\'')
		rest = after[1:]
	}
}

// word reads a name or a literal without quotes.
func (p *parser) word() error {
	rest := p.text[p.at:]
	n := strings.IndexAny(rest, " \t\r\n(),'")
	if n < 0 {
		n = len(rest)
	}
	text := rest[:n]
	p.at += n
	p.tok.kind, p.tok.text = name, text
	switch strings.ToLower(text) {
	case "true", "false":
		p.tok.kind, p.tok.value = literal, strings.EqualFold(text, "true")
		return nil
	case "null":
		p.tok.kind = literal
		return nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		p.tok.kind, p.tok.value = literal, t
	} else if f, err := strconv.ParseFloat(text, 64); err == nil && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') {
		p.tok.kind, p.tok.value = literal, f
	}
	return nil
}
