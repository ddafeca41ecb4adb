package fn

import (
	"strings"

	"nephoscope/internal/schema"
)

// seriesFunctions work on arrays of numbers, as make-series makes them. All
// arguments go to the native function as one array.
func seriesFunctions() []*Func {
	var fs []*Func
	for _, f := range []struct{ name, doc, want string }{
		{"add", "The sums of two series, element by element.", "[3.0,null]"},
		{"subtract", "The differences of two series, element by element.", "[-1.0,null]"},
		{"multiply", "The products of two series, element by element.", "[2.0,null]"},
		{"divide", "The quotients of two series, element by element.", "[0.5,null]"},
		{"pow", "The elements of one series to the power of those of another.", "[1.0,null]"},
		{"equals", "Whether the elements of two series are equal.", "[false,null]"},
		{"not_equals", "Whether the elements of two series differ.", "[true,null]"},
		{"greater", "Whether the elements of one series are greater than those of another.", "[false,null]"},
		{"greater_equals", "Whether the elements of one series are greater than those of another or equal.", "[false,null]"},
		{"less", "Whether the elements of one series are less than those of another.", "[true,null]"},
		{"less_equals", "Whether the elements of one series are less than those of another or equal.", "[true,null]"},
	} {
		fs = append(fs, seriesOf(f.name, f.doc, "a:json, b:json", "dynamic", "dynamic([1,2]), dynamic([2])", f.want))
	}
	for _, f := range []struct{ name, doc, want string }{
		{"abs", "The absolute values of the elements.", "[0.0,1.0]"},
		{"sign", "The signs of the elements: -1, 0 or 1.", "[0.0,-1.0]"},
		{"floor", "The elements rounded down.", "[0.0,-1.0]"},
		{"ceiling", "The elements rounded up.", "[0.0,-1.0]"},
		{"exp", "e to the power of the elements.", "[1.0,0.36787944117144233]"},
		{"log", "The natural logarithms of the elements.", `["-Infinity",null]`},
		{"sin", "The sines of the elements.", "[0.0,-0.8414709848078965]"},
		{"cos", "The cosines of the elements.", "[1.0,0.5403023058681398]"},
		{"tan", "The tangents of the elements.", "[0.0,-1.557407724654902]"},
		{"asin", "The angles whose sines are the elements.", "[0.0,-1.5707963267948966]"},
		{"acos", "The angles whose cosines are the elements.", "[1.5707963267948966,3.141592653589793]"},
		{"atan", "The angles whose tangents are the elements.", "[0.0,-0.7853981633974483]"},
	} {
		fs = append(fs, seriesOf(f.name, f.doc, "series:dynamic", "dynamic", "dynamic([0,-1])", f.want))
	}
	for _, f := range []struct{ name, native, doc, params, args, want string }{
		{"dot_product", "dot_product", "The sum of the products of two series' elements.", "a:json, b:json", "dynamic([1,2]), dynamic([3,4])", "11.0"},
		{"cosine_similarity", "cosine_similarity", "The cosine of the angle between two series as vectors.", "a:dynamic, b:dynamic", "dynamic([1,0]), dynamic([0,1])", "0.0"},
		{"pearson_correlation", "pearson", "Pearson's coefficient of the correlation of two series.", "a:dynamic, b:dynamic", "dynamic([1,2,3]), dynamic([2,4,6])", "1.0"},
		{"magnitude", "magnitude", "The length of the series as a vector.", "series:dynamic", "dynamic([3,4])", "5.0"},
		{"sum", "sum", "The sum of the elements.", "series:dynamic", "dynamic([3,4])", "7.0"},
		{"product", "product", "The product of the elements.", "series:dynamic", "dynamic([3,4])", "12.0"},
	} {
		s := seriesOf(f.name, f.doc, f.params, "real", f.args, f.want)
		s.Sigs[0].Gen = func(c *Call) string {
			return "TRY_CAST(kql_series_" + f.native + "(" + arrayOf(c.Args) + ") AS DOUBLE)"
		}
		fs = append(fs, s)
	}
	return family("series", append(append(append(fs, seriesFills()...), seriesFilters()...), seriesAnalyses()...)...)
}

