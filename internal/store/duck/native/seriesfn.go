package native

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"
)

// The series functions as KQL calls them: the arguments come as one array, the
// result is an array, a number, or a bag with a property for each column.

func seriesMathFunctions() []function {
	fs := []function{
		seriesFunction("kql_series_dot_product", ofTwo(func(a, b []float64) float64 {
			sum := 0.0
			for i, v := range a {
				sum += v * b[i]
			}
			return sum
		})),
		seriesFunction("kql_series_cosine_similarity", ofTwo(func(a, b []float64) float64 {
			var ab, aa, bb float64
			for i, v := range a {
				ab, aa, bb = ab+v*b[i], aa+v*v, bb+b[i]*b[i]
			}
			return ab / math.Sqrt(aa*bb)
		})),
		seriesFunction("kql_series_pearson", ofTwo(func(a, b []float64) float64 { return stat.Correlation(a, b, nil) })),
		seriesFunction("kql_series_magnitude", ofOne(func(y []float64) float64 {
			sum := 0.0
			for _, v := range y {
				sum += v * v
			}
			return math.Sqrt(sum)
		})),
		seriesFunction("kql_series_sum", ofOne(func(y []float64) float64 {
			sum := 0.0
			for _, v := range y {
				sum += v
			}
			return sum
		})),
		seriesFunction("kql_series_product", ofOne(func(y []float64) float64 {
			product := 1.0
			for _, v := range y {
				product *= v
			}
			return product
		})),
		seriesFunction("kql_series_stats", seriesStats),
		seriesFunction("kql_series_fill", seriesFill),
		seriesFunction("kql_series_fill_const", seriesFillConst),
		seriesFunction("kql_series_fill_linear", seriesFillLinear),
		seriesFunction("kql_series_fir", seriesFIR),
		seriesFunction("kql_series_iir", seriesIIR),
		seriesFunction("kql_series_fft", seriesFFT),
		seriesFunction("kql_series_ifft", seriesIFFT),
		seriesFunction("kql_series_fit_line", func(a seriesArgs) (string, bool) {
			y, ok := a.complete(0)
			return lineBag(fitLine(y)), ok
		}),
		seriesFunction("kql_series_fit_2lines", seriesFit2Lines),
		seriesFunction("kql_series_fit_poly", seriesFitPoly),
		seriesFunction("kql_series_outliers", seriesOutliers),
		seriesFunction("kql_series_periods_detect", seriesPeriodsDetect),
		seriesFunction("kql_series_periods_validate", seriesPeriodsValidate),
		seriesFunction("kql_series_seasonal", seriesSeasonal),
		seriesFunction("kql_series_decompose", seriesDecompose),
		seriesFunction("kql_series_forecast", seriesForecast),
		seriesFunction("kql_series_anomalies", seriesAnomalies),
	}
	for name, f := range elementwise {
		fs = append(fs, seriesFunction("kql_series_"+name, func(a seriesArgs) (string, bool) { return a.elementwise(f) }))
	}
	for name, f := range compared {
		fs = append(fs, seriesFunction("kql_series_"+name, func(a seriesArgs) (string, bool) { return a.compared(f) }))
	}
	for name, f := range single {
		fs = append(fs, seriesFunction("kql_series_"+name, func(a seriesArgs) (string, bool) {
			y, ok := a.series(0)
			for i, v := range y {
				y[i] = f(v)
			}
			return numbers(y), ok
		}))
	}
	slices.SortFunc(fs, func(a, b function) int { return cmpText(a.name, b.name) })
	return fs
}

func cmpText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

var elementwise = map[string]func(a, b float64) float64{
	"add":      func(a, b float64) float64 { return a + b },
	"subtract": func(a, b float64) float64 { return a - b },
	"multiply": func(a, b float64) float64 { return a * b },
	"divide":   func(a, b float64) float64 { return a / b },
	"pow":      math.Pow,
}

var compared = map[string]func(a, b float64) bool{
	"equals":         func(a, b float64) bool { return a == b },
	"not_equals":     func(a, b float64) bool { return a != b },
	"greater":        func(a, b float64) bool { return a > b },
	"greater_equals": func(a, b float64) bool { return a >= b },
	"less":           func(a, b float64) bool { return a < b },
	"less_equals":    func(a, b float64) bool { return a <= b },
}

var single = map[string]func(float64) float64{
	"abs": math.Abs, "exp": math.Exp, "sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "asin": math.Asin,
	"acos": math.Acos, "atan": math.Atan, "floor": math.Floor, "ceiling": math.Ceil, "log": math.Log,
	"sign": func(v float64) float64 {
		if v == 0 || math.IsNaN(v) {
			return v
		}
		return math.Copysign(1, v)
	},
}

// seriesArgs are the arguments of a call as JSON texts.
type seriesArgs []string

func seriesFunction(name string, f func(seriesArgs) (string, bool)) function {
	return textToText(name, func(s string) (string, bool) {
		args, ok := elements(s)
		if !ok {
			return "", false
		}
		return f(args)
	})
}

