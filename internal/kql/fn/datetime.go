package fn

import (
	"strconv"

	"nephoscope/internal/schema"
)

const (
	day  = "864000000000"
	week = "6048000000000"
)

func datetimes() []*Func {
	return family("datetime",
		&Func{
			Name: "now", Doc: "The time of the query, moved by an offset.",
			Sigs: []Sig{
				{Result: "datetime", Gen: now},
				{Params: "offset:timespan", Result: "datetime", Gen: now},
			},
			Examples: []Example{{`print now() - now(), now(1h) - now()`, []string{"00:00:00", "01:00:00"}}},
		},
		&Func{
			Name: "ago", Doc: "The time of the query less a span.",
			Sigs:     []Sig{{Params: "span:timespan", Result: "datetime", Gen: ago}},
			Examples: []Example{{`print now() - ago(90m)`, []string{"01:30:00"}}},
		},
		startOf("startofday", "day", "$1 - $1 % "+day, ByArg, "2024-02-29T00:00:00.0000000Z"),
		startOf("startofweek", "week, which begins on Sunday", "$1 - ($1 + "+day+") % "+week, ByPlace, "2024-02-25T00:00:00.0000000Z"),
		startOf("startofmonth", "month", "", ByPlace, "2024-02-01T00:00:00.0000000Z"),
		startOf("startofyear", "year", "", ByPlace, "2024-01-01T00:00:00.0000000Z"),
		endOf("endofday", "day", "2024-02-29T23:59:59.9999999Z"),
		endOf("endofweek", "week", "2024-03-02T23:59:59.9999999Z"),
		endOf("endofmonth", "month", "2024-02-29T23:59:59.9999999Z"),
		endOf("endofyear", "year", "2024-12-31T23:59:59.9999999Z"),
		&Func{
			Name: "dayofweek", Doc: "The time since the last Sunday, in whole days.",
			Sigs:     []Sig{{Params: "x:datetime", Result: "timespan", SQL: "($1 // " + day + " + 1) % 7 * " + day}},
			Examples: []Example{{"print dayofweek(datetime(2024-02-29))", []string{"4.00:00:00"}}},
		},
		datePart("dayofmonth", "day", "The day of the month.", "29"),
		datePart("dayofyear", "dayofyear", "The day of the year.", "60"),
		datePart("monthofyear", "month", "The month of the year.", "2", "getmonth"),
		datePart("getyear", "year", "The year.", "2024"),
		datePart("week_of_year", "week_of_year", "The week of the year by ISO 8601.", "9"),
		datePart("weekofyear", "weekofyear", "The week of the year, counted by its Wednesdays.", "9"),
		&Func{
			Name: "hourofday", Doc: "The hour of the day.",
			Sigs:     []Sig{{Params: "x:datetime", Result: "int", SQL: "CAST($1 // 36000000000 % 24 AS INTEGER)"}},
			Examples: []Example{{"print hourofday(datetime(2024-02-29 17:45))", []string{"17"}}},
		},
		&Func{
			Name: "datetime_part", Aliases: []string{"datepart"}, Doc: "A part of the time, such as year, quarter, month, week_of_year, day, dayofyear, hour, minute, second, millisecond, microsecond or nanosecond.",
			Sigs:     []Sig{{Params: "part:string, x:datetime", Result: "int", SQL: "CAST(kql_datetime_part(lower($1), $2) AS INTEGER)", Nulls: Maybe}},
			Examples: []Example{{`print datetime_part("quarter", datetime(2024-08-01)), datetime_part("Minute", datetime(2024-08-01 10:42))`, []string{"3", "42"}}},
		},
		&Func{
			Name: "datetime_add", Doc: "The time moved by a number of years, quarters, months, weeks, days, hours, minutes, seconds or smaller parts.",
			Sigs:     []Sig{{Params: "part:string, n:integer, x:datetime", Result: "datetime", SQL: "kql_datetime_add(lower($1), $2, $3)", Nulls: Maybe}},
			Examples: []Example{{`print datetime_add("month", 1, datetime(2024-01-31)), datetime_add("hour", -1, datetime(2024-01-01))`, []string{"2024-02-29T00:00:00.0000000Z", "2023-12-31T23:00:00.0000000Z"}}},
		},
		&Func{
			Name: "datetime_diff", Doc: "The number of borders between years, months, days and so on from the second time to the first.",
			Sigs:     []Sig{{Params: "part:string, a:datetime, b:datetime", Result: "long", SQL: "kql_datetime_diff(lower($1), $2, $3)", Nulls: Maybe}},
			Examples: []Example{{`print datetime_diff("day", datetime(2024-03-01), datetime(2024-02-28 23:00)), datetime_diff("year", datetime(2023-12-31), datetime(2024-01-01))`, []string{"2", "-1"}}},
		},
		&Func{
			Name: "make_datetime", Doc: "The time with the parts.", Naming: ByOnlyArg,
			Sigs: []Sig{
				{Params: "year:number, month:number, day:number", Result: "datetime", SQL: "kql_make_datetime($1, $2, $3, 0, 0, 0)", Nulls: Maybe},
				{Params: "year:number, month:number, day:number, hour:number", Result: "datetime", SQL: "kql_make_datetime($1, $2, $3, $4, 0, 0)", Nulls: Maybe},
				{Params: "year:number, month:number, day:number, hour:number, minute:number", Result: "datetime", SQL: "kql_make_datetime($1, $2, $3, $4, $5, 0)", Nulls: Maybe},
				{Params: "year:number, month:number, day:number, hour:number, minute:number, second:number", Result: "datetime", SQL: "kql_make_datetime($1, $2, $3, $4, $5, $6)", Nulls: Maybe},
				{Params: "x:datetime", Result: "datetime", SQL: "$1"},
				{Params: "x:string", Result: "datetime", SQL: "kql_parse_datetime($1)", Nulls: Maybe},
			},
			Examples: []Example{{`print make_datetime(2024, 2, 29, 12, 30, 1.5), make_datetime(2023, 2, 29)`, []string{"2024-02-29T12:30:01.5000000Z", ""}}},
		},
		&Func{
			Name: "make_timespan", Doc: "The span with the parts.", Naming: ByOnlyArg,
			Sigs: []Sig{
				{Params: "hours:integer, minutes:integer", Result: "timespan", SQL: "kql_make_timespan(0, $1, $2, 0)", Nulls: Maybe},
				{Params: "hours:integer, minutes:integer, seconds:number", Result: "timespan", SQL: "kql_make_timespan(0, $1, $2, $3)", Nulls: Maybe},
				{Params: "days:integer, hours:integer, minutes:integer, seconds:number", Result: "timespan", SQL: "kql_make_timespan($1, $2, $3, $4)", Nulls: Maybe},
				{Params: "x:timespan", Result: "timespan", SQL: "$1"},
				{Params: "x:string", Result: "timespan", SQL: "kql_parse_timespan($1)", Nulls: Maybe},
			},
			Examples: []Example{{`print make_timespan(1, 30), make_timespan(1, 12, 30, 55.5), make_timespan(24, 0)`, []string{"01:30:00", "1.12:30:55.5000000", ""}}},
		},
		&Func{
			Name: "format_datetime", Doc: "The time in a format made of yyyy, yy, M, MM, d, dd, H, HH, h, hh, m, mm, s, ss, f to fffffff, F to FFFFFFF, tt and other characters.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:datetime, format:string", Result: "string", SQL: "kql_format_datetime($1, $2)"}},
			Examples: []Example{{`print format_datetime(datetime(2024-02-29 13:05:09.12), "yy-M-dd hh:mm:ss tt fff")`, []string{"24-2-29 01:05:09 PM 120"}}},
		},
		&Func{
			Name: "format_timespan", Doc: "The span in a format made of d to dddddddd, h, hh, H, HH, m, mm, s, ss, f, F and other characters.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:timespan, format:string", Result: "string", SQL: "kql_format_timespan($1, $2)"}},
			Examples: []Example{{`print format_timespan(1d + 2h + 3m + 4s, "dd.hh:mm:ss")`, []string{"01.02:03:04"}}},
		},
		unixTime("unixtime_seconds_todatetime", "seconds", "10000000"),
		unixTime("unixtime_milliseconds_todatetime", "milliseconds", "10000"),
		unixTime("unixtime_microseconds_todatetime", "microseconds", "10"),
		&Func{
			Name: "unixtime_nanoseconds_todatetime", Doc: "The time so many nanoseconds after 1970.",
			Sigs:     []Sig{{Params: "x:number", Result: "datetime", SQL: "CASE WHEN abs($1) < 9.2e18 THEN 621355968000000000 + CAST($1 AS BIGINT) // 100 END", Nulls: Maybe}},
			Examples: []Example{{"print unixtime_nanoseconds_todatetime(1700000000000000100)", []string{"2023-11-14T22:13:20.0000001Z"}}},
		},
		&Func{
			Name: "datetime_utc_to_local", Doc: "The time in a time zone, given in UTC.",
			Sigs:     []Sig{{Params: "x:datetime, timezone:string", Result: "datetime", SQL: "kql_utc_to_local($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print datetime_utc_to_local(datetime(2024-07-01 12:00), "Europe/Berlin")`, []string{"2024-07-01T14:00:00.0000000Z"}}},
		},
		&Func{
			Name: "datetime_local_to_utc", Doc: "The time in UTC, given in a time zone.",
			Sigs:     []Sig{{Params: "x:datetime, timezone:string", Result: "datetime", SQL: "kql_local_to_utc($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print datetime_local_to_utc(datetime(2024-07-01 14:00), "Europe/Berlin")`, []string{"2024-07-01T12:00:00.0000000Z"}}},
		},
	)
}

func now(c *Call) string {
	n := strconv.FormatInt(int64(c.Now), 10)
	if len(c.Args) == 0 {
		return n
	}
	return n + " + " + Paren(c.Args[0].SQL)
}

func ago(c *Call) string {
	return strconv.FormatInt(int64(c.Now), 10) + " - " + Paren(c.Args[0].SQL)
}

// startOf is the beginning of a period; sql is empty where no arithmetic on
// ticks says it.
func startOf(name, what, sql string, naming Naming, want string) *Func {
	unit := name[len("startof"):]
	moved := "kql_start_of('" + unit + "', $1, $2)"
	if sql == "" {
		sql = "kql_start_of('" + unit + "', $1, 0)"
	}
	return &Func{
		Name: name, Doc: "The beginning of the time's " + what + ", or of one so many later.", Naming: naming,
		Sigs: []Sig{
			{Params: "x:datetime", Result: "datetime", SQL: sql},
			{Params: "x:datetime, offset:long", Result: "datetime", SQL: moved, Nulls: Maybe},
		},
		Examples: []Example{{"print " + name + "(datetime(2024-02-29 17:45)), " + name + "(datetime(2024-02-29 17:45), 0)", []string{want, want}}},
	}
}

func endOf(name, unit, want string) *Func {
	return &Func{
		Name: name, Doc: "The last tick of the time's " + unit + ", or of one so many later.",
		Sigs: []Sig{
			{Params: "x:datetime", Result: "datetime", SQL: "kql_start_of('" + unit + "', $1, 1) - 1"},
			{Params: "x:datetime, offset:long", Result: "datetime", SQL: "kql_start_of('" + unit + "', $1, $2 + 1) - 1", Nulls: Maybe},
		},
		Examples: []Example{{"print " + name + "(datetime(2024-02-29 17:45))", []string{want}}},
	}
}

func datePart(name, part, doc, want string, aliases ...string) *Func {
	return &Func{
		Name: name, Aliases: aliases, Doc: doc,
		Sigs:     []Sig{{Params: "x:datetime", Result: "int", SQL: "CAST(kql_datetime_part('" + part + "', $1) AS INTEGER)"}},
		Examples: []Example{{"print " + name + "(datetime(2024-02-29 17:45))", []string{want}}},
	}
}

func unixTime(name, unit, ticks string) *Func {
	n := map[string]string{"10000000": "1700000000", "10000": "1700000000000", "10": "1700000000000000"}[ticks]
	return &Func{
		Name: name, Doc: "The time so many " + unit + " after 1970.",
		Sigs: []Sig{
			{Params: "x:integer", Result: "datetime", SQL: inReach(ticks) + "621355968000000000 + $1::BIGINT * " + ticks + " END", Nulls: Maybe},
			{Params: "x:number", Result: "datetime", SQL: inReach(ticks) + "621355968000000000 + CAST(CAST($1 AS DOUBLE) * " + ticks + " AS BIGINT) END", Nulls: Maybe},
		},
		Examples: []Example{{"print " + name + "(" + n + ")", []string{"2023-11-14T22:13:20.0000000Z"}}},
	}
}

// inReach begins a CASE for numbers of units after 1970 that lie in the years
// 1 to 9999.
func inReach(ticks string) string {
	return "CASE WHEN $1 BETWEEN -621355968000000000 // " + ticks + " AND 2534023007999999999 // " + ticks + " THEN "
}

func bins() []*Func {
	sigs := []Sig{
		{Params: "x:number, size:number", Result: "widest", Gen: binNumber, Nulls: Maybe},
		{Params: "x:timespan, size:timespan", Result: "timespan", Gen: binTicks, Nulls: Maybe},
		{Params: "x:datetime, size:timespan", Result: "datetime", Gen: binTicks, Nulls: Maybe},
		{Params: "x:datetime, size:datetime", Result: "datetime", Gen: binTicks, Nulls: Maybe},
	}
	return family("rounding",
		&Func{
			Name: "bin", Doc: "The value rounded down to a multiple of a size.", Naming: ByArg, Sigs: sigs,
			Examples: []Example{{"print bin(17, 5), bin(-17, 5), bin(4.75, 0.5), bin(-90m, 1h), bin(datetime(2024-02-29 17:45), 1h)", []string{"15", "-20", "4.5", "-02:00:00", "2024-02-29T17:00:00.0000000Z"}}},
		},
		&Func{
			Name: "floor", Doc: "The value rounded down to a multiple of a size, or to a whole number.", Naming: ByArg,
			Sigs:     append([]Sig{{Params: "x:number", Result: "widest", Gen: func(c *Call) string { return c.expand("floor($1)") }}}, sigs...),
			Examples: []Example{{"print floor(17, 5), floor(2.7)", []string{"15", "2.0"}}},
		},
		&Func{
			Name: "bin_at", Doc: "The value rounded down to a multiple of a size, counted from a fixed point.", Naming: ByArg,
			Sigs: []Sig{
				{Params: "x:integer, size:integer, at:integer", Result: "widest", SQL: "$3 + CAST(floor(($1 - $3) / nullif($2, 0)) AS BIGINT) * $2", Nulls: Maybe},
				{Params: "x:number, size:number, at:number", Result: "widest", SQL: "$3 + floor(($1 - $3) / nullif($2, 0)) * $2", Nulls: Maybe},
				{Params: "x:timespan, size:timespan, at:timespan", Result: "timespan", Gen: binAt, Nulls: Maybe},
				{Params: "x:datetime, size:timespan, at:datetime", Result: "datetime", Gen: binAt, Nulls: Maybe},
			},
			Examples: []Example{{"print bin_at(6.5, 2.5, 7.0), bin_at(datetime(2024-02-29 17:45), 1h, datetime(2024-01-01 00:15))", []string{"4.5", "2024-02-29T17:15:00.0000000Z"}}},
		},
	)
}

// binTicks rounds whole numbers down. Times are never negative, which makes
// their form short.
func binTicks(c *Call) string {
	if n, ok := c.Args[1].long(); ok && n <= 0 {
		return "NULL"
	}
	size := "$2"
	if _, ok := c.Args[1].long(); !ok {
		size = "nullif($2, 0)"
	}
	if c.Args[0].Type == schema.Datetime {
		return c.expand("$1 - $1 % " + size)
	}
	return c.expand("$1 - (($1 % " + size + ") + $2) % $2")
}

func binNumber(c *Call) string {
	if c.Result == schema.Long || c.Result == schema.Int {
		return binTicks(c)
	}
	if c.Result == schema.Decimal {
		return c.decimal("bin")
	}
	return c.expandOperands("floor($1 / nullif($2, 0)) * $2")
}

// expandOperands is expand with the arguments as operands of arithmetic.
func (c *Call) expandOperands(template string) string {
	operands := *c
	operands.Args = make([]Arg, len(c.Args))
	for i := range c.Args {
		operands.Args[i] = Arg{SQL: c.operand(i)}
	}
	return operands.expand(template)
}

func binAt(c *Call) string {
	return c.expand("$3 + ($1 - $3) - ((($1 - $3) % nullif($2, 0)) + $2) % $2")
}
