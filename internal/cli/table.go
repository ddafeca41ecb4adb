package cli

import (
	"io"
	"strings"
	"unicode/utf8"
)

// A grid prints aligned columns. Columns whose cells are numbers are aligned
// to the right.
type grid struct {
	header []string
	right  []bool
	rows   [][]string
}

func newGrid(header ...string) *grid {
	return &grid{header: header, right: make([]bool, len(header))}
}

// number marks columns as numbers.
func (g *grid) number(cols ...int) *grid {
	for _, c := range cols {
		g.right[c] = true
	}
	return g
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// print writes the grid. On a terminal of that width the last column is cut;
// width 0 cuts nothing.
func (g *grid) print(w io.Writer, width int) {
	widths := make([]int, len(g.header))
	for _, row := range append([][]string{g.header}, g.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range append([][]string{g.header}, g.rows...) {
		say(w, "%s\n", cut(g.line(row, widths), width))
	}
}

func (g *grid) line(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		switch {
		case g.right[i]:
			b.WriteString(space + cell)
		case i == len(row)-1:
			b.WriteString(cell)
		default:
			b.WriteString(cell + space)
		}
		if i < len(row)-1 {
			b.WriteString("  ")
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// cut shortens a line to a width in characters, 0 for any.
func cut(line string, width int) string {
	if width <= 0 || utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:width-1]) + "…"
}
