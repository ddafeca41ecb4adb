package native

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/dsp/fourier"
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

func lineBag(l line) string {
	return string(bag(nil, []member{
		{"rsquare", numberText(l.rsquare)},
		{"slope", numberText(l.slope)},
		{"variance", numberText(l.variance)},
		{"rvariance", numberText(l.rvariance)},
		{"interception", numberText(l.interception)},
		{"line_fit", numbers(l.fit)},
	}))
}

func seriesFit2Lines(a seriesArgs) (string, bool) {
	y, ok := a.complete(0)
	if !ok {
		return "", false
	}
	split, left, right := fitTwoLines(y)
	variance, rest := 0.0, 0.0
	if len(y) > 1 {
		variance = stat.Variance(y, nil)
		rest = (left.rvariance*float64(max(split-1, 0)) + right.rvariance*float64(max(len(y)-split-1, 0))) / float64(len(y)-1)
	}
	return string(bag(nil, []member{
		{"rsquare", numberText(explained(variance, rest))},
		{"split_idx", strconv.Itoa(split)},
		{"variance", numberText(variance)},
		{"rvariance", numberText(rest)},
		{"line_fit", numbers(append(slices.Clone(left.fit), right.fit...))},
		{"right_rsquare", numberText(right.rsquare)},
		{"right_slope", numberText(right.slope)},
		{"right_interception", numberText(right.interception)},
		{"right_variance", numberText(right.variance)},
		{"right_rvariance", numberText(right.rvariance)},
		{"left_rsquare", numberText(left.rsquare)},
		{"left_slope", numberText(left.slope)},
		{"left_interception", numberText(left.interception)},
		{"left_variance", numberText(left.variance)},
		{"left_rvariance", numberText(left.rvariance)},
	})), true
}

func seriesFitPoly(a seriesArgs) (string, bool) {
	y, ok := a.complete(0)
	degree := 1
	x := places(len(y))
	for i := range x {
		x[i]++
	}
	if len(a) > 1 && a[1] != "null" {
		if given, isSeries := a.complete(1); isSeries && len(given) == len(y) {
			x = given
			degree = int(a.number(2, 1))
		} else {
			degree = int(a.number(1, 1))
		}
	}
	if !ok || degree > 100 || len(y)*degree*degree > maxWork {
		return "", false
	}
	coefficients, fit, ok := fitPolynomial(x, y, degree)
	if !ok {
		return "", false
	}
	variance, rest := 0.0, 0.0
	for i, v := range y {
		rest += (v - fit[i]) * (v - fit[i])
	}
	if len(y) > 1 {
		variance = stat.Variance(y, nil)
		rest /= float64(len(y) - 1)
	}
	return string(bag(nil, []member{
		{"rsquare", numberText(explained(variance, rest))},
		{"coefficients", numbers(coefficients)},
		{"variance", numberText(variance)},
		{"rvariance", numberText(rest)},
		{"poly_fit", numbers(fit)},
	})), true
}

func seriesOutliers(a seriesArgs) (string, bool) {
	y, ok := a.series(0)
	low, high := 10.0, 90.0
	if a.text(1, "ctukey") == "tukey" {
		low, high = 25, 75
	} else {
		low, high = a.number(3, low), a.number(4, high)
	}
	if ignore := a.placeholder(2); ignore != "null" {
		for i, v := range y {
			if v == a.number(2, math.NaN()) {
				y[i] = math.NaN()
			}
		}
	}
	if low < 0 || high > 100 || low >= high {
		return "", false
	}
	return numbers(outlierScores(y, low, high)), ok
}

func periodsBag(list []period) string {
	lengths, scores := make([]float64, len(list)), make([]float64, len(list))
	for i, p := range list {
		lengths[i], scores[i] = p.length, p.score
	}
	return string(bag(nil, []member{{"periods", numbers(lengths)}, {"scores", numbers(scores)}}))
}

func seriesPeriodsDetect(a seriesArgs) (string, bool) {
	y, ok := a.complete(0)
	count := int(min(a.number(3, 1), 64))
	found := detectPeriods(y, a.number(1, 0), a.number(2, float64(len(y))), count)
	for len(found) < count {
		found = append(found, period{})
	}
	return periodsBag(found), ok
}

// seriesPeriodsValidate scores given periods by the autocorrelation there.
func seriesPeriodsValidate(a seriesArgs) (string, bool) {
	y, ok := a.complete(0)
	acf := autocorrelation(y)
	var list []period
	for _, v := range a[1:] {
		each, isArray := elements(v)
		if !isArray {
			each = []string{v}
		}
		for _, w := range each {
			length, _ := parseNumber(w)
			p := period{length: length}
			if at := int(math.Round(length)); at >= shortestPeriod && at < len(acf) {
				p.score = min(max(acf[at], 0), 1)
			}
			list = append(list, p)
		}
	}
	return periodsBag(list), ok
}

func seriesSeasonal(a seriesArgs) (string, bool) {
	y, ok := a.series(0)
	if !ok || len(y) == 0 {
		return "[]", ok
	}
	length := a.number(1, -1)
	if length < 0 {
		length = bestPeriod(fillLinear(y, true, 0), 0.7)
	}
	return numbers(seasonal(y, int(length))), true
}

// decomposed reads series, seasonality, trend, test points and threshold from
// one argument on.
func (a seriesArgs) decomposed(from int) (decomposition, []float64, bool) {
	y, ok := a.series(0)
	test := a.number(from+2, 0)
	return decompose(y, a.number(from, -1), a.text(from+1, "avg"), int(min(max(test, 0), float64(len(y)))), a.number(from+3, 0.6)), y, ok && len(y) > 0
}

func seriesDecompose(a seriesArgs) (string, bool) {
	d, _, ok := a.decomposed(1)
	return string(bag(nil, []member{
		{"baseline", numbers(d.baseline)}, {"seasonal", numbers(d.seasonal)}, {"trend", numbers(d.trend)}, {"residual", numbers(d.residual)},
	})), ok
}

// seriesForecast learns from all but the last points and gives the baseline in
// their place.
func seriesForecast(a seriesArgs) (string, bool) {
	y, ok := a.series(0)
	points := int(min(max(a.number(1, 0), 0), float64(len(y))))
	d := decompose(y, a.number(2, -1), a.text(3, "linefit"), points, a.number(4, 0.6))
	return string(bag(nil, []member{
		{"baseline", numbers(d.baseline)}, {"seasonal", numbers(d.seasonal)}, {"trend", numbers(d.trend)}, {"residual", numbers(d.residual)},
	})), ok && len(y) > 0
}

// seriesAnomalies scores what the baseline leaves over.
func seriesAnomalies(a seriesArgs) (string, bool) {
	y, ok := a.series(0)
	threshold := a.number(1, 1.5)
	test := int(min(max(a.number(4, 0), 0), float64(len(y))))
	d := decompose(y, a.number(2, -1), a.text(3, "avg"), test, a.number(6, 0.6))
	low, high := 10.0, 90.0
	if a.text(5, "ctukey") == "tukey" {
		low, high = 25, 75
	}
	scores := outlierScores(d.residual, low, high)
	flags := make([]string, len(scores))
	for i, s := range scores {
		flags[i] = "0"
		switch {
		case s > threshold:
			flags[i] = "1"
		case s < -threshold:
			flags[i] = "-1"
		}
	}
	return string(bag(nil, []member{
		{"ad_flag", string(array(nil, flags))}, {"ad_score", numbers(scores)}, {"baseline", numbers(d.baseline)},
	})), ok && len(y) > 0
}
