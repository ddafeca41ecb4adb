package native

import (
	"cmp"
	"math"
	"math/cmplx"
	"slices"
	"sort"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// What the series functions compute. A series is numbers at equal distances;
// NaN stands for one that is missing.

// A line is a least-squares fit of a line to a series. Variances are those of a
// sample: sums of squares by one less than the number of values.
type line struct {
	rsquare, slope, variance, rvariance, interception float64
	fit                                               []float64
}

func places(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i)
	}
	return x
}

func fitLine(y []float64) line {
	return fitLineAt(places(len(y)), y)
}

func fitLineAt(x, y []float64) line {
	l := line{fit: make([]float64, len(y))}
	if len(y) < 2 {
		copy(l.fit, y)
		if len(y) == 1 {
			l.interception = y[0]
		}
		return l
	}
	l.interception, l.slope = stat.LinearRegression(x, y, nil, false)
	var rest float64
	for i, v := range y {
		l.fit[i] = l.interception + l.slope*x[i]
		rest += (v - l.fit[i]) * (v - l.fit[i])
	}
	l.variance, l.rvariance = stat.Variance(y, nil), rest/float64(len(y)-1)
	l.rsquare = explained(l.variance, l.rvariance)
	return l
}

// explained is the part of a variance that a fit explains, within [0, 1].
func explained(variance, rest float64) float64 {
	if variance == 0 {
		return 1
	}
	return max(1-rest/variance, 0)
}

// fitTwoLines finds where to split a series so that a line to the left and one
// to the right fit it best. It returns the first place of the right part.
func fitTwoLines(y []float64) (split int, left, right line) {
	x := places(len(y))
	best := math.Inf(1)
	sums := newLineSums(y)
	for at := 2; at <= len(y)-2; at++ {
		if rest := sums.rest(0, at) + sums.rest(at, len(y)); rest < best {
			best, split = rest, at
		}
	}
	if split == 0 {
		return 0, line{}, fitLine(y)
	}
	return split, fitLineAt(x[:split], y[:split]), fitLineAt(x[split:], y[split:])
}

// lineSums are running sums from which the error of a line through any part of
// a series follows.
type lineSums struct{ x, y, xx, xy, yy []float64 }

