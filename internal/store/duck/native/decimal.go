package native

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Decimals are texts. They are compared by keys, texts that have the order of
// the numbers, and computed with as fractions.

const (
	// decimalDigits is how many digits a result has.
	decimalDigits = 34
	// maxExponent bounds the numbers that are computed with.
	maxExponent = 400
	// keyOffset makes the exponents in keys positive.
	keyOffset = 100_000
)

func decimalFunctions() []function {
	return []function{
		textToText("kql_decimal_key", decimalKey),
		toText("kql_decimal", []sqlType{text, text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			v, ok := computeDecimal(b.text(0, row), b.text(1, row), b.text(2, row))
			return append(dst, v...), ok
		}),
	}
}

// A decimalParts is a number as 0.digits times ten to the power of exponent.
type decimalParts struct {
	negative bool
	digits   string // without zeros at either end, empty for zero
	exponent int
}

func parseDecimal(s string) (decimalParts, bool) {
	var p decimalParts
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		p.negative, s = true, rest
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n > keyOffset/2 || n < -keyOffset/2 {
			return p, false
		}
		p.exponent, s = n, s[:i]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	all := whole + fraction
	if all == "" || strings.Trim(all, "0123456789") != "" || len(all) > keyOffset/4 {
		return p, false
	}
	p.digits = strings.TrimLeft(all, "0")
	p.exponent += len(whole) - (len(all) - len(p.digits))
	p.digits = strings.TrimRight(p.digits, "0")
	return p, true
}

// decimalKey makes a text of a number that sorts as the number does.
func decimalKey(s string) (string, bool) {
	p, ok := parseDecimal(s)
	switch {
	case !ok:
		return "", false
	case p.digits == "":
		return "1", true
	}
	key := fmt.Sprintf("%06d", p.exponent+keyOffset) + p.digits
	if !p.negative {
		return "2" + key, true
	}
	return "0" + strings.Map(func(r rune) rune { return '0' + '9' - r }, key) + "~", true
}

func decimalFraction(s string) (*big.Rat, bool) {
	p, ok := parseDecimal(s)
	if !ok || p.exponent > maxExponent || p.exponent < -maxExponent || len(p.digits) > maxExponent {
		return nil, false
	}
	sign := ""
	if p.negative {
		sign = "-"
	}
	return new(big.Rat).SetString(fmt.Sprintf("%s0.%se%d", sign, p.digits+"0", p.exponent))
}

// computeDecimal applies + - * / % or bin, which rounds down to a multiple.
func computeDecimal(op, x, y string) (string, bool) {
	a, okA := decimalFraction(x)
	b, okB := decimalFraction(y)
	if !okA || !okB {
		return "", false
	}
	r := new(big.Rat)
	switch op {
	case "+":
		return decimalText(r.Add(a, b)), true
	case "-":
		return decimalText(r.Sub(a, b)), true
	case "*":
		return decimalText(r.Mul(a, b)), true
	}
	if b.Sign() == 0 || op == "bin" && b.Sign() < 0 {
		return "", false
	}
	switch op {
	case "/":
		return decimalText(r.Quo(a, b)), true
	case "bin":
		return decimalText(r.Mul(b, floorQuotient(a, b))), true
	case "%":
		b.Abs(b)
		return decimalText(r.Sub(a, r.Mul(b, floorQuotient(a, b)))), true
	}
	return "", false
}

// floorQuotient is the greatest whole number that is not above a / b, for b
// above 0.
func floorQuotient(a, b *big.Rat) *big.Rat {
	q := new(big.Rat).Quo(a, b)
	return new(big.Rat).SetInt(new(big.Int).Div(q.Num(), q.Denom()))
}

// decimalText writes a number with as many digits as a decimal has.
func decimalText(r *big.Rat) string {
	const bits = 512
	text := new(big.Float).SetPrec(bits).SetRat(r).Text('e', decimalDigits-1)
	mantissa, power, _ := strings.Cut(text, "e")
	sign := ""
	if rest, ok := strings.CutPrefix(mantissa, "-"); ok {
		sign, mantissa = "-", rest
	}
	digits := strings.TrimRight(strings.Replace(mantissa, ".", "", 1), "0")
	exponent, err := strconv.Atoi(power)
	if err != nil || digits == "" {
		return "0"
	}
	point := exponent + 1 // where the point stands among the digits
	switch {
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + digits
	case point >= len(digits):
		return sign + digits + strings.Repeat("0", point-len(digits))
	}
	return sign + digits[:point] + "." + digits[point:]
}
