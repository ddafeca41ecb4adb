package format

import "nephoscope/internal/kql/syntax"

// spaced tells whether a space stands before a node. Where it is left to the
// writer, as between a name and its bracket, it stays as it was.
func spaced(nodes []node, i int) bool {
	n, before := &nodes[i], &nodes[i-1]
	switch {
	case n.Text == "," || n.Text == ";" || n.Text == ".":
		return false
	case before.Text == ".":
		return false
	case before.Text == ",", before.Text == ";", n.Text == "|", before.Text == "|", isComparison(n), isComparison(before):
		return true
	case isBinary(n):
		return n.Spaced || between(nodes, i)
	case isBinary(before):
		return n.Spaced || between(nodes, i-1)
	}
	return n.Spaced
}

func isComparison(n *node) bool {
	if n.Class != syntax.Sign {
		return false
	}
	switch n.Text {
	case "==", "!=", "=~", "!~", "<=", ">=", "<>", "=>":
		return true
	}
	return false
}

// isBinary tells whether a sign stands between two operands, or is something
// else: part of an arrow in a graph's pattern.
func isBinary(n *node) bool {
	if n.Class != syntax.Sign {
		return false
	}
	switch n.Text {
	case "+", "/", "%", "<", ">":
		return true
	}
	return false
}

// between tells whether a sign stands between two operands, of which nothing
// but names, values and brackets is sure to be one.
func between(nodes []node, i int) bool {
	if i == 0 || i == len(nodes)-1 {
		return false
	}
	before, after := &nodes[i-1], &nodes[i+1]
	return isOperand(before) && isOperand(after)
}

func isOperand(n *node) bool { return n.Class == syntax.Value || n.Class == syntax.Name || n.isGroup() }