// seriesOf declares a function whose native one has its name.
func seriesOf(name, doc, params, result, args, want string) *Func {
	return &Func{
		Name: "series_" + name, Doc: doc,
		Sigs:     []Sig{{Params: params, Result: result, Gen: packed("kql_series_" + name), Nulls: Maybe}},
		Examples: []Example{{"print series_" + name + "(" + args + ")", []string{want}}},
	}
}

func seriesFills() []*Func {
	fill := func(name, way, want string) *Func {
		f := seriesOf(name, "The series with missing elements, null or a placeholder, replaced by the one that lies "+way+".", "series:dynamic, missing:json?", "dynamic", "dynamic([1,null,3,null])", want)
		direction := "concat(kql_quote('" + strings.TrimPrefix(name, "fill_") + "'))"
		f.Naming = ByArg
		f.Sigs[0].Gen = func(c *Call) string {
			return "kql_series_fill(" + arrayOf(append(c.Args[:len(c.Args):len(c.Args)], Arg{SQL: direction})) + ")"
		}
		return f
	}
	constant := seriesOf("fill_const", "The series with missing elements, null or a placeholder, replaced by a constant.", "series:dynamic, value:json, missing:json?", "dynamic", "dynamic([1,null]), 0", "[1,0]")
	linear := seriesOf("fill_linear", "The series with missing elements, null or a placeholder, replaced by those on a line between their neighbours; at the ends by the neighbour, unless fill_edges is false, and by a constant if there is none.",
		"series:dynamic, missing:json?, fill_edges:bool?, value:json?", "dynamic", "dynamic([null,1,null,3])", "[1,1,2,3]")
	constant.Naming, linear.Naming = ByArg, ByArg
	return []*Func{fill("fill_forward", "before", "[1,1,3,3]"), fill("fill_backward", "behind", "[1,3,3,null]"), constant, linear}
}

func seriesFilters() []*Func {
	fir := seriesOf("fir", "The series after a filter of finite response; its coefficients are divided by their sum, unless one is negative or normalize is false, and lie around each element if center is true.",
		"series:dynamic, filter:dynamic, normalize:bool?, center:bool?", "dynamic", "dynamic([1,2,3]), dynamic([1,1])", "[0.5,1.5,2.5]")
	iir := seriesOf("iir", "The series after a filter of infinite response with numerators and denominators.", "series:dynamic, numerators:dynamic, denominators:dynamic", "dynamic",
		"dynamic([1,2,3]), dynamic([1]), dynamic([1,-1])", "[1.0,3.0,6.0]")
	outliers := seriesOf("outliers", "How far the elements are outliers by Tukey's test, 1.5 and more if they are: by the 10th and 90th percentiles or others (ctukey), or by the quartiles (tukey).",
		"series:dynamic, kind:string?, ignore:json?, min_percentile:number?, max_percentile:number?", "dynamic", "dynamic([1,1,1,1])", "[0.0,0.0,0.0,0.0]")
	seasonal := seriesOf("seasonal", "The seasonal part of a series of a period, which is found if it is not given.", "series:dynamic, period:integer?", "dynamic", "dynamic([1,3,1,3]), 2", "[1.0,3.0,1.0,3.0]")
	fir.Naming, iir.Naming, outliers.Naming = ByArg, ByArg, ByArg
	stats := seriesOf("stats_dynamic", "Least and greatest element with their places, mean, standard deviation, variance, sum and number of the elements as a bag.", "series:dynamic, ignore_nonfinite:bool?", "dynamic", "dynamic([1,3])",
		`{"min":1.0,"min_idx":0,"max":3.0,"max_idx":1,"avg":2.0,"stdev":1.4142135623730951,"variance":2.0,"sum":4.0,"len":2}`)
	stats.Sigs[0].Gen = packed("kql_series_stats")
	line := seriesOf("fit_line_dynamic", "A line through a series as a bag.", "series:dynamic", "dynamic", "dynamic([1,2,3])",
		`{"rsquare":1.0,"slope":1.0,"variance":1.0,"rvariance":0.0,"interception":1.0,"line_fit":[1.0,2.0,3.0]}`)
	line.Sigs[0].Gen = packed("kql_series_fit_line")
	lines := seriesOf("fit_2lines_dynamic", "Two lines through a series, with the place where the second one begins, as a bag.", "series:dynamic", "dynamic", "dynamic([0,0,0,5,6,7])",
		`{"rsquare":1.0,"split_idx":3,"variance":11.2,"rvariance":0.0,"line_fit":[0.0,0.0,0.0,5.0,6.0,7.0],"right_rsquare":1.0,"right_slope":1.0,"right_interception":2.0,"right_variance":1.0,"right_rvariance":0.0,"left_rsquare":1.0,"left_slope":0.0,"left_interception":0.0,"left_variance":0.0,"left_rvariance":0.0}`)
	lines.Sigs[0].Gen = packed("kql_series_fit_2lines")
	return []*Func{fir, iir, outliers, seasonal, stats, line, lines}
}

