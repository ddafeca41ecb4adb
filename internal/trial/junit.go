package trial

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// The elements of JUnit's XML that GitHub, GitLab, Azure DevOps and Jenkins read
// alike: a suite is a rule, a case a case. A case that could not be played is an
// error, one that differs a failure.
type (
	junitSuites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Time     string   `xml:"time,attr"`
		Suites   []*junitSuite
	}
	junitSuite struct {
		XMLName  xml.Name `xml:"testsuite"`
		Name     string   `xml:"name,attr"`
		File     string   `xml:"file,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Skipped  int      `xml:"skipped,attr"`
		Time     string   `xml:"time,attr"`
		Cases    []junitCase

		took time.Duration
	}
	junitCase struct {
		XMLName   xml.Name `xml:"testcase"`
		Name      string   `xml:"name,attr"`
		ClassName string   `xml:"classname,attr"`
		File      string   `xml:"file,attr"`
		Line      int      `xml:"line,attr"`
		Time      string   `xml:"time,attr"`
		Failure   *junitProblem
		Error     *junitProblem
	}
	junitProblem struct {
		XMLName xml.Name
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes results as JUnit XML. Results of one rule must follow each
// other, as those of Run do.
func WriteJUnit(w io.Writer, results []Result) error {
	all := junitSuites{Name: "rules"}
	var took time.Duration
	for i := range results {
		r := &results[i]
		if n := len(all.Suites); n == 0 || results[i-1].Rule != r.Rule || results[i-1].Path != r.Path {
			all.Suites = append(all.Suites, &junitSuite{Name: r.Rule.Name, File: r.Rule.Path})
		}
		all.Suites[len(all.Suites)-1].add(r)
		took += r.Elapsed
	}
	for _, s := range all.Suites {
		s.Time = seconds(s.took)
		all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
	}
	all.Time = seconds(took)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(r *Result) {
	c := junitCase{
		Name: r.Case.Name, ClassName: r.Rule.Name, File: r.Path, Line: r.Case.Place.Line, Time: seconds(r.Elapsed),
	}
	s.Tests++
	s.took += r.Elapsed
	switch {
	case r.Err != nil:
		s.Errors++
		c.Error = &junitProblem{XMLName: xml.Name{Local: "error"}, Message: r.Err.Error(), Type: "error", Text: r.text()}
	case !r.Passed():
		s.Failures++
		c.Failure = &junitProblem{XMLName: xml.Name{Local: "failure"}, Message: r.Differences[0].String(), Type: "difference", Text: r.text()}
	}
	s.Cases = append(s.Cases, c)
}

// text says all that is wrong, a line each with its place.
func (r *Result) text() string {
	if r.Err != nil {
		return fmt.Sprintf("%s:%d: %s", r.Path, r.Case.Place.Line, r.Err)
	}
	var lines []string
	for _, d := range r.Differences {
		lines = append(lines, fmt.Sprintf("%s:%d: %s", r.Path, d.Place.Line, d))
	}
	return strings.Join(lines, "\n")
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
