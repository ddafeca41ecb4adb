package syntax

// number reads what starts with a digit: a number, a timespan, a GUID, or a
// name such as 2fa.
func (l *lexer) number() token {
	rest := l.text[l.pos:]
	if n := rawGUID(rest); n > 0 {
		l.pos += n
		return token{kind: kRawGUID}
	}
	k, n := kReal, realLen(rest)
	if n == 0 {
		k, n = kTimespan, timespanLen(rest)
	}
	if n == 0 {
		k, n = kLong, longLen(rest)
	}
	if n == 0 {
		return l.digitWord(rest)
	}
	l.pos += n
	return token{kind: k}
}

// digitWord reads a name that starts with digits.
func (l *lexer) digitWord(rest string) token {
	n := wordLen(rest)
	l.pos += n
	k := keywordOf(rest[:n])
	return token{kind: k.kind, use: k.use}
}

func wordLen(s string) int {
	n := 0
	for n < len(s) && isWordByte(s[n]) {
		n++
	}
	return n
}

func digitsLen(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// ended returns n unless a letter or digit follows: 0 then.
func ended(s string, n int) int {
	if n < len(s) && isWordByte(s[n]) {
		return 0
	}
	return n
}

// longLen returns the length of a whole number, 0 if there is none.
func longLen(s string) int {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' && isHex(s[2]) {
		n := 3
		for n < len(s) && isHex(s[n]) {
			n++
		}
		return ended(s, n)
	}
	return ended(s, digitsLen(s))
}

// realLen returns the length of a number with a fraction or an exponent, 0 if
// there is none. In 1..2 the dots are a range.
func realLen(s string) int {
	n := digitsLen(s)
	at := func(i int) byte {
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	dot := at(n) == '.' && (at(n+1) != '.' || at(n+2) == '.')
	if dot {
		n++
		n += digitsLen(s[n:])
	}
	exp := exponentLen(s[n:])
	if !dot && exp == 0 {
		return 0
	}
	return ended(s, n+exp)
}

func exponentLen(s string) int {
	if len(s) < 2 || s[0]|0x20 != 'e' {
		return 0
	}
	n := 1
	if s[n] == '+' || s[n] == '-' {
		n++
	}
	digits := digitsLen(s[n:])
	if digits == 0 {
		return 0
	}
	return n + digits
}

// timespanLen returns the length of 1d, 1.5h and the like, 0 if there is none.
func timespanLen(s string) int {
	n := digitsLen(s)
	if n < len(s) && s[n] == '.' {
		if f := digitsLen(s[n+1:]); f > 0 {
			n += 1 + f
		}
	}
	unit := wordLen(s[n:])
	if _, ok := timespanUnits[s[n:n+unit]]; !ok {
		return 0
	}
	return n + unit
}

// rawGUID returns the length of a GUID at the head of s, 0 if there is none.
func rawGUID(s string) int {
	const length = 36
	if len(s) < length || s[8] != '-' || s[13] != '-' {
		return 0
	}
	for i := range length {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return 0
			}
		default:
			if !isHex(s[i]) {
				return 0
			}
		}
	}
	return length
}
