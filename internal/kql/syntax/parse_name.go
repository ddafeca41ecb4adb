package syntax

import "strings"

// A name in KQL is a word, ['any text'], or a keyword where it cannot be
// mistaken for one. How far a keyword may go depends on the place.

// nameLen returns how many tokens the name n tokens ahead has, 0 if there is
// none. Keywords must allow the use.
func (p *parser) nameLen(n int, use nameUse) int {
	switch t := p.peek(n); {
	case t.kind == kName:
		return 1
	case t.kind == kLBracket:
		return p.quotedLen(n)
	case t.kind == kLBrace:
		return p.bracedLen(n)
	case t.kind >= firstKeyword && t.use.allows(use):
		return 1
	}
	return 0
}

// allows tells whether a keyword of this use may stand where use is needed.
func (u nameUse) allows(use nameUse) bool {
	return u == always || u != never && u == use
}

// quotedLen returns the tokens of ['name'].
func (p *parser) quotedLen(n int) int {
	i := n + 1
	for p.peek(i).kind == kString {
		i++
	}
	if i == n+1 || p.peek(i).kind != kRBracket {
		return 0
	}
	return i + 1 - n
}

// bracedLen returns the tokens of {name}, a parameter that a client fills in.
func (p *parser) bracedLen(n int) int {
	word, end := p.peek(n+1), p.peek(n+2)
	if word.kind != kName && word.kind < firstKeyword || word.spaced || end.kind != kRBrace || end.spaced {
		return 0
	}
	return 3
}

// name reads a name, nil if there is none.
func (p *parser) name(use nameUse) *Ident {
	n := p.nameLen(0, use)
	if n == 0 {
		return nil
	}
	start := p.tok.start
	if p.at(kLBracket) {
		p.next()
		text := p.stringTokens()
		p.next()
		return &Ident{Span: p.since(start), Name: text, Quoted: true}
	}
	for range n {
		p.next()
	}
	return &Ident{Span: p.since(start), Name: p.text[start:p.end]}
}

// needName reads a name that must be there.
func (p *parser) needName(what string) *Ident {
	if id := p.name(always); id != nil {
		return id
	}
	return p.noName(what)
}

// needDeclared reads the name of something new, where more keywords will do.
func (p *parser) needDeclared(what string) *Ident {
	if id := p.name(declared); id != nil {
		return id
	}
	return p.noName(what)
}

// noName reports that a name is missing.
func (p *parser) noName(what string) *Ident {
	at := Span{p.start(), p.start()}
	if p.tok.kind >= firstKeyword {
		w := p.word(p.tok)
		p.fail(p.here(), "expected %s, found the keyword %q: write ['%s'] to use it as a name", what, w, w)
	}
	p.missing(what)
	return &Ident{Span: at}
}

// stringTokens takes adjacent strings and returns their value.
func (p *parser) stringTokens() string {
	first := stringValue(p.word(p.next()))
	if !p.at(kString) {
		return first
	}
	var b strings.Builder
	b.WriteString(first)
	for p.at(kString) {
		b.WriteString(stringValue(p.word(p.next())))
	}
	return b.String()
}

// wildLen returns how many tokens a name with stars has: T*, *x, a*b. They
// must touch. 0 if there is no star.
func (p *parser) wildLen(n int) int {
	i := n
	switch first := p.peek(n); {
	case first.kind == kStar:
		i++
	case isWildPart(first) && p.peek(n+1).kind == kStar && !p.peek(n+1).spaced:
		i += 2
	default:
		return 0
	}
	for {
		t := p.peek(i)
		if t.spaced || t.kind != kStar && t.kind != kLong && !isWildPart(t) {
			return i - n
		}
		i++
	}
}

func isWildPart(t token) bool {
	return t.kind == kName || t.kind >= firstKeyword && t.use.allows(declared)
}

// wildName reads a name with stars, also in brackets: [T*]; nil if there is
// none.
func (p *parser) wildName() *Ident {
	start, bracket := p.start(), 0
	if p.at(kLBracket) {
		bracket = 1
	}
	n := p.wildLen(bracket)
	if n == 0 || bracket == 1 && p.peek(1+n).kind != kRBracket {
		return nil
	}
	for range n + 2*bracket {
		p.next()
	}
	return &Ident{Span: p.since(start), Name: p.text[start+bracket : p.end-bracket], Wild: true}
}

// names reads names with commas between them.
func (p *parser) names(what string) []*Ident {
	list := []*Ident{p.needDeclared(what)}
	for p.accept(kComma) {
		list = append(list, p.needDeclared(what))
	}
	return list
}
