package decode

import "nephoscope/internal/event"

// maxDepth is how deeply objects and arrays may nest in one record.
const (
	maxDepth    = 512
	wantShallow = "no deeper nesting"
)

// An outcome is how a scan ended.
type outcome uint8

const (
	faulted  outcome = iota // scanner.fault tells why
	complete                // a whole value
	envelope                // scanner.found tells which array of records begins
)

// A scanner reads one JSON value in one strict pass: it checks all that RFC
// 8259 demands (syntax, UTF-8, escapes, surrogates, numbers) and fills a tape
// of nodes. Repeated keys are let through, readers see the first.
type scanner struct {
	nodes []event.Node
	open  [maxDepth]int32 // nodes of the containers that are open
	fault fault

	watch watch // envelopes at which an object's scan stops
	found list
	asked int // how often an array was looked at whether it is a list
}

// scan reads the value that b begins with. With outcome complete, end is where
// it ends; with outcome envelope, where the array of records begins.
func (s *scanner) scan(b []byte) (end int, out outcome) {
	s.asked = 0
	s.nodes, end, out = s.run(b, s.nodes[:0])
	return end, out
}

// run does what scan promises, into nodes.
//
// It is one long function because keeping its state in registers is worth a
// third of the speed of the whole decoder. At the top of the outer loop a
// member or an element begins at i; the inner loop ends values.
func (s *scanner) run(b []byte, nodes []event.Node) (tape []event.Node, end int, out outcome) {
	depth, i, member := 0, 0, false
	for {
		nodes = append(nodes, event.Node{})
		n := &nodes[len(nodes)-1]
		if member {
			if i = s.key(b, i, n, &nodes[s.open[depth-1]]); i < 0 {
				return nodes, i, faulted
			}
		}
		if i >= len(b) {
			return nodes, i, s.fail(i, ReasonTruncated, "a value")
		}
		switch c := b[i]; c {
		case '"':
			end := skipPlain(b, i+1)
			if end >= len(b) || b[end] != '"' {
				var escaped bool
				if end, escaped = stringEnd(b, i+1); end < 0 {
					s.fault = stringFault(b, i+1)
					return nodes, i, faulted
				}
				if escaped {
					n.Flags |= event.ValueEscaped
					if depth > 0 {
						nodes[s.open[depth-1]].Flags |= event.Escapes
					}
				}
			}
			n.Kind, n.Start, n.End, n.Next = event.String, int32(i+1), int32(end), int32(len(nodes))
			i = end + 1
		case '{', '[':
			if depth == 1 && c == '[' && s.watch != 0 && s.watched(b, i, *n, nodes[:len(nodes)-1]) {
				return nodes[:len(nodes)-1], i, envelope
			}
			if depth == maxDepth {
				return nodes, i, s.fail(i, ReasonSyntax, wantShallow)
			}
			n.Kind, n.Start = event.Object, int32(i)
			if c == '[' {
				n.Kind = event.Array
			}
			s.open[depth] = int32(len(nodes) - 1)
			depth++
			i++
			if i < len(b) && b[i] <= ' ' {
				i = space(b, i, n)
			}
			if i < len(b) && b[i] == c+2 {
				break
			}
			member = c == '{'
			continue
		default:
			end, kind := scalarEnd(b, i)
			if kind == event.Missing {
				s.fault = scalarFault(b, i)
				return nodes, i, faulted
			}
			n.Kind, n.Start, n.End, n.Next = kind, int32(i), int32(end), int32(len(nodes))
			i = end
		}
		for {
			if depth == 0 {
				return nodes, i, complete
			}
			top := &nodes[s.open[depth-1]]
			if i < len(b) && b[i] <= ' ' {
				i = space(b, i, top)
			}
			if i >= len(b) {
				return nodes, i, s.fail(i, ReasonTruncated, "a comma or a closing bracket")
			}
			c := b[i]
			if c == ',' {
				i++
				if i < len(b) && b[i] <= ' ' {
					i = space(b, i, top)
				}
				member = top.Kind == event.Object
				break
			}
			if c != closer(top.Kind) {
				return nodes, i, s.fail(i, ReasonSyntax, "a comma or a closing bracket")
			}
			i++
			depth--
			top.End, top.Next = int32(i), int32(len(nodes))
			if depth > 0 {
				nodes[s.open[depth-1]].Flags |= top.Flags & (event.Spaced | event.Escapes)
			}
		}
	}
}

// skip scans a value for its end alone.
func (s *scanner) skip(b []byte) (end int, f fault) {
	s.watch = 0
	end, out := s.scan(b)
	if out == complete {
		return end, fault{}
	}
	return 0, s.fault
}

func (s *scanner) fail(at int, reason Reason, want string) outcome {
	s.fault = fault{at, reason, want}
	return faulted
}

// key reads a key and its colon into n and returns where the value begins, or
// -1.
func (s *scanner) key(b []byte, i int, n *event.Node, object *event.Node) int {
	if i >= len(b) || b[i] != '"' {
		s.fault = missing(b, i, "a key in double quotes")
		return -1
	}
	end := skipPlain(b, i+1)
	if end >= len(b) || b[end] != '"' {
		var escaped bool
		if end, escaped = stringEnd(b, i+1); end < 0 {
			s.fault = stringFault(b, i+1)
			return -1
		}
		if escaped {
			n.Flags = event.KeyEscaped
			object.Flags |= event.Escapes
		}
	}
	n.KeyStart, n.KeyEnd = int32(i+1), int32(end)
	i = end + 1
	if i < len(b) && b[i] <= ' ' {
		i = space(b, i, object)
	}
	if i >= len(b) || b[i] != ':' {
		s.fault = missing(b, i, "a colon after a key")
		return -1
	}
	i++
	if i < len(b) && b[i] <= ' ' {
		i = space(b, i, object)
	}
	return i
}

func missing(b []byte, i int, want string) fault {
	if i >= len(b) {
		return fault{i, ReasonTruncated, want}
	}
	return fault{i, ReasonSyntax, want}
}

// space skips white space inside a container and marks it.
func space(b []byte, i int, container *event.Node) int {
	end := skipSpace(b, i)
	if end > i {
		container.Flags |= event.Spaced
	}
	return end
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func closer(k event.Kind) byte {
	if k == event.Object {
		return '}'
	}
	return ']'
}
