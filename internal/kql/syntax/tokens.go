package syntax

import (
	"strings"
	"unicode"
)

// A Class tells what a Token is to a reader.
type Class uint8

// The classes.
const (
	Name    Class = iota // a name that is no keyword
	Keyword              // of several words or with hyphens, too
	Value                // a literal
	Open                 // ( [ {
	Close                // ) ] }
	Sign                 // all other punctuation
)

// A Token is a piece of a query that white space or comments cannot be inside
// of, with the comments that stand before it.
type Token struct {
	Text     string
	Class    Class
	Spaced   bool // white space or a comment stands before it
	Blank    bool // a blank line does
	Comments []Comment
}

// A Comment is one with its slashes, or a directive.
type Comment struct {
	Text    string
	OwnLine bool // nothing but white space stands before it on its line
	Blank   bool // a blank line stands before it
}

// Tokens cuts a text into tokens. The last one has no text; it holds the
// comments at the end. It returns what is wrong with the tokens, each by itself.
func Tokens(text string) ([]Token, []Error) {
	l := lex(text)
	list := make([]Token, len(l.tokens))
	comments, from := l.comments, 0
	for i, t := range l.tokens {
		var own []Span
		for len(comments) > 0 && comments[0].Start < t.start {
			own, comments = append(own, comments[0]), comments[1:]
		}
		if t.kind == kEOF {
			own, comments = append(own, comments...), nil
		}
		list[i] = Token{Text: text[t.start:t.end], Class: classOf(t.kind), Spaced: t.spaced}
		list[i].Comments, from = commentsOf(text, own, from)
		list[i].Blank = strings.Count(text[from:t.start], "\n") > 1
		from = t.end
	}
	return list, l.errs
}

// commentsOf describes comments of which the first follows a place; it returns
// where the last one ends, before its line break.
func commentsOf(text string, spans []Span, from int) ([]Comment, int) {
	var list []Comment
	for _, s := range spans {
		breaks := strings.Count(text[from:s.Start], "\n")
		list = append(list, Comment{
			Text:    strings.TrimRightFunc(text[s.Start:s.End], unicode.IsSpace),
			OwnLine: breaks > 0 || from == 0, Blank: breaks > 1,
		})
		from = s.End
	}
	return list, from
}

func classOf(k kind) Class {
	switch k {
	case kName, kBad:
		return Name
	case kString, kLong, kReal, kTimespan, kBool, kTyped, kRawGUID:
		return Value
	case kLParen, kLBracket, kLBrace:
		return Open
	case kRParen, kRBracket, kRBrace:
		return Close
	}
	if k < firstKeyword {
		return Sign
	}
	return Keyword
}
