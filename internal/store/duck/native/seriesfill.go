package native

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Series functions that fill gaps, filter and transform.

// isMissing tells whether an element is the placeholder of missing ones; null
// is it by default and always stands for NaN, too.
func isMissing(v, placeholder string) bool {
	if placeholder == "" || placeholder == "null" {
		return v == "null" || v == `"NaN"` || v == `""`
	}
	return same(v, placeholder)
}

func (a seriesArgs) placeholder(i int) string {
	if i < len(a) {
		return a[i]
	}
	return "null"
}

// seriesFill takes the neighbour's value for a missing one: the one before if
// the last argument says forward, the one behind otherwise.
func seriesFill(a seriesArgs) (string, bool) {
	list, ok := elements(a[0])
	forward := a[len(a)-1] == `"forward"`
	missing := "null"
	if len(a) > 2 {
		missing = a[1]
	}
	if !forward {
		slices.Reverse(list)
	}
	for i := 1; i < len(list); i++ {
		if isMissing(list[i], missing) && !isMissing(list[i-1], missing) {
			list[i] = list[i-1]
		}
	}
	if !forward {
		slices.Reverse(list)
	}
	return string(array(nil, list)), ok
}

func seriesFillConst(a seriesArgs) (string, bool) {
	list, ok := elements(a[0])
	for i, v := range list {
		if len(a) > 1 && isMissing(v, a.placeholder(2)) {
			list[i] = a[1]
		}
	}
	return string(array(nil, list)), ok
}

// seriesFillLinear keeps whole numbers whole, as the function's documentation
// shows.
func seriesFillLinear(a seriesArgs) (string, bool) {
	list, ok := elements(a[0])
	y := make([]float64, len(list))
	whole, known := true, false
	for i, v := range list {
		y[i] = math.NaN()
		if n, isNumber := parseNumber(v); isNumber && !isMissing(v, a.placeholder(1)) {
			y[i], known = n, true
			whole = whole && typeOf(v) == "long"
		}
	}
	filled := fillLinear(y, a.bool(2, true), a.number(3, 0))
	if !whole || !known {
		return numbers(filled), ok
	}
	for i, v := range filled {
		list[i] = "null"
		if !math.IsNaN(v) {
			list[i] = strconv.FormatInt(int64(v), 10)
		}
	}
	return string(array(nil, list)), ok
}

func seriesFIR(a seriesArgs) (string, bool) {
	y, ok := a.series(0)
	filter, okFilter := a.series(1)
	if !ok || !okFilter {
		return "", false
	}
	sum, negative := 0.0, false
	for _, c := range filter {
		sum += c
		negative = negative || c < 0
	}
	if a.bool(2, !negative) {
		if negative || sum == 0 {
			return "", false
		}
		for i := range filter {
			filter[i] /= sum
		}
	}
	if len(y)*len(filter) > maxWork {
		return "", false
	}
	return numbers(finiteFilter(y, filter, a.bool(3, false))), true
}

// maxWork bounds what functions do whose work grows with the product of two
// lengths.
const maxWork = 1 << 28

func seriesIIR(a seriesArgs) (string, bool) {
	y, ok := a.series(0)
	numerators, okN := a.series(1)
	denominators, okD := a.series(2)
	if !ok || !okN || !okD || len(denominators) == 0 || denominators[0] == 0 || len(y)*(len(numerators)+len(denominators)) > maxWork {
		return "", false
	}
	return numbers(recursiveFilter(y, numerators, denominators)), true
}

func seriesFFT(a seriesArgs) (string, bool) {
	return transform(a, func(fft *fourier.CmplxFFT, c []complex128) []complex128 { return fft.Coefficients(nil, c) })
}

func seriesIFFT(a seriesArgs) (string, bool) {
	return transform(a, func(fft *fourier.CmplxFFT, c []complex128) []complex128 {
		out := fft.Sequence(nil, c)
		for i := range out {
			out[i] /= complex(float64(len(out)), 0)
		}
		return out
	})
}

// transform takes real and imaginary parts, the latter optional.
func transform(a seriesArgs, f func(*fourier.CmplxFFT, []complex128) []complex128) (string, bool) {
	re, ok := a.complete(0)
	im := make([]float64, len(re))
	if len(a) > 1 && a[1] != "null" {
		given, okIm := a.complete(1)
		ok = ok && okIm && len(given) == len(re)
		copy(im, given)
	}
	if !ok {
		return "", false
	}
	c := make([]complex128, len(re))
	for i := range c {
		c[i] = complex(re[i], im[i])
	}
	c = f(fourier.NewCmplxFFT(len(c)), c)
	for i, v := range c {
		re[i], im[i] = imag(v*1i), imag(v) // real is a type of this package
	}
	return string(bag(nil, []member{{"real", numbers(re)}, {"imag", numbers(im)}})), true
}
