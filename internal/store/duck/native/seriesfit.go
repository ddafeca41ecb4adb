package native

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"
)

// Series functions that find lines, periods, outliers and anomalies.

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
