package rules

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"nephoscope/internal/schema"
)

// A QueryError is one thing that a compiler finds wrong in a query. Line and
// column count from 1 within the query's text, columns in characters.
type QueryError struct {
	Line, Column int
	Message      string
}

// Compile checks a query and returns the columns of its result, or what is
// wrong with it. No columns at all mean that they are known only when it runs.
type Compile func(query string) ([]schema.Column, []QueryError)

// A QueryNote is one thing that is questionable in a query wherever it stands.
type QueryNote struct {
	Line, Column int
	Code         Code
	Message      string
}

// A QueryLook is a bound of the time of rows: the query asks for those since so
// long before it runs.
type QueryLook struct {
	Line, Column int
	Back         time.Duration
	Slack        time.Duration // it reaches further by up to that
	Arrival      bool          // the bound is of the time of arrival
}

// A QueryReview is what is questionable in a query that compiles.
type QueryReview struct {
	Notes []QueryNote
	Looks []QueryLook
}

// Review says what is questionable in a query.
type Review func(query string) QueryReview

// Lint checks what no rule shows by itself: each query against the tables there
// are, the columns that mappings name against the result, and that no two rules
// have one id. Together with the findings of reading it is everything that is
// known to be wrong, in order of file and place.
func (s *Set) Lint(compile Compile) []Finding { return s.Review(compile, nil) }

// Review is Lint and what is questionable: warnings and infos. Without a review
// it is Lint.
func (s *Set) Review(compile Compile, review Review) []Finding {
	l := &linter{compile: compile, review: review, found: append([]Finding(nil), s.Findings...)}
	l.idsTwice(s.all)
	if review != nil {
		l.namesTwice(s.all)
	}
	for _, rule := range s.all {
		l.rule = rule
		if review != nil {
			l.techniques()
		}
		if rule.Kind.Queried() && strings.TrimSpace(rule.Query) != "" {
			l.query()
		}
	}
	return sortFindings(l.found)
}

// A linter checks the rules of a set one after the other.
type linter struct {
	compile Compile
	review  Review // nil for Lint
	rule    *Rule
	found   []Finding
}

// report adds a finding about the rule, at the level of its code.
func (l *linter) report(code Code, at Place, format string, args ...any) {
	f := l.rule.finding(code, at, format, args...)
	f.Level = levelOf(code)
	l.found = append(l.found, f)
}

// finding is an error of the rule.
func (r *Rule) finding(code Code, at Place, format string, args ...any) Finding {
	return Finding{Path: r.Path, Place: at, Code: code, Level: Error, Message: fmt.Sprintf(format, args...)}
}

func levelOf(code Code) Level {
	for _, c := range Codes() {
		if c.Code == code {
			return c.Level
		}
	}
	return Error
}

// at returns the place of a key; that of the file's beginning if it has none.
func (l *linter) at(key string) Place {
	return orStart(l.rule.At(key))
}

// inQuery returns the place of a line and column of the query; that of the
// file's beginning if the query does not stand in it, as with Sigma.
func (l *linter) inQuery(line, column int) Place { return orStart(l.rule.query.at(line, column)) }

func orStart(at Place) Place { return Place{cmp.Or(at.Line, 1), cmp.Or(at.Column, 1)} }

// duplicateIDs reports every rule whose id another has before it.
func duplicateIDs(all []*Rule) []Finding {
	l := &linter{}
	l.idsTwice(all)
	return l.found
}

func (l *linter) idsTwice(all []*Rule) {
	l.twice(all, func(r *Rule) string { return r.ID }, func(other *Rule) {
		l.report(CodeIDTwice, l.at("id"), "id %s is already that of %q in %s:%d",
			l.rule.ID, other.Name, other.Path, other.At("id").Line)
	})
}

// namesTwice leaves rules of one id out, which are said to be one.
func (l *linter) namesTwice(all []*Rule) {
	l.twice(all, func(r *Rule) string { return strings.ToLower(r.Name) }, func(other *Rule) {
		if other.ID != l.rule.ID {
			l.report(CodeNameTwice, l.at("name"), "%q is already the name of the rule in %s:%d",
				l.rule.Name, other.Path, other.At("name").Line)
		}
	})
}

// twice calls found for every rule whose key an earlier one has.
func (l *linter) twice(all []*Rule, key func(*Rule) string, found func(other *Rule)) {
	first := map[string]*Rule{}
	for _, rule := range all {
		l.rule = rule
		other, seen := first[key(rule)]
		switch {
		case key(rule) == "":
		case seen:
			found(other)
		default:
			first[key(rule)] = rule
		}
	}
}

func (l *linter) techniques() {
	if len(l.rule.Tactics) > 0 && len(l.rule.Techniques) == 0 {
		l.report(CodeTechniquesMissing, l.at("tactics"), "the rule names tactics, and no technique in relevantTechniques")
	}
}
