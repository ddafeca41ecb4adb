package native

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

func measureFunctions() []function {
	reals := func(n int) []sqlType {
		types := make([]sqlType, n)
		for i := range types {
			types[i] = real
		}
		return types
	}
	beta := func(name string, f func(x, a, b float64) float64) function {
		return toValue(name, reals(3), real, func(b *batch, row int) (float64, bool) {
			return f(b.real(0, row), b.real(1, row), b.real(2, row)), true
		})
	}
	ofReal := func(name string, f func(x float64) float64) function {
		return toValue(name, reals(1), real, func(b *batch, row int) (float64, bool) { return f(b.real(0, row)), true })
	}
	return []function{
		ofReal("kql_gamma", math.Gamma),
		ofReal("kql_loggamma", func(x float64) float64 {
			log, _ := math.Lgamma(x)
			return log
		}),
		ofReal("kql_cot", func(x float64) float64 { return 1 / math.Tan(x) }),
		ofReal("kql_expm1", math.Expm1),
		ofReal("kql_log1p", math.Log1p),
		ofReal("kql_erf", math.Erf),
		ofReal("kql_erfc", math.Erfc),
		beta("kql_beta_cdf", betaCDF),
		beta("kql_beta_pdf", betaPDF),
		toValue("kql_beta_inv", reals(3), real, func(b *batch, row int) (float64, bool) {
			return betaInv(b.real(0, row), b.real(1, row), b.real(2, row))
		}),
		toValue("kql_welch_test", reals(6), real, func(b *batch, row int) (float64, bool) {
			return welch(b.real(0, row), b.real(1, row), b.real(2, row), b.real(3, row), b.real(4, row), b.real(5, row))
		}),
		toText("kql_format_bytes", []sqlType{real, long, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return append(dst, bytesText(b.real(0, row), b.long(1, row), b.text(2, row))...), true
		}),
	}
}

// The beta distribution, from x in [0, 1] and alpha, beta > 0; NaN elsewhere.

func betaCDF(x, a, b float64) float64 {
	if x < 0 || x > 1 || a <= 0 || b <= 0 || math.IsNaN(x+a+b) {
		return math.NaN()
	}
	return mathext.RegIncBeta(a, b, x)
}

// betaInv has no value where p is no probability.
func betaInv(p, a, b float64) (float64, bool) {
	switch {
	case p <= 0 || p > 1:
		return 0, false
	case a <= 0 || b <= 0 || math.IsNaN(p+a+b):
		return math.NaN(), true
	}
	return mathext.InvRegIncBeta(a, b, p), true
}

func betaPDF(x, a, b float64) float64 {
	if x < 0 || x > 1 || a <= 0 || b <= 0 || math.IsNaN(x+a+b) {
		return math.NaN()
	}
	return distuv.Beta{Alpha: a, Beta: b}.Prob(x)
}

// welch returns the p-value of Welch's test for two samples, given mean,
// variance and number of values of each.
func welch(mean1, variance1, n1, mean2, variance2, n2 float64) (float64, bool) {
	a, b := variance1/n1, variance2/n2
	if n1 < 2 || n2 < 2 || a+b <= 0 {
		return 0, false
	}
	t := (mean1 - mean2) / math.Sqrt(a+b)
	freedom := (a + b) * (a + b) / (a*a/(n1-1) + b*b/(n2-1))
	return 2 * distuv.StudentsT{Sigma: 1, Nu: freedom}.CDF(-math.Abs(t)), true
}

// bytesText writes a number of bytes with a unit of 1,024 times the one before.
func bytesText(n float64, precision int64, unit string) string {
	units := []string{"Bytes", "KB", "MB", "GB", "TB", "PB", "EB"}
	at := 0
	for i, u := range units {
		if strings.EqualFold(u, unit) || i == 0 && strings.EqualFold(unit, "B") {
			at = i
		}
	}
	if unit == "" {
		for abs := max(n, -n); abs >= 1024 && at < len(units)-1; at++ {
			abs /= 1024
		}
	}
	for range at {
		n /= 1024
	}
	text := strconv.FormatFloat(n, 'f', int(min(max(precision, 0), 15)), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text + " " + units[at]
}