// seriesAnalyses give several columns.
func seriesAnalyses() []*Func {
	real, long, array := schema.Real, schema.Long, schema.Dynamic
	return []*Func{
		analysis("stats", "stats", "Least and greatest element with their places, mean, standard deviation and variance.", "series:dynamic, ignore_nonfinite:bool?",
			Output{"min", real}, Output{"min_idx", long}, Output{"max", real}, Output{"max_idx", long}, Output{"avg", real}, Output{"stdev", real}, Output{"variance", real},
		).shows("dynamic([1,3])", "1.0", "0", "3.0", "1", "2.0", "1.4142135623730951", "2.0"),
		analysis("fft", "fft", "The Fourier transform of a series, given by its real and imaginary parts.", "real:dynamic, imag:dynamic?", Output{"real", array}, Output{"imag", array}).
			shows("dynamic([1,1])", "[2.0,0.0]", "[0.0,0.0]"),
		analysis("ifft", "ifft", "The inverse Fourier transform of a series, given by its real and imaginary parts.", "real:dynamic, imag:dynamic?", Output{"real", array}, Output{"imag", array}).
			shows("dynamic([2,0])", "[1.0,1.0]", "[0.0,0.0]"),
		analysis("fit_line", "fit_line", "A line through a series by least squares: how much it explains, its slope, both variances, where it begins, and its values.", "series:dynamic",
			Output{"rsquare", real}, Output{"slope", real}, Output{"variance", real}, Output{"rvariance", real}, Output{"interception", real}, Output{"line_fit", array},
		).shows("dynamic([1,2,3])", "1.0", "1.0", "1.0", "0.0", "1.0", "[1.0,2.0,3.0]"),
		analysis("fit_2lines", "fit_2lines", "Two lines through a series by least squares, with the place where the second one begins.", "series:dynamic",
			Output{"rsquare", real}, Output{"split_idx", long}, Output{"variance", real}, Output{"rvariance", real}, Output{"line_fit", array},
			Output{"right_rsquare", real}, Output{"right_slope", real}, Output{"right_interception", real}, Output{"right_variance", real}, Output{"right_rvariance", real},
			Output{"left_rsquare", real}, Output{"left_slope", real}, Output{"left_interception", real}, Output{"left_variance", real}, Output{"left_rvariance", real},
		).shows("dynamic([0,0,0,5,6,7])", "1.0", "3", "11.2", "0.0", "[0.0,0.0,0.0,5.0,6.0,7.0]"),
		analysis("fit_poly", "fit_poly", "A polynomial through a series by least squares, a line unless a degree is given; without places the values stand at 1, 2 and so on; its coefficients begin with that of the highest power.", "y:dynamic, x:json?, degree:integer?",
			Output{"rsquare", real}, Output{"coefficients", array}, Output{"variance", real}, Output{"rvariance", real}, Output{"poly_fit", array},
		).example("print y = dynamic([1,4,9,16]), x = dynamic([1,2,3,4]) | project (r, c) = series_fit_poly(y, x, 2) | project round(r, 6), round(todouble(c[0]), 6)", "1.0", "1.0"),
		analysis("periods_detect", "periods_detect", "The best periods between two lengths and their scores from 0 to 1.", "series:dynamic, min_period:number, max_period:number, count:number", Output{"periods", array}, Output{"scores", array}).
			example("range x from 0 to 59 step 1 | summarize y = make_list(x % 6) | project (p, s) = series_periods_detect(y, 0, 30, 1) | project p", "[6.0]"),
		analysis("periods_validate", "periods_validate", "Given periods and how well they fit the series, from 0 to 1.", "series:dynamic, period:json*", Output{"periods", array}, Output{"scores", array}).
			example("range x from 0 to 59 step 1 | summarize y = make_list(x % 6) | project (p, s) = series_periods_validate(y, 6, 7) | project p, s[0] > 0.9, s[1] < 0.5", "[6.0,7.0]", "true", "true"),
		analysis("decompose", "decompose", "The parts of a series: seasonal part and trend together, each of them, and what is left. The period is found if it is -1; the trend is avg, linefit or none; the last test points are not learned from.",
			"series:dynamic, seasonality:integer?, trend:string?, test_points:integer?, threshold:number?",
			Output{"baseline", array}, Output{"seasonal", array}, Output{"trend", array}, Output{"residual", array},
		).shows("dynamic([1,3,1,3]), 2", "[1.0,3.0,1.0,3.0]", "[1.0,3.0,1.0,3.0]", "[0.0,0.0,0.0,0.0]", "[0.0,0.0,0.0,0.0]"),
		analysis("decompose_forecast", "forecast", "The series that is expected, learned from all but the last points, and its parts.", "series:dynamic, points:integer, seasonality:integer?, trend:string?, threshold:number?",
			Output{"baseline", array}, Output{"seasonal", array}, Output{"trend", array}, Output{"residual", array},
		).shows("dynamic([1,2,3,0]), 1, 0", "[1.0,2.0,3.0,4.0]"),
		analysis("decompose_anomalies", "anomalies", "Where a series leaves its baseline: flags 1, -1 and 0 for elements whose score is beyond a threshold, the scores, and the baseline.",
			"series:dynamic, threshold:number?, seasonality:integer?, trend:string?, test_points:integer?, method:string?, seasonality_threshold:number?",
			Output{"ad_flag", array}, Output{"ad_score", array}, Output{"baseline", array},
		).example("range x from 0 to 99 step 1 | summarize y = make_list(iff(x == 50, 99, x % 2)) | project (f, s, b) = series_decompose_anomalies(y, 1.5, 2) | project f[49], f[50]", "0", "1"),
	}
}

func analysis(name, native, doc, params string, columns ...Output) *Func {
	return &Func{
		Name: "series_" + name, Doc: doc, Columns: columns,
		Sigs: []Sig{{Params: params, Result: "dynamic", Gen: packed("kql_series_" + native), Nulls: Maybe}},
	}
}

// shows adds an example.
func (f *Func) shows(args string, want ...string) *Func {
	names := make([]string, len(want))
	for i := range want {
		names[i] = "c" + string(rune('0'+i))
	}
	query := "print x = " + args + " | project (" + strings.Join(names, ", ") + ") = " + f.Name + "(x)"
	if strings.Contains(args, "),") {
		query = "print (" + strings.Join(names, ", ") + ") = " + f.Name + "(" + args + ")"
	}
	f.Examples = append(f.Examples, Example{query + " | project " + strings.Join(names, ", "), want})
	return f
}

// example adds an example that needs more than a call.
func (f *Func) example(query string, want ...string) *Func {
	f.Examples = append(f.Examples, Example{query, want})
	return f
}