// series returns an argument's numbers, NaN for what is none.
func (a seriesArgs) series(i int) ([]float64, bool) {
	if i >= len(a) {
		return nil, false
	}
	list, ok := elements(a[i])
	y := make([]float64, len(list))
	for i, v := range list {
		y[i] = math.NaN()
		if n, isNumber := parseNumber(v); isNumber {
			y[i] = n
		}
	}
	return y, ok
}

// complete is series for those without a gap that are not empty.
func (a seriesArgs) complete(i int) ([]float64, bool) {
	y, ok := a.series(i)
	return y, ok && len(y) > 0 && !slices.ContainsFunc(y, notFinite)
}

func notFinite(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

// number returns an argument, or what stands for it if it is missing.
func (a seriesArgs) number(i int, missing float64) float64 {
	if i < len(a) {
		if v, ok := parseNumber(a[i]); ok {
			return v
		}
	}
	return missing
}

func (a seriesArgs) text(i int, missing string) string {
	if i < len(a) && typeOf(a[i]) == "string" {
		return plain(a[i])
	}
	return missing
}

func (a seriesArgs) bool(i int, missing bool) bool {
	if i < len(a) && (a[i] == "true" || a[i] == "false") {
		return a[i] == "true"
	}
	return missing
}

// numbers writes a series; what is missing is null.
func numbers(y []float64) string {
	list := make([]string, len(y))
	for i, v := range y {
		list[i] = "null"
		if !math.IsNaN(v) {
			list[i] = string(appendRealJSON(nil, v))
		}
	}
	return string(array(nil, list))
}

func numberText(v float64) string { return string(appendRealJSON(nil, v)) }

// pair returns the numbers of two arguments, the shorter one extended; a plain
// number stands for a series of it.
func (a seriesArgs) pair() (x, y []float64, ok bool) {
	if len(a) < 2 {
		return nil, nil, false
	}
	x, okX := a.series(0)
	y, okY := a.series(1)
	if v, isNumber := parseNumber(a[0]); isNumber && okY {
		x, okX = slices.Repeat([]float64{v}, len(y)), true
	}
	if v, isNumber := parseNumber(a[1]); isNumber && okX {
		y, okY = slices.Repeat([]float64{v}, len(x)), true
	}
	for len(x) < len(y) {
		x = append(x, math.NaN())
	}
	for len(y) < len(x) {
		y = append(y, math.NaN())
	}
	return x, y, okX && okY
}

func (a seriesArgs) elementwise(f func(a, b float64) float64) (string, bool) {
	x, y, ok := a.pair()
	for i, v := range x {
		x[i] = f(v, y[i])
		if math.IsNaN(v) || math.IsNaN(y[i]) {
			x[i] = math.NaN()
		}
	}
	return numbers(x), ok
}

func (a seriesArgs) compared(f func(a, b float64) bool) (string, bool) {
	x, y, ok := a.pair()
	list := make([]string, len(x))
	for i, v := range x {
		list[i] = "null"
		if !math.IsNaN(v) && !math.IsNaN(y[i]) {
			list[i] = strconv.FormatBool(f(v, y[i]))
		}
	}
	return string(array(nil, list)), ok
}

func ofOne(f func([]float64) float64) func(seriesArgs) (string, bool) {
	return func(a seriesArgs) (string, bool) {
		y, ok := a.series(0)
		if !ok || len(y) == 0 {
			return "", false
		}
		v := f(y)
		return numberText(v), !math.IsNaN(v)
	}
}

func ofTwo(f func(a, b []float64) float64) func(seriesArgs) (string, bool) {
	return func(a seriesArgs) (string, bool) {
		x, y, ok := a.pair()
		if !ok || len(x) == 0 {
			return "", false
		}
		v := f(x, y)
		return numberText(v), !math.IsNaN(v)
	}
}

// seriesStats gives nothing for a series with gaps unless they are to be
// ignored.
func seriesStats(a seriesArgs) (string, bool) {
	y, ok := a.series(0)
	if !ok {
		return "", false
	}
	ignore := a.bool(1, false)
	least, most, count := -1, -1, 0
	var known []float64
	for i, v := range y {
		if notFinite(v) {
			if !ignore {
				return "", false
			}
			continue
		}
		known = append(known, v)
		count++
		if least < 0 || v < y[least] {
			least = i
		}
		if most < 0 || v > y[most] {
			most = i
		}
	}
	if count == 0 {
		return "", false
	}
	variance := 0.0
	if count > 1 {
		variance = stat.Variance(known, nil)
	}
	sum := 0.0
	for _, v := range known {
		sum += v
	}
	return string(bag(nil, []member{
		{"min", numberText(y[least])},
		{"min_idx", strconv.Itoa(least)},
		{"max", numberText(y[most])},
		{"max_idx", strconv.Itoa(most)},
		{"avg", numberText(sum / float64(count))},
		{"stdev", numberText(math.Sqrt(variance))},
		{"variance", numberText(variance)},
		{"sum", numberText(sum)},
		{"len", strconv.Itoa(count)},
	})), true
}
