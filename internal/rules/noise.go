package rules

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Noise is how many alerts rules raised where nothing happens.
type Noise struct {
	Events, Days int
	// Alerts are by rule: its file's name without the ending. Rules that were
	// not measured are not in it.
	Alerts map[string]int
}

// PerDay returns a rule's alerts per day; ok is false if it was not measured.
func (n *Noise) PerDay(name string) (perDay float64, ok bool) {
	alerts, ok := n.Alerts[name]
	return float64(alerts) / float64(n.Days), ok
}

// ReadNoise reads what Noise.Write wrote: lines of a name and a number, where
// events and days stand for themselves. Lines that begin with # are comments.
func ReadNoise(r io.Reader) (*Noise, error) {
	n := &Noise{Alerts: map[string]int{}}
	lines := bufio.NewScanner(r)
	for line := 1; lines.Scan(); line++ {
		name, number, _ := strings.Cut(lines.Text(), " ")
		if name == "" || name[0] == '#' {
			continue
		}
		value, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("noise, line %d: %q is not a name and a number", line, lines.Text())
		}
		switch name {
		case "events":
			n.Events = value
		case "days":
			n.Days = value
		default:
			n.Alerts[name] = value
		}
	}
	if n.Days < 1 {
		return nil, errors.New("noise: no line says how many days were measured")
	}
	return n, lines.Err()
}

// Write writes the noise in order of name.
func (n *Noise) Write(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Alerts that the built-in rules raise in a simulated company to which nothing happens.\n")
	fmt.Fprintf(&b, "events %d\ndays %d\n", n.Events, n.Days)
	for _, name := range slices.Sorted(maps.Keys(n.Alerts)) {
		fmt.Fprintf(&b, "%s %d\n", name, n.Alerts[name])
	}
	_, err := io.WriteString(w, b.String())
	return err
}
