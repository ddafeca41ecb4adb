package format

import (
	"strings"

	"nephoscope/internal/kql/syntax"
)

// A printer writes lines. What is not on a new line continues the last one.
type printer struct {
	out strings.Builder
	col int // bytes on the current line
	// ended tells that a comment has ended the line.
	ended bool
}

func (p *printer) finish() string {
	text := strings.TrimSpace(p.out.String())
	if text == "" {
		return ""
	}
	return text + "\n"
}

func (p *printer) write(text string) {
	p.out.WriteString(text)
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		p.col = len(text) - i - 1
	} else {
		p.col += len(text)
	}
	p.ended = false
}

func (p *printer) newline(indent int) {
	p.out.WriteString("\n" + strings.Repeat(" ", indent))
	p.col, p.ended = indent, false
}

func (p *printer) blank() { p.out.WriteByte('\n') }

// comments writes those before a token: the first behind what precedes it if it
// stood there, all others on lines of their own. After them a new line must
// start.
func (p *printer) comments(list []syntax.Comment, indent int) {
	for i, c := range list {
		switch {
		case i == 0 && !c.OwnLine && p.out.Len() > 0 && !p.atLineStart():
			p.out.WriteByte(' ')
		case p.out.Len() > 0 && (p.ended || !p.atLineStart()):
			if c.Blank && p.topLevel(indent) {
				p.blank()
			}
			p.newline(indent)
		}
		p.write(c.Text)
		p.ended = true
	}
}

// topLevel tells whether blank lines are kept at an indentation.
func (p *printer) topLevel(indent int) bool { return indent == 0 }

// atLineStart tells whether nothing but the indentation is on the line.
func (p *printer) atLineStart() bool {
	text := p.out.String()
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:]) == ""
}

// start begins a line for a token, after its comments and a blank line if it had
// one.
func (p *printer) start(n *node, indent int) {
	p.comments(n.Comments, indent)
	if p.out.Len() == 0 || p.atLineStart() && !p.ended {
		return
	}
	if n.Blank && p.topLevel(indent) {
		p.blank()
	}
	p.newline(indent)
}

// statements writes statements, each on lines of its own.
func (p *printer) statements(nodes []node, indent int) {
	for _, st := range split(nodes, ";") {
		if len(st) == 0 {
			continue
		}
		p.start(&st[0], indent)
		p.statement(bare(st), indent)
	}
}

// statement writes one, its pipes below each other. Those of a let statement
// are indented, and stay on its line if they are short.
func (p *printer) statement(st []node, indent int) {
	inner := indent
	if st[0].Text == "let" || st[0].Text == "set" || st[0].Text == "declare" {
		inner += step
		if !anyBroken(st) && indent+len(flat(st)) <= width && !holds(st, "|") {
			p.write(flat(st))
			return
		}
	}
	p.pipes(st, indent, inner)
}

// pipes writes a pipe: its operators start lines.
func (p *printer) pipes(nodes []node, indent, inner int) {
	parts := split(nodes, "|")
	for i, part := range parts {
		var bar *node
		if i < len(parts)-1 {
			bar, part = &part[len(part)-1], part[:len(part)-1]
		}
		at := inner
		if i == 0 {
			at = indent
		}
		p.segment(part, at, i > 0)
		if bar != nil {
			p.comments(bar.Comments, inner)
			if p.ended || !p.atLineStart() {
				p.newline(inner)
			}
			p.write("|")
		}
	}
}

// segment writes an operator, on one line if it fits.
func (p *printer) segment(nodes []node, indent int, piped bool) {
	if len(nodes) == 0 {
		return
	}
	lead := ""
	if piped {
		lead = " "
	}
	if !anyBroken(nodes) && p.col+len(lead)+len(flat(nodes)) <= width {
		p.write(lead + flat(nodes))
		return
	}
	p.sequence(nodes, indent, lead, breaksOf(nodes))
}

// breaksOf tells before which nodes of a long operator a line may end: behind
// commas, before by, and and or, and before the clauses of a graph's match.
func breaksOf(nodes []node) map[int]bool {
	at := map[int]bool{}
	commas := holds(nodes, ",") && len(flat(nodes)) > width
	for i := range nodes {
		n := &nodes[i]
		switch {
		case i > 0 && commas && nodes[i-1].Text == ",":
			at[i] = true
		case i > 1 && strings.HasPrefix(nodes[0].Text, "graph-") && (n.Text == "where" || n.Text == "project") && len(flat(nodes)) > width:
			at[i] = true
		case i > 1 && n.Class == syntax.Keyword && (n.Text == "by" || n.Text == "and" || n.Text == "or") && len(flat(nodes)) > width:
			at[i] = true
		}
	}
	return at
}

// sequence writes nodes one after the other; lead stands before the first.
func (p *printer) sequence(nodes []node, indent int, lead string, breaks map[int]bool) {
	for i := range nodes {
		n := &nodes[i]
		space := i > 0 && spaced(nodes, i)
		switch {
		case len(n.Comments) > 0:
			p.comments(n.Comments, indent+step)
			p.newline(indent + step)
		case p.ended, breaks[i]:
			p.newline(indent + step)
		case i == 0:
			p.write(lead)
		case space:
			p.write(" ")
		}
		p.node(n, indent)
	}
}

// node writes a token, or a group: on one line if it fits, else its content on
// lines of its own.
func (p *printer) node(n *node, indent int) {
	if !n.isGroup() {
		p.write(n.Text)
		return
	}
	if text := n.flat(); !n.broken() && (p.col+len(text) <= width || len(text) < 12) {
		p.write(text)
		return
	}
	p.write(n.Text)
	if len(n.inside) > 0 {
		p.start(&n.inside[0], indent+step)
		p.content(n.Text, bare(n.inside), indent+step)
	}
	p.comments(n.close.Comments, indent+step)
	p.newline(indent)
	p.write(n.close.Text)
}

// content writes what is in a broken group: statements, a pipe, or a list.
func (p *printer) content(open string, inside []node, indent int) {
	switch {
	case open == "{" || holds(inside, ";"):
		p.statements(inside, indent)
	case holds(inside, "|"):
		p.pipes(inside, indent, indent)
	default:
		p.list(inside, indent)
	}
}

// bare is nodes of which the comments in front are written already.
func bare(nodes []node) []node {
	if len(nodes) == 0 || len(nodes[0].Comments) == 0 {
		return nodes
	}
	dup := append([]node{}, nodes...)
	dup[0].Comments = nil
	return dup
}

// list writes items, each on a line of its own.
func (p *printer) list(nodes []node, indent int) {
	for _, item := range split(nodes, ",") {
		if len(item) == 0 {
			continue
		}
		p.start(&item[0], indent)
		item = bare(item)
		p.sequence(item, indent, "", breaksOf(item))
	}
}
