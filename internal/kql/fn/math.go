package fn

func maths() []*Func {
	fs := []*Func{
		{
			Name: "abs", Doc: "The number without its sign.", Naming: ByArg,
			Sigs: []Sig{
				{Params: "x:timespan", Result: "timespan", SQL: "abs($1)"},
				{Params: "x:decimal", Result: "decimal", SQL: "ltrim($1, '-')"},
				{Params: "x:number", Result: "promoted", SQL: "abs($1)"},
			},
			Examples: []Example{{"print abs(-5), abs(2.5), abs(-1h)", []string{"5", "2.5", "01:00:00"}}},
		},
		{
			Name: "round", Doc: "The number rounded to so many digits.", Naming: ByArg,
			Sigs: []Sig{
				{Params: "x:integer", Result: "arg1", SQL: "$1"},
				{Params: "x:decimal", Result: "decimal", SQL: "CAST(round_even(CAST($1 AS DOUBLE), 0) AS VARCHAR)"},
				{Params: "x:number", Result: "real", SQL: "round_even($1, 0)"},
				{Params: "x:integer, digits:integer", Result: "arg1", Gen: func(c *Call) string {
					return c.expand("CAST(round(CAST($1 AS DOUBLE), TRY_CAST($2 AS INTEGER)) AS " + SQLType(c.Result) + ")")
				}},
				{Params: "x:decimal, digits:integer", Result: "decimal", SQL: "CAST(round(CAST($1 AS DOUBLE), TRY_CAST($2 AS INTEGER)) AS VARCHAR)"},
				{Params: "x:number, digits:integer", Result: "real", SQL: "round(CAST($1 AS DOUBLE), TRY_CAST($2 AS INTEGER))"},
			},
			Examples: []Example{{"print round(2.98765, 3), round(2.4), round(7)", []string{"2.988", "2.0", "7"}}},
		},
		{
			Name: "ceiling", Doc: "The least whole number that is not less.", Naming: ByArg,
			Sigs: []Sig{
				{Params: "x:integer", Result: "arg1", SQL: "$1"},
				{Params: "x:decimal", Result: "decimal", SQL: "CAST(ceil(CAST($1 AS DOUBLE)) AS VARCHAR)"},
				{Params: "x:number", Result: "real", SQL: "ceil(CAST($1 AS DOUBLE))"},
			},
			Examples: []Example{{"print ceiling(1.2), ceiling(-1.2)", []string{"2.0", "-1.0"}}},
		},
		{
			Name: "sign", Doc: "-1, 0 or 1 as the number is negative, zero or positive.",
			Sigs:     []Sig{{Params: "x:number", Result: "real", SQL: "CAST(sign($1) AS DOUBLE)"}},
			Examples: []Example{{"print sign(-5), sign(0)", []string{"-1.0", "0.0"}}},
		},
		{
			Name: "pow", Doc: "The first number to the power of the second.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:real, y:real", Result: "real", SQL: "pow($1, $2)"}},
			Examples: []Example{{"print pow(2, 10)", []string{"1024.0"}}},
		},
		{
			Name: "pi", Doc: "The number pi.",
			Sigs:     []Sig{{Result: "real", SQL: "pi()", Nulls: Never}},
			Examples: []Example{{"print round(pi(), 5)", []string{"3.14159"}}},
		},
		{
			Name: "rand", Doc: "A random number from 0 to 1, or a whole one below the argument.", Naming: ByArg,
			Sigs: []Sig{
				{Result: "real", SQL: "random()", Nulls: Never},
				{Params: "n:number", Result: "real", SQL: "floor(random() * $1)"},
			},
			Examples: []Example{{"print rand() < 1, rand(1)", []string{"true", "0.0"}}},
		},
		{
			Name: "isnan", Doc: "Whether the number is NaN.",
			Sigs:     []Sig{{Params: "x:real", Result: "bool", SQL: "isnan($1)"}},
			Examples: []Example{{"print isnan(0.0 / 0), isnan(1.0)", []string{"true", "false"}}},
		},
		{
			Name: "isinf", Doc: "Whether the number is infinite.",
			Sigs:     []Sig{{Params: "x:real", Result: "bool", SQL: "isinf($1)"}},
			Examples: []Example{{"print isinf(1.0 / 0), isinf(1.0)", []string{"true", "false"}}},
		},
		{
			Name: "isfinite", Doc: "Whether the number is neither infinite nor NaN.",
			Sigs:     []Sig{{Params: "x:real", Result: "bool", SQL: "isfinite($1)"}},
			Examples: []Example{{"print isfinite(1.0 / 0), isfinite(1.0)", []string{"false", "true"}}},
		},
		bitwise("binary_and", "and", "$1::BIGINT & $2::BIGINT", "1"),
		bitwise("binary_or", "or", "$1::BIGINT | $2::BIGINT", "7"),
		bitwise("binary_xor", "exclusive or", "xor($1::BIGINT, $2::BIGINT)", "6"),
		{
			Name: "binary_not", Doc: "The bitwise complement.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:integer", Result: "long", SQL: "~$1::BIGINT"}},
			Examples: []Example{{"print binary_not(0)", []string{"-1"}}},
		},
		{
			Name: "binary_shift_left", Doc: "The bits moved to the left.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:integer, n:integer", Result: "long", SQL: "kql_shift_left($1, $2)", Nulls: Maybe}},
			Examples: []Example{{"print binary_shift_left(3, 4), binary_shift_left(3, 68), binary_shift_left(3, -1)", []string{"48", "48", ""}}},
		},
		{
			Name: "binary_shift_right", Doc: "The bits moved to the right.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:integer, n:integer", Result: "long", SQL: "kql_shift_right($1, $2)", Nulls: Maybe}},
			Examples: []Example{{"print binary_shift_right(48, 4)", []string{"3"}}},
		},
		{
			Name: "bitset_count_ones", Doc: "The number of bits that are set.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:integer", Result: "long", SQL: "bit_count($1::BIGINT)"}},
			Examples: []Example{{"print bitset_count_ones(42)", []string{"3"}}},
		},
	}
	for _, f := range []struct {
		name, doc, sql, want string
		naming               Naming
	}{
		{"sqrt", "The square root.", "CASE WHEN $1 >= 0 THEN sqrt($1) ELSE 'NaN' END", "2.0", ByArg},
		{"exp", "e to the power of the number.", "exp($1)", "54.598", ByArg},
		{"exp2", "2 to the power of the number.", "pow(2, $1)", "16.0", ByArg},
		{"exp10", "10 to the power of the number.", "pow(10, $1)", "10000.0", ByArg},
		{"log", "The natural logarithm.", "CASE WHEN $1 > 0 THEN ln($1) END", "1.386", ByArg},
		{"log2", "The logarithm to the base 2.", "CASE WHEN $1 > 0 THEN log2($1) END", "2.0", ByArg},
		{"log10", "The logarithm to the base 10.", "CASE WHEN $1 > 0 THEN log10($1) END", "0.602", ByArg},
		{"expm1", "e to the power of the number, less 1.", "kql_expm1($1)", "53.598", ByPlace},
		{"log1p", "The natural logarithm of one more than the number.", "CASE WHEN $1 > -1 THEN kql_log1p($1) END", "1.609", ByPlace},
		{"sin", "The sine.", "sin($1)", "-0.757", ByArg},
		{"cos", "The cosine.", "cos($1)", "-0.654", ByArg},
		{"tan", "The tangent.", "tan($1)", "1.158", ByArg},
		{"cot", "The cotangent.", "kql_cot($1)", "0.864", ByPlace},
		{"atan", "The angle whose tangent is the number.", "atan($1)", "1.326", ByArg},
		{"degrees", "The angle in degrees, given in radians.", "degrees($1)", "229.183", ByPlace},
		{"radians", "The angle in radians, given in degrees.", "radians($1)", "0.07", ByPlace},
		{"gamma", "The gamma function.", "kql_gamma($1)", "6.0", ByArg},
		{"loggamma", "The logarithm of the gamma function.", "kql_loggamma($1)", "1.792", ByArg},
	} {
		fs = append(fs, &Func{
			Name: f.name, Doc: f.doc, Naming: f.naming, Sigs: []Sig{{Params: "x:real", Result: "real", SQL: f.sql, Nulls: Maybe}},
			Examples: []Example{{"print round(" + f.name + "(4.0), 3)", []string{f.want}}},
		})
	}
	fs = append(fs,
		distribution("beta_cdf", "The probability that a value of the beta distribution is at most x.", "x", "0.5"),
		distribution("beta_pdf", "The density of the beta distribution at x.", "x", "1.5"),
		distribution("beta_inv", "The value that one of the beta distribution is at most, with a probability.", "probability", "0.5"),
		&Func{
			Name: "erf", Doc: "The error function.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:real", Result: "real", SQL: "kql_erf($1)"}},
			Examples: []Example{{"print round(erf(0.5), 6)", []string{"0.5205"}}},
		},
		&Func{
			Name: "erfc", Doc: "One less the error function.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:real", Result: "real", SQL: "kql_erfc($1)"}},
			Examples: []Example{{"print round(erfc(0.5), 6)", []string{"0.4795"}}},
		},
		&Func{
			Name: "welch_test", Doc: "The p-value of Welch's test for two samples, given the mean, the variance and the number of values of each.",
			Sigs:     []Sig{{Params: "mean1:real, variance1:real, count1:real, mean2:real, variance2:real, count2:real", Result: "real", SQL: "kql_welch_test($*)", Nulls: Maybe}},
			Examples: []Example{{"print round(welch_test(10.0, 4.0, 20, 10.0, 5.0, 30), 6), welch_test(1, 1, 1, 1, 1, 1)", []string{"1.0", ""}}},
		},
		&Func{
			Name: "around", Doc: "Whether a value is at most so far from another.",
			Sigs: []Sig{
				{Params: "x:number, center:number, delta:number", Result: "bool", SQL: "$1 BETWEEN $2 - $3 AND $2 + $3"},
				{Params: "x:datetime, center:datetime, delta:timespan", Result: "bool", SQL: "$1 BETWEEN $2 - $3 AND $2 + $3"},
				{Params: "x:timespan, center:timespan, delta:timespan", Result: "bool", SQL: "$1 BETWEEN $2 - $3 AND $2 + $3"},
			},
			Examples: []Example{{"print around(5, 7, 2), around(4, 7, 2)", []string{"true", "false"}}},
		},
		&Func{
			Name: "format_bytes", Doc: "A number of bytes with a unit, in so many decimals, in the unit that suits it or in one that is given.", Naming: ByArg,
			Sigs: []Sig{
				{Params: "x:real", Result: "string", SQL: "kql_format_bytes($1, 0, '')", Nulls: Maybe},
				{Params: "x:real, precision:integer", Result: "string", SQL: "kql_format_bytes($1, $2, '')", Nulls: Maybe},
				{Params: "x:real, precision:integer, unit:string", Result: "string", SQL: "kql_format_bytes($1, $2, $3)", Nulls: Maybe},
			},
			Examples: []Example{{`print format_bytes(1024), format_bytes(1536, 1), format_bytes(1024, 0, "Bytes")`, []string{"1 KB", "1.5 KB", "1024 Bytes"}}},
		},
		&Func{
			Name: "atan2", Doc: "The angle of the point with the coordinates y and x.", Naming: ByArg,
			Sigs:     []Sig{{Params: "y:real, x:real", Result: "real", SQL: "atan2($1, $2)"}},
			Examples: []Example{{"print round(atan2(1, 1), 4)", []string{"0.7854"}}},
		},
		&Func{
			Name: "asin", Doc: "The angle whose sine is the number.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:real", Result: "real", SQL: "CASE WHEN $1 BETWEEN -1 AND 1 THEN asin($1) END", Nulls: Maybe}},
			Examples: []Example{{"print asin(0), asin(2)", []string{"0.0", ""}}},
		},
		&Func{
			Name: "acos", Doc: "The angle whose cosine is the number.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:real", Result: "real", SQL: "CASE WHEN $1 BETWEEN -1 AND 1 THEN acos($1) END", Nulls: Maybe}},
			Examples: []Example{{"print acos(1), acos(2)", []string{"0.0", ""}}},
		})
	return family("mathematical", fs...)
}

func bitwise(name, word, sql, want string) *Func {
	return &Func{
		Name: name, Doc: "The bitwise " + word + " of the numbers.", Naming: ByArg,
		Sigs:     []Sig{{Params: "a:integer, b:integer", Result: "long", SQL: sql}},
		Examples: []Example{{"print " + name + "(5, 3)", []string{want}}},
	}
}

// distribution declares a function of the beta distribution.
func distribution(name, doc, x, want string) *Func {
	return &Func{
		Name: name, Doc: doc,
		Sigs:     []Sig{{Params: x + ":real, alpha:real, beta:real", Result: "real", SQL: "kql_" + name + "($1, $2, $3)", Nulls: Maybe}},
		Examples: []Example{{"print round(" + name + "(0.5, 2, 2), 6)", []string{want}}},
	}
}