func newLineSums(y []float64) *lineSums {
	n := len(y) + 1
	s := &lineSums{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	for i, v := range y {
		x := float64(i)
		s.x[i+1], s.y[i+1] = s.x[i]+x, s.y[i]+v
		s.xx[i+1], s.xy[i+1], s.yy[i+1] = s.xx[i]+x*x, s.xy[i]+x*v, s.yy[i]+v*v
	}
	return s
}

// rest is the sum of squared errors of the line through places from to to.
func (s *lineSums) rest(from, to int) float64 {
	n := float64(to - from)
	x, y := s.x[to]-s.x[from], s.y[to]-s.y[from]
	sxx := s.xx[to] - s.xx[from] - x*x/n
	sxy := s.xy[to] - s.xy[from] - x*y/n
	syy := s.yy[to] - s.yy[from] - y*y/n
	if sxx == 0 {
		return syy
	}
	return max(syy-sxy*sxy/sxx, 0)
}

// fitPolynomial returns the coefficients, the highest power first, and the
// values of the polynomial of a degree that fits best.
func fitPolynomial(x, y []float64, degree int) (coefficients, fit []float64, ok bool) {
	n := len(y)
	if n <= degree || degree < 0 || n == 0 {
		return nil, nil, false
	}
	m := mat.NewDense(n, degree+1, nil)
	for i := range n {
		v := 1.0
		for j := range degree + 1 {
			m.Set(i, degree-j, v)
			v *= x[i]
		}
	}
	var c mat.VecDense
	if err := c.SolveVec(m, mat.NewVecDense(n, slices.Clone(y))); err != nil {
		if _, bad := err.(mat.Condition); !bad { //nolint:errorlint // mat returns the type itself
			return nil, nil, false
		}
	}
	var f mat.VecDense
	f.MulVec(m, &c)
	return c.RawVector().Data, f.RawVector().Data, true
}

// percentileOf interpolates between the nearest ranks of sorted values.
func percentileOf(sorted []float64, p float64) float64 {
	at := p / 100 * float64(len(sorted)-1)
	low := int(math.Floor(at))
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// outlierScores tells how far each value lies beyond two percentiles, in
// distances between them; 0 within. It is Tukey's test; more than 1.5 is an
// outlier, more than 3 a strong one.
func outlierScores(y []float64, low, high float64) []float64 {
	known := slices.DeleteFunc(slices.Clone(y), math.IsNaN)
	scores := make([]float64, len(y))
	if len(known) == 0 {
		return scores
	}
	sort.Float64s(known)
	a, b := percentileOf(known, low), percentileOf(known, high)
	width := (b - a) * normalWidth / tukeyWidth(low, high)
	for i, v := range y {
		switch {
		case math.IsNaN(v):
		case v > b:
			scores[i] = beyond(v-b, width)
		case v < a:
			scores[i] = -beyond(a-v, width)
		}
	}
	return scores
}

// normalWidth is the distance between the quartiles of a normal distribution in
// standard deviations: scores of other percentiles are given in the same
// measure, so that one threshold serves all.
const normalWidth = 1.3489795003921634

func tukeyWidth(low, high float64) float64 {
	return math.Sqrt2 * (math.Erfinv(2*high/100-1) - math.Erfinv(2*low/100-1))
}

func beyond(distance, width float64) float64 {
	if width == 0 {
		return math.Copysign(math.MaxFloat64, distance)
	}
	return distance / width
}

// autocorrelation returns the correlation of a series with itself at every
// distance up to half its length.
func autocorrelation(y []float64) []float64 {
	n := len(y)
	if n < 4 {
		return nil
	}
	mean := stat.Mean(y, nil)
	size := 1
	for size < 2*n {
		size *= 2
	}
	padded := make([]float64, size)
	for i, v := range y {
		padded[i] = v - mean
	}
	fft := fourier.NewFFT(size)
	c := fft.Coefficients(nil, padded)
	for i, v := range c {
		c[i] = complex(power(v), 0)
	}
	r := fft.Sequence(nil, c)
	if r[0] <= 0 {
		return nil
	}
	out := make([]float64, n/2+1)
	for k := range out {
		// Fewer pairs at greater distances: their mean counts.
		out[k] = r[k] / r[0] * float64(n) / float64(n-k)
	}
	return out
}

func power(v complex128) float64 { a := cmplx.Abs(v); return a * a }

// A period is a distance at which a series repeats itself, and how well, from
// 0 to 1.
type period struct{ length, score float64 }

// A period has at least so many places, and at most half of the series.
const shortestPeriod = 4

// detectPeriods returns the best periods between two lengths, the best first.
// Multiples of a period that score no better are left out.
func detectPeriods(y []float64, least, most float64, count int) []period {
	acf := autocorrelation(y)
	var found []period
	for k := shortestPeriod; k+1 < len(acf); k++ {
		if acf[k] > acf[k-1] && acf[k] >= acf[k+1] && acf[k] > 0.1 && float64(k) >= least && float64(k) <= most {
			found = append(found, period{float64(k), min(acf[k], 1)})
		}
	}
	slices.SortStableFunc(found, func(a, b period) int {
		if math.Abs(a.score-b.score) > 0.05 {
			return -cmp.Compare(a.score, b.score)
		}
		return cmp.Compare(a.length, b.length)
	})
	var best []period
	for _, p := range found {
		if len(best) < count && !slices.ContainsFunc(best, p.repeats) {
			best = append(best, p)
		}
	}
	return best
}

// repeats tells whether a period is a multiple of another and no better.
func (p period) repeats(b period) bool {
	times := math.Round(p.length / b.length)
	return times >= 1 && math.Abs(p.length-times*b.length) <= 0.1*b.length && p.score <= b.score+0.05
}

// bestPeriod is the length of the period that scores best, 0 if none reaches
// the threshold.
func bestPeriod(y []float64, threshold float64) float64 {
	best := detectPeriods(y, 0, float64(len(y)), 1)
	if len(best) == 0 || best[0].score < threshold {
		return 0
	}
	return best[0].length
}

// seasonal returns the median at each phase of a period.
func seasonal(y []float64, length int) []float64 {
	out := make([]float64, len(y))
	if length < 2 || len(y) == 0 {
		return out
	}
	for phase := range min(length, len(y)) {
		var same []float64
		for i := phase; i < len(y); i += length {
			if !math.IsNaN(y[i]) {
				same = append(same, y[i])
			}
		}
		m := median(same)
		for i := phase; i < len(y); i += length {
			out[i] = m
		}
	}
	return out
}

func median(y []float64) float64 {
	if len(y) == 0 {
		return 0
	}
	sort.Float64s(y)
	if n := len(y); n%2 == 0 {
		return (y[n/2-1] + y[n/2]) / 2
	}
	return y[len(y)/2]
}

// A decomposition is the parts of a series, the baseline being season and trend
// together.
type decomposition struct{ baseline, seasonal, trend, residual []float64 }

// decompose takes a series apart: first its season, then the trend of the rest.
// Period is the season's length, 0 for none and -1 to detect it; the last test
// points are not learned from.
func decompose(y []float64, length float64, trend string, test int, threshold float64) decomposition {
	n := len(y)
	learn := fillLinear(y[:n-min(max(test, 0), n)], true, 0)
	d := decomposition{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	if len(learn) == 0 {
		return d
	}
	if length < 0 {
		length = bestPeriod(withoutTrend(learn, trend), threshold)
	}
	if p := int(length); p >= 2 && p <= len(learn) {
		season := seasonal(learn, p)
		for i := range d.seasonal {
			d.seasonal[i] = season[i%p]
		}
	}
	rest := make([]float64, len(learn))
	for i, v := range learn {
		rest[i] = v - d.seasonal[i]
	}
	d.follow(trend, rest)
	for i := range y {
		d.baseline[i] = d.seasonal[i] + d.trend[i]
		d.residual[i] = y[i] - d.baseline[i]
	}
	return d
}

// withoutTrend is what periods are found in: a slope would hide them.
func withoutTrend(y []float64, trend string) []float64 {
	if trend != "linefit" {
		return y
	}
	l := fitLine(y)
	out := make([]float64, len(y))
	for i, v := range y {
		out[i] = v - l.fit[i]
	}
	return out
}

// follow continues the trend of the first values over the whole series.
func (d *decomposition) follow(trend string, y []float64) {
	var from, slope float64
	switch trend {
	case "linefit":
		l := fitLine(y)
		from, slope = l.interception, l.slope
	case "none":
	default:
		from = stat.Mean(y, nil)
	}
	for i := range d.trend {
		d.trend[i] = from + slope*float64(i)
	}
}

// fillLinear puts values on the line between their neighbours in place of
// missing ones; those at the ends become their neighbour's, or the constant.
func fillLinear(y []float64, edges bool, constant float64) []float64 {
	out := slices.Clone(y)
	before := -1
	for i, v := range y {
		if math.IsNaN(v) {
			continue
		}
		for j := before + 1; j < i; j++ {
			switch {
			case before >= 0:
				out[j] = y[before] + (v-y[before])*float64(j-before)/float64(i-before)
			case edges:
				out[j] = v
			}
		}
		before = i
	}
	for j := before + 1; j < len(y); j++ {
		switch {
		case before < 0:
			out[j] = constant
		case edges:
			out[j] = y[before]
		}
	}
	return out
}

// finiteFilter applies coefficients to each value and those before it, or, if
// centered, around it; beyond the ends there are zeros.
func finiteFilter(y, filter []float64, center bool) []float64 {
	shift := 0
	if center {
		shift = len(filter) / 2
	}
	out := make([]float64, len(y))
	for i := range y {
		for j, c := range filter {
			if at := i + shift - j; at >= 0 && at < len(y) {
				out[i] += c * y[at]
			}
		}
	}
	return out
}

// recursiveFilter is a filter whose earlier results count, too: numerators of
// the series, denominators of the result.
func recursiveFilter(y, numerators, denominators []float64) []float64 {
	out := make([]float64, len(y))
	for i := range y {
		sum := 0.0
		for j, c := range numerators {
			if j <= i {
				sum += c * y[i-j]
			}
		}
		for j := 1; j < len(denominators) && j <= i; j++ {
			sum -= denominators[j] * out[i-j]
		}
		out[i] = sum / denominators[0]
	}
	return out
}
