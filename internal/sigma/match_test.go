package sigma_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A matchCase is a detection and events, of which those are found whose
// numbers stand in want.
type matchCase struct {
	name      string
	detection string
	events    []record
	want      string
}

func caller(names ...string) []record {
	var list []record
	for _, name := range names {
		list = append(list, record{"Caller": name})
	}
	return list
}

func sizes(values ...string) []record {
	var list []record
	for _, value := range values {
		list = append(list, record{"Properties_d": `{"size":` + value + `}`})
	}
	return list
}

// modifierCases have one search each.
var modifierCases = []matchCase{
	{"whole, whatever the case", "caller: Ada", caller("ada", "ADA", "adam", ""), "1 2"},
	{"one of a list", "caller: [ada, bo]", caller("bo", "cy", "Ada"), "1 3"},
	{"wildcards", "caller: a?a*z", caller("adaz", "AbA--Z", "aaz", "adaz1"), "1 2"},
	{"only a star asks for a value", "caller: '*'", caller("ada", ""), "1"},
	{"a star at one end", "caller: 'ad*'", caller("ada", "bad"), "1"},
	{"escaped wildcard", `caller: 'a\*'`, caller("a*", "ab", `a\*`), "1"},
	{"escaped backslash before a wildcard", `caller: 'a\\*'`, caller(`a\b`, "ab", `a\`), "1 3"},
	{"plain backslash", `caller: 'dom\ada'`, caller(`DOM\ada`, "domada"), "1"},
	{"a quote and a line break", "caller: \"a\\\"b\\nc\"", caller("a\"b\nc", "a\"b c"), "1"},
	{"contains", "caller|contains: da", caller("ada", "bo"), "1"},
	{"contains with a wildcard", "caller|contains: 'd?a'", caller("xdoay", "xday"), "1"},
	{"startswith", "caller|startswith: ad", caller("Ada", "bad"), "1"},
	{"endswith", "caller|endswith: da", caller("aDA", "dab"), "1"},
	{"all of a list", "caller|contains|all: [a, b]", caller("ab", "a", "xbay"), "1 3"},
	{"cased", "caller|cased: Ada", caller("Ada", "ada"), "1"},
	{"cased contains", "caller|contains|cased: dA", caller("adA", "ada"), "1"},
	{"cased list", "caller|cased: [A, B]", caller("A", "b", "B"), "1 3"},
	{"regular expression, cased", `caller|re: '^a\d+$'`, caller("a12", "A12", "a"), "1"},
	{"regular expression, any case", `caller|re|i: '^a\d+$'`, caller("a12", "A12", "a"), "1 2"},
	{"regular expression over lines", `caller|re|m: '^b$'`, caller("a\nb", "ab"), "1"},
	{"regular expression, dot for all", `caller|re|s: 'a.b'`, caller("a\nb", "a-b", "ab"), "1 2"},
	{"neq", "caller|neq: ada", caller("ada", "bo", ""), "2 3"},
	{"neq of a list", "caller|neq: [ada, bo]", caller("ada", "bo", "cy"), "3"},
	{"neq contains", "caller|contains|neq: da", caller("ada", "bo"), "2"},
	{"null", "caller: null", caller("", "ada"), "1"},
	{"empty", "caller: ''", caller("", "ada"), "1"},
	{"null or a value", "caller: [null, ada]", caller("", "ada", "bo"), "1 2"},
	{"exists", "caller|exists: true", caller("", "ada"), "2"},
	{"exists not", "caller|exists: false", caller("", "ada"), "1"},
	{"network", "callerIpAddress|cidr: [10.0.0.0/8, '2001:db8::/32']", []record{
		{"CallerIpAddress": "10.2.3.4"}, {"CallerIpAddress": "11.2.3.4"}, {"CallerIpAddress": "2001:db8::7"}, {"CallerIpAddress": "east"},
	}, "1 3"},
	{"greater", "properties.size|gt: 9", sizes("9", "10", "9.5", `"11"`, `"x"`), "2 3 4"},
	{"greater or the same", "properties.size|gte: 9", sizes("9", "8.9"), "1"},
	{"less", "properties.size|lt: 10", sizes("9", "10", `"x"`), "1"},
	{"less or the same", "properties.size|lte: -1.5", sizes("-1.5", "-2", "0"), "1 2"},
	{"a number", "properties.size: 10", sizes("10", `"10"`, "100"), "1 2"},
	{"numbers", "properties.size: [10, 11]", sizes("10", "11", "12"), "1 2"},
	{"a truth value", "properties.size: true", sizes("true", "false", `"True"`), "1 3"},
	{"a number contained", "properties.size|contains: 10", sizes("2103", "1"), "1"},
	{"another field", "caller|fieldref: properties.size", []record{
		{"Caller": "ada", "Properties_d": `{"size":"ADA"}`}, {"Caller": "ada", "Properties_d": `{"size":"bo"}`},
	}, "1"},
	{"beginning with another field", "caller|fieldref|startswith: properties.size", []record{
		{"Caller": "adam", "Properties_d": `{"size":"ada"}`}, {"Caller": "madam", "Properties_d": `{"size":"ada"}`},
	}, "1"},
	{"base64", "caller|base64: foo bar", caller("Zm9vIGJhcg==", "foo bar"), "1"},
	{"base64offset", "caller|base64offset|contains: secret word", caller("eHNlY3JldCB3b3JkeQ==", "eHhzZWNyZXQgd29yZHk=", "c2VjcmV0IHdvcmR5", "b3RoZXIgd29yZHM="), "1 2 3"},
	{"wide and base64", "caller|wide|base64: foo", caller("ZgBvAG8A", "Zm9v"), "1"},
	{"utf16le and base64offset", "caller|utf16le|base64offset|contains: foo", caller("ZgBvAG8A", "Zm9v"), "1"},
	{"utf16be and base64", "caller|utf16be|base64: foo", caller("AGYAbwBv", "ZgBvAG8A"), "1"},
	{"utf16 and base64", "caller|utf16|base64: fo", caller("//5mAG8A", "ZgBvAA=="), "1"},
	{"windash", "caller|windash|contains: ' -f /s'", caller("a -f /s", "a /f -s", "a –f —s", "a f s", "a -f s"), "1 2 3"},
	{"windash leaves hyphens in words", "caller|windash: a-b", caller("a-b", "a/b"), "1"},
	{"hour", "TimeGenerated|hour: 13", []record{{"TimeGenerated": 0}, {"TimeGenerated": 3600}, {"TimeGenerated": 7199}}, "2 3"},
	{"minutes from", "TimeGenerated|minute|gte: 59", []record{{"TimeGenerated": 0}, {"TimeGenerated": 3599}}, "2"},
	{"expand without a placeholder", `caller|expand: 'a\%b\%'`, caller("a%b%", "ab"), "1"},
	{"a key that is no name", "properties.odd-key: x", []record{{"Properties_d": `{"odd-key":"X"}`}, {"Properties_d": `{"odd":"x"}`}}, "1"},
	{"a key below others", "properties.a.b: x", []record{{"Properties_d": `{"a":{"b":"x"}}`}, {"Properties_d": `{"a":"x"}`}}, "1"},
	{"elements of a list", "properties.names{}.new|endswith: x", []record{{"Properties_d": `{"names":[{"new":"a"},{"new":"bx"}]}`}, {"Properties_d": `{"names":[]}`}}, "1"},
	{"a field without a column", "Workload: Exchange", []record{{"Properties_d": `{"Workload":"exchange"}`}, {"Caller": "Exchange"}}, "1"},
	{"a claim", "claims.appid: x1", []record{{"Claims_d": `{"appid":"X1"}`}, {"Claims_d": `{"appid":"x2"}`}}, "1"},
}

// conditionCases have several searches and a condition.
var conditionCases = []matchCase{
	{"fields of a search", "s: {caller: ada, Level: Error}\ncondition: s", []record{{"Caller": "ada", "Level": "Error"}, {"Caller": "ada"}}, "1"},
	{"list of searches", "s:\n- {caller: ada, Level: Error}\n- caller: bo\ncondition: s", []record{{"Caller": "ada", "Level": "Error"}, {"Caller": "bo"}, {"Caller": "ada"}}, "1 2"},
	{"and, not", "s: {caller|contains: a}\nf: {caller: ada}\ncondition: s and not f", caller("ada", "bao", "cy"), "2"},
	{"or binds less than and", "a: {caller: ada}\nb: {caller: bo}\nc: {Level: Error}\ncondition: a or b and c", []record{{"Caller": "ada"}, {"Caller": "bo"}, {"Caller": "bo", "Level": "Error"}}, "1 3"},
	{"brackets", "a: {caller: ada}\nb: {caller: bo}\nc: {Level: Error}\ncondition: (a or b) and c", []record{{"Caller": "ada"}, {"Caller": "bo", "Level": "Error"}}, "2"},
	{"not before brackets", "a: {caller: ada}\nb: {caller: bo}\ncondition: not (a or b)", caller("ada", "bo", "cy"), "3"},
	{"not of what is absent", "a: {properties.size|gt: 5}\nb: {callerIpAddress|cidr: 10.0.0.0/8}\ncondition: not a and not b", append(sizes("6", "5"), record{"Caller": "ada"}), "2 3"},
	{"1 of a pattern", "sel_a: {caller: ada}\nsel_b: {caller: bo}\nother: {caller: cy}\ncondition: 1 of sel_*", caller("ada", "bo", "cy"), "1 2"},
	{"all of a pattern", "sel_a: {caller|startswith: a}\nsel_b: {caller|endswith: z}\ncondition: all of sel_*", caller("az", "a", "z"), "1"},
	{"1 of them without underscores", "a: {caller: ada}\n_b: {caller: bo}\ncondition: 1 of them", caller("ada", "bo"), "1"},
	{"all of them", "a: {caller|startswith: a}\nb: {caller|endswith: z}\ncondition: all of them", caller("az", "a"), "1"},
	{"any of them", "a: {caller: ada}\nb: {caller: bo}\ncondition: any of them", caller("ada", "bo", "cy"), "1 2"},
	{"2 of them", "a: {caller|contains: a}\nb: {caller|contains: b}\nc: {caller|contains: c}\ncondition: 2 of them", caller("ab", "a", "xcb", "abc", "cc"), "1 3 4"},
	{"star in the middle", "a_1_x: {caller: ada}\na_2_y: {caller: bo}\ncondition: 1 of a_*_x", caller("ada", "bo"), "1"},
	{"list of conditions", "a: {caller: ada}\nb: {caller: bo}\ncondition: [a, b]", caller("ada", "bo", "cy"), "1 2"},
	{"words in capitals", "a: {caller|contains: a}\nb: {caller: ada}\ncondition: a AND NOT b", caller("ada", "bao"), "2"},
	{"words", "k: [needle, 'pin?cushion']\ncondition: k", []record{{"Caller": "the Needle"}, {"Properties_d": `{"x":["needle"]}`}, {"Authorization_d": `{"action":"pin-cushion"}`}, {"Caller": "hay"}}, "1 2 3"},
	{"all words", "k:\n  '|all': [needle, thread]\ncondition: k", []record{{"Caller": "needle", "Level": "x", "Properties_d": `{"x":"Thread"}`}, {"Caller": "needle"}}, "1"},
	{"words and fields", "k: [needle]\ns: {Level: Error}\ncondition: k and not s", []record{{"Caller": "needle"}, {"Caller": "needle", "Level": "Error"}}, "1"},
	{"expression for the event", "k:\n  '|re': 'need+le'\ncondition: k", []record{{"Caller": "a needddle"}, {"Caller": "Needdle"}}, "1"},
}

func TestSearchesMatchAsSigmaSays(t *testing.T) {
	cases := modifierCases
	for i := range cases {
		if !strings.Contains(cases[i].detection, "condition:") {
			cases[i].detection = "s:\n  " + cases[i].detection + "\ncondition: s"
		}
	}
	cases = append(cases, conditionCases...)
	s := newStand(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := detection("activitylogs", c.detection)
			rule := convert(t, text)
			day := s.newDay()
			for i, e := range c.events {
				e["CorrelationId"] = fmt.Sprint(i + 1)
			}
			s.add(t, "AzureActivity", day, c.events...)
			rule.Period = 4 * time.Hour
			rule.Query = strings.ReplaceAll(rule.Query, "ago(15m)", "ago(4h)")
			if got := column(s.run(t, rule, day.Add(3*time.Hour)), "CorrelationId"); got != c.want {
				t.Errorf("found %q, want %q\n%s\n%s", got, c.want, text, rule.Query)
			}
		})
	}
}
