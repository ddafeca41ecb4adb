package chart

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/schema"
)

func column(name string, t schema.Type) schema.Column { return schema.Column{Name: name, Type: t} }

var perKind = []schema.Column{column("Kind", schema.String), column("Count", schema.Long)}

var kinds = [][]any{{"read", int64(8)}, {"write", int64(4)}, {"delete\x1b[2J", int64(0)}, {"none", nil}}

func draw(t *testing.T, columns []schema.Column, rows [][]any, opt Options) string {
	t.Helper()
	lines, err := Draw(columns, rows, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if utf8.RuneCountInString(l) > opt.Width && !opt.Colour {
			t.Errorf("%q is wider than %d", l, opt.Width)
		}
	}
	return strings.Join(lines, "\n")
}

func TestBars(t *testing.T) {
	want := strings.Join([]string{
		"read       ███████████████ 8",
		"write      ███████▌ 4",
		"delete [2J  0",
		"none",
	}, "\n")
	if diff := cmp.Diff(want, draw(t, perKind, kinds, Options{Kind: "barchart", Width: 30})); diff != "" {
		t.Error(diff)
	}
	if got := draw(t, perKind, kinds, Options{Kind: "piechart", Width: 40, ASCII: true}); !strings.Contains(got, "66.7 %  8") || strings.Contains(got, "\x1b") {
		t.Errorf("a pie is drawn as\n%s", got)
	}
}

func TestLinesInASCII(t *testing.T) {
	var rows [][]any
	start := schema.DatetimeValue(638_447_616_000_000_000)
	for i, v := range []any{int64(0), int64(5), nil, int64(10), int64(10)} {
		rows = append(rows, []any{start + schema.DatetimeValue(i)*schema.TicksPerHour, v})
	}
	got := draw(t, []schema.Column{column("T", schema.Datetime), column("N", schema.Long)}, rows, Options{Kind: "timechart", Width: 40, Height: 5, ASCII: true})
	want := strings.Join([]string{
		" 10 |                          *********",
		"7.5 |",
		"  5 |       ***",
		"2.5 |   ****",
		"  0 |***",
		"    +-----------------------------------",
		"     29 00:00                   29 04:00",
	}, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSeriesOfMakeSeries(t *testing.T) {
	rows := [][]any{{"a", schema.DynamicValue("[1,2,null]"), schema.DynamicValue(`["2024-02-29T00:00:00Z","2024-02-29T01:00:00Z","2024-02-29T02:00:00Z"]`)}}
	columns := []schema.Column{column("who", schema.String), column("n", schema.Dynamic), column("t", schema.Dynamic)}
	d, err := read(columns, rows, Options{Kind: "timechart"})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.series) != 1 || d.series[0].Name != "a" || len(d.series[0].Points) != 3 || d.series[0].Points[2].Known {
		t.Errorf("the series are %+v", d.series)
	}
}

func TestManySeriesAreLeftOut(t *testing.T) {
	var rows [][]any
	for i := range 30 {
		rows = append(rows, []any{int64(i % 3), string(rune('A' + i)), int64(i)})
	}
	columns := []schema.Column{column("x", schema.Long), column("who", schema.String), column("n", schema.Long)}
	if got := draw(t, columns, rows, Options{Kind: "linechart", Width: 60, Height: 8}); !strings.Contains(got, "(20 more)") {
		t.Errorf("it is not told that series are missing:\n%s", got)
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	for name, c := range map[string]struct {
		columns []schema.Column
		opt     Options
		want    string
	}{
		"no numbers":        {[]schema.Column{column("a", schema.String)}, Options{Kind: "barchart"}, "column of numbers"},
		"an unknown column": {perKind, Options{Kind: "barchart", Properties: map[string]string{"xcolumn": "Kin"}}, `no column "Kin"`},
		"another chart":     {perKind, Options{Kind: "treemap"}, "cannot be drawn"},
	} {
		if _, err := Draw(c.columns, kinds, c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestExtremeAxes draws numbers far beyond the axes, and axes of no length.
func TestExtremeAxes(t *testing.T) {
	columns := []schema.Column{column("x", schema.Long), column("n", schema.Real)}
	for _, rows := range [][][]any{
		{{int64(1), 1e9}, {int64(2), -1e9}},
		{{int64(math.MinInt64), 1.7e308}, {int64(math.MaxInt64), -1.7e308}},
		{{int64(1), 1.7e308}, {int64(2), 0.0}},
		{{int64(1), 5e-324}},
	} {
		for _, kind := range Kinds() {
			for _, ends := range []map[string]string{
				nil, {"ymax": "1e-300"}, {"ymin": "nan", "ymax": "inf"}, {"ymin": "5", "ymax": "5"}, {"ymin": "-1e308", "ymax": "1e308"},
			} {
				for line := range strings.SplitSeq(draw(t, columns, rows, Options{Kind: kind, Properties: ends, Width: 40, Height: 6}), "\n") {
					if n := utf8.RuneCountInString(line); n > 40 {
						t.Errorf("%s of %v in %v: a line of %d characters: %s", kind, rows, ends, n, line)
					}
				}
			}
		}
	}
}
