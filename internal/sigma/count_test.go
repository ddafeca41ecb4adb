package sigma_test

import (
	"strings"
	"testing"
	"time"
)

// at makes events of one caller at so many seconds.
func at(name string, seconds ...int) []record {
	var list []record
	for _, s := range seconds {
		list = append(list, record{"TimeGenerated": s, "Caller": name, "OperationNameValue": "x/write", "CorrelationId": time.Duration(s).String() + name})
	}
	return list
}

func joined(lists ...[]record) (all []record) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

const ofX = "s: {operationName: x/write}\n"

// countCases are rules of the old form: of each, the callers that are found by
// the run an hour after noon, or every quarter of an hour around it.
var countCases = []struct {
	name, detection string
	events          []record
	want            string // callers by run, runs that find nothing left out
}{
	{"as many as needed", ofX + "timeframe: 10m\ncondition: s | count() by caller >= 3", joined(at("ada", 60, 120, 180), at("bo", 60, 120)), "12:15 ada"},
	{"more than", ofX + "timeframe: 10m\ncondition: s | count() by caller > 2", at("ada", 60, 120, 180), "12:15 ada"},
	{"in a row of the length", ofX + "timeframe: 10m\ncondition: s | count() by caller >= 3", at("ada", 60, 360, 660), "12:15 ada"},
	{"longer than the length", ofX + "timeframe: 10m\ncondition: s | count() by caller >= 3", at("ada", 60, 360, 661), ""},
	{"over the border of two runs", ofX + "timeframe: 10m\ncondition: s | count() by caller >= 3", at("ada", 800, 850, 950), "12:30 ada"},
	{"goes on in the next run", ofX + "timeframe: 10m\ncondition: s | count() by caller >= 3", at("ada", 800, 850, 890, 950), "12:15 ada, 12:30 ada"},
	{"without a group", ofX + "timeframe: 10m\ncondition: s | count() >= 3", joined(at("ada", 60, 120), at("bo", 180)), "12:15 bo"},
	{"without a group and too few", ofX + "timeframe: 10m\ncondition: s | count() >= 3", at("ada", 60, 120), ""},
	{"of two fields", ofX + "timeframe: 10m\ncondition: s | count() by caller, resourceId >= 2", at("ada", 60, 120), "12:15 ada"},
	{"one is enough", ofX + "timeframe: 10m\ncondition: s | count() by caller >= 1", at("ada", 60), "12:15 ada"},
	{"different values", ofX + "timeframe: 10m\ncondition: s | count(correlationId) by caller >= 3", joined(at("ada", 60, 120, 180), at("bo", 60, 60, 60)), "12:15 ada"},
	{"different values across runs", ofX + "timeframe: 10m\ncondition: s | count(correlationId) by caller >= 3", at("ada", 700, 850, 1000), "12:30 ada"},
	{"different values too far apart", ofX + "timeframe: 10m\ncondition: s | count(correlationId) by caller >= 3", at("ada", 60, 600, 1300), ""},
	{"fewer than", ofX + "timeframe: 15m\ncondition: s | count() by caller < 3", joined(at("ada", 60, 120), at("bo", 60, 120, 180)), "12:15 ada"},
	{"exactly", ofX + "timeframe: 1m\ncondition: s | count() by caller == 2", joined(at("ada", 10, 20), at("bo", 10, 20, 30), at("cy", 50, 70)), "12:05 ada"},
	{"sum", ofX + "timeframe: 10m\ncondition: s | sum(properties.size) by caller > 10", []record{
		{"TimeGenerated": 1, "Caller": "ada", "OperationNameValue": "x/write", "CorrelationId": "1", "Properties_d": `{"size":6}`},
		{"TimeGenerated": 2, "Caller": "ada", "OperationNameValue": "x/write", "CorrelationId": "2", "Properties_d": `{"size":5}`},
		{"TimeGenerated": 3, "Caller": "bo", "OperationNameValue": "x/write", "CorrelationId": "3", "Properties_d": `{"size":9}`},
	}, "12:15 ada"},
	{"average", ofX + "timeframe: 15m\ncondition: s | avg(properties.size) by caller >= 5", []record{
		{"TimeGenerated": 1, "Caller": "ada", "OperationNameValue": "x/write", "CorrelationId": "1", "Properties_d": `{"size":6}`},
		{"TimeGenerated": 2, "Caller": "ada", "OperationNameValue": "x/write", "CorrelationId": "2", "Properties_d": `{"size":4}`},
		{"TimeGenerated": 3, "Caller": "bo", "OperationNameValue": "x/write", "CorrelationId": "3", "Properties_d": `{"size":4}`},
	}, "12:15 ada"},
	{"the records of an operation count once", ofX + "timeframe: 10m\ncondition: s | count() by caller >= 2", []record{
		{"Caller": "ada", "OperationNameValue": "x/write", "CorrelationId": "1", "ActivityStatusValue": "Start"},
		{"Caller": "ada", "OperationNameValue": "x/write", "CorrelationId": "1", "ActivityStatusValue": "Success"},
	}, ""},
}

func TestOldCounts(t *testing.T) {
	s := newStand(t)
	for _, c := range countCases {
		t.Run(c.name, func(t *testing.T) {
			text := detection("activitylogs", c.detection)
			day := s.newDay()
			s.add(t, "AzureActivity", day, c.events...)
			if got := s.callers(t, text, day, "Caller"); got != c.want {
				t.Errorf("found %q, want %q\n%s\n%s", got, c.want, text, convert(t, text).Query)
			}
		})
	}
}

// callers runs the rule of a file for two hours from noon on and writes what
// each run finds.
func (s *stand) callers(t *testing.T, text string, noon time.Time, name string) string {
	t.Helper()
	rule := convert(t, text)
	var found []string
	for run := noon.Add(rule.Frequency); !run.After(noon.Add(2 * time.Hour)); run = run.Add(rule.Frequency) {
		rows := s.run(t, rule, run)
		if len(rows) == 0 {
			continue
		}
		line := run.Format("15:04")
		if names := column(rows, name); strings.TrimSpace(names) != "" {
			line += " " + names
		}
		found = append(found, line)
	}
	return strings.Join(found, ", ")
}

// TestOneAlertForAnOperation plays operations whose records lie in one run or
// in several.
func TestOneAlertForAnOperation(t *testing.T) {
	s := newStand(t)
	text := detection("activitylogs", "s: {operationName: x/write}\ncondition: s")
	for _, c := range []struct {
		name    string
		records map[int]string // status by second
		want    string
	}{
		{"in one run", map[int]string{60: "Start", 90: "Success"}, "12:15 Success"},
		{"over the border", map[int]string{890: "Start", 910: "Accept", 1810: "Success"}, "12:15 Start"},
		{"without an end", map[int]string{60: "Start"}, "12:15 Start"},
		{"without a beginning", map[int]string{60: "Failure"}, "12:15 Failure"},
		{"with several ends", map[int]string{60: "Start", 300: "Success", 600: "Success"}, "12:15 Success"},
	} {
		t.Run(c.name, func(t *testing.T) {
			day := s.newDay()
			for second, status := range c.records {
				s.add(t, "AzureActivity", day, record{"TimeGenerated": second, "OperationNameValue": "X/write", "CorrelationId": "1", "ActivityStatusValue": status})
			}
			if got := s.callers(t, text, day, "ActivityStatusValue"); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}
