package native

import (
	"encoding/xml"
	"strings"
	"sync"

	"github.com/ua-parser/uap-go/uaparser"
)

func pathFunctions() []function {
	return []function{
		textToText("kql_parse_path", parsePath),
		toText("kql_parse_version", []sqlType{text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return parseVersion(dst, b.text(0, row))
		}),
		toText("kql_parse_command_line", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			args, ok := commandLine(b.text(0, row), b.text(1, row))
			return array(dst, args), ok
		}),
		toText("kql_parse_xml", []sqlType{text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			v, ok := parseXML(b.text(0, row))
			return append(dst, v...), ok
		}),
		toText("kql_parse_user_agent", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list, ok := parseUserAgent(b.text(0, row), b.text(1, row))
			return bag(dst, list), ok
		}),
	}
}

// parsePath takes a path of Windows or Unix apart.
func parsePath(s string) (string, bool) {
	var scheme, stream string
	rest := s
	if before, after, ok := strings.Cut(rest, "://"); ok && !strings.ContainsAny(before, `/\`) {
		scheme, rest = before, after
	}
	sep := `\`
	if strings.Contains(rest, "/") && !strings.Contains(rest, `\`) {
		sep = "/"
	}
	root := ""
	if len(rest) >= 2 && rest[1] == ':' {
		root = rest[:2]
	}
	if i := strings.LastIndexByte(rest, ':'); i > 1 && !strings.ContainsAny(rest[i:], `/\`) {
		rest, stream = rest[:i], rest[i+1:]
	}
	directory, file := "", rest
	if i := strings.LastIndex(rest, sep); i >= 0 {
		directory, file = rest[:i], rest[i+1:]
	}
	name := directory
	if i := strings.LastIndex(directory, sep); i >= 0 {
		name = directory[i+1:]
	}
	extension := ""
	if i := strings.LastIndexByte(file, '.'); i >= 0 {
		extension = file[i+1:]
	}
	return string(bag(nil, []member{
		{"Scheme", quoted(scheme)},
		{"RootPath", quoted(root)},
		{"DirectoryPath", quoted(directory)},
		{"DirectoryName", quoted(name)},
		{"Filename", quoted(file)},
		{"Extension", quoted(extension)},
		{"AlternateDataStreamName", quoted(stream)},
	})), true
}

// parseVersion makes a number of up to four numbers with dots between, each of
// up to eight digits.
func parseVersion(dst []byte, s string) ([]byte, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return dst, false
	}
	var b strings.Builder
	for i := range 4 {
		part := "0"
		if i < len(parts) {
			part = parts[i]
		}
		if len(part) > 8 || part == "" || strings.Trim(part, "0123456789") != "" {
			return dst, false
		}
		b.WriteString(strings.Repeat("0", 8-len(part)) + part)
	}
	digits := strings.TrimLeft(b.String(), "0")
	if digits == "" {
		digits = "0"
	}
	return append(dst, digits...), true
}

// commandLine cuts a command line into arguments as Windows does: between
// blanks, with quotation marks around those that hold blanks, and backslashes
// in front of quotation marks that are meant.
func commandLine(s, kind string) ([]string, bool) {
	if !strings.EqualFold(kind, "windows") || strings.TrimSpace(s) == "" {
		return nil, false
	}
	var args []string
	var arg strings.Builder
	inside, any := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			n := 1
			for i+n < len(s) && s[i+n] == '\\' {
				n++
			}
			any = true
			if i+n >= len(s) || s[i+n] != '"' {
				arg.WriteString(s[i : i+n])
				i += n - 1
				continue
			}
			arg.WriteString(s[i : i+n/2])
			i += n - 1
			if n%2 == 1 {
				arg.WriteByte('"')
				i++
			}
		case c == '"':
			if inside && i+1 < len(s) && s[i+1] == '"' {
				arg.WriteByte('"')
				i++
				continue
			}
			inside, any = !inside, true
		case (c == ' ' || c == '\t') && !inside:
			if any {
				args = append(args, quoted(arg.String()))
			}
			arg.Reset()
			any = false
		default:
			arg.WriteByte(c)
			any = true
		}
	}
	if any {
		args = append(args, quoted(arg.String()))
	}
	return args, true
}

// An xmlNode is an element under way.
type xmlNode struct {
	name    string
	members []member
	text    strings.Builder
}

// parseXML makes a bag of an XML document: attributes are properties with an @
// before their names, text beside them is #text, elements of the same name
// become an array.
func parseXML(s string) (string, bool) {
	d := xml.NewDecoder(strings.NewReader(s))
	d.Strict = true
	stack := []*xmlNode{{}}
	for {
		token, err := d.RawToken()
		if err != nil {
			break
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(stack) > maxDepth {
				return "", false
			}
			n := &xmlNode{name: qualifiedName(t.Name)}
			for _, a := range t.Attr {
				n.members = append(n.members, member{"@" + qualifiedName(a.Name), quoted(a.Value)})
			}
			stack = append(stack, n)
		case xml.EndElement:
			if len(stack) < 2 || stack[len(stack)-1].name != qualifiedName(t.Name) {
				return "", false
			}
			n := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			stack[len(stack)-1].add(n.name, n.value())
		case xml.CharData:
			stack[len(stack)-1].text.Write(t)
		case xml.ProcInst:
			if t.Target == "xml" {
				stack[0].members = append(stack[0].members, member{"?xml", xmlDeclaration(string(t.Inst))})
			}
		}
	}
	if len(stack) != 1 || len(stack[0].members) == 0 || d.InputOffset() != int64(len(s)) {
		return "", false
	}
	return string(bag(nil, stack[0].members)), true
}

func qualifiedName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// xmlDeclaration reads version="1.0" encoding="UTF-8".
func xmlDeclaration(s string) string {
	var list []member
	for _, part := range strings.Fields(s) {
		name, value, ok := strings.Cut(part, "=")
		if ok {
			list = append(list, member{"@" + name, quoted(strings.Trim(value, `"'`))})
		}
	}
	return string(bag(nil, list))
}

