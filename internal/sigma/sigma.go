// Package sigma turns detection rules written in Sigma's YAML into rules of
// Sentinel's form with a query in KQL. It stands beside rules, whose values it
// makes, and before whoever imports rule files.
//
// Invariant: a rule is either converted with the meaning that the Sigma
// specification gives it, or refused with the place and the reason. Where a
// choice had to be made, the result's notes say which.
package sigma

import (
	"fmt"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/sigma/syntax"
)

// Options say what Sigma leaves open.
type Options struct {
	// Frequency is how often a rule runs that names no span of time; its
	// period is the same. 0 means 15 minutes.
	Frequency time.Duration
}

// A File is a file of Sigma documents.
type File struct {
	Path string
	Data []byte
}

// A Result is what became of one YAML document.
type Result struct {
	Path  string      // of the file
	Place rules.Place // where the document begins

	// Title and ID are Sigma's, as far as they could be read.
	Title string
	ID    string

	// Rule is the converted rule, nil if there is none: see Refusal and
	// Notes. It does not come from a Sentinel file: At knows no places.
	Rule *rules.Rule
	// Metadata are Sigma's author, references, dates and the like, for the
	// metadata of a rule file.
	Metadata Metadata
	// Refusal says why there is no rule; nil also for documents that only
	// serve others, such as the parts of a correlation.
	Refusal *Refusal
	// Notes say what a reader of the rule should know: choices made, and
	// what Sigma's rule has that the converted one has not.
	Notes []string
}

// Metadata are facts about a rule that do not matter to its run.
type Metadata struct {
	Author         string
	License        string
	Status         string // stable, test, experimental, deprecated, unsupported
	Date, Modified string
	References     []string
	FalsePositives []string
	Tags           []string // those that are no tactic or technique
}

// A Refusal says why a document was not converted.
type Refusal struct {
	Path string
	rules.Place
	Reason string
	Hint   string // what to do, mostly empty
}

// Error formats the refusal as compilers do: file:line:column: reason.
func (r *Refusal) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", r.Path, r.Line, r.Column, r.Reason)
	if r.Hint != "" {
		text += ": " + r.Hint
	}
	return text
}

// IsSigma tells whether a YAML file is one of Sigma's, not a Sentinel template:
// whether a document of it has, at its top, a detection with a title or a
// logsource, or a correlation. It never fails; a file that is no YAML is not
// Sigma's.
func IsSigma(data []byte) bool { return syntax.IsSigma(data) }

// Convert converts the documents of one file, one result each in their order.
// A correlation can refer to rules of the same file only.
func Convert(path string, data []byte, opt Options) ([]*Result, error) {
	return ConvertAll([]File{{path, data}}, opt)
}

// ConvertAll converts the documents of several files, which can refer to each
// other by id and name. The error is about the options; what is wrong in a
// document or a file is in its Result.
func ConvertAll(files []File, opt Options) ([]*Result, error) {
	if opt.Frequency == 0 {
		opt.Frequency = 15 * time.Minute
	}
	if opt.Frequency < shortest || opt.Frequency > 24*time.Hour || opt.Frequency%time.Second != 0 {
		return nil, fmt.Errorf("convert Sigma rules: a frequency of %s: want whole seconds between 5 minutes and a day", opt.Frequency)
	}
	c := &converter{opt: opt}
	for _, f := range files {
		c.read(f)
	}
	c.refer()
	results := make([]*Result, len(c.docs))
	for i, doc := range c.docs {
		c.convert(doc)
		results[i] = doc.result
	}
	return results, nil
}