func (n *xmlNode) value() string {
	text := strings.TrimSpace(n.text.String())
	if len(n.members) == 0 {
		if text == "" {
			return "null"
		}
		return quoted(text)
	}
	if text != "" {
		n.members = append(n.members, member{"#text", quoted(text)})
	}
	return string(bag(nil, n.members))
}

func (n *xmlNode) add(name, value string) {
	for i, m := range n.members {
		if m.name != name {
			continue
		}
		if list, ok := elements(m.value); ok {
			n.members[i].value = string(array(nil, append(list, value)))
		} else {
			n.members[i].value = string(array(nil, []string{m.value, value}))
		}
		return
	}
	n.members = append(n.members, member{name, value})
}

// userAgents knows the public list of user agents; reading it takes a moment.
var userAgents = sync.OnceValues(func() (*uaparser.Parser, error) { return uaparser.New() })

// parseUserAgent tells the browser, the operating system and the device of a
// user agent, those of them that are asked for.
func parseUserAgent(s, wanted string) ([]member, bool) {
	parser, err := userAgents()
	if err != nil {
		return nil, false
	}
	list, many := elements(wanted)
	if !many {
		list = []string{wanted}
	}
	asked := map[string]bool{}
	for _, w := range list {
		asked[strings.ToLower(plain(w))] = true
	}
	c := parser.Parse(s)
	var result []member
	if asked["browser"] {
		result = append(result, member{"Browser", agentBag("Family", c.UserAgent.Family, "MajorVersion", c.UserAgent.Major, "MinorVersion", c.UserAgent.Minor, "Patch", c.UserAgent.Patch)})
	}
	if asked["os"] {
		result = append(result, member{"OperatingSystem", agentBag("Family", c.Os.Family, "MajorVersion", c.Os.Major, "MinorVersion", c.Os.Minor, "Patch", c.Os.Patch, "PatchMinor", c.Os.PatchMinor)})
	}
	if asked["device"] {
		result = append(result, member{"Device", agentBag("Family", c.Device.Family, "Brand", c.Device.Brand, "Model", c.Device.Model)})
	}
	return result, true
}

func agentBag(pairs ...string) string {
	var list []member
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, member{pairs[i], quoted(pairs[i+1])})
	}
	return string(bag(nil, list))
}
