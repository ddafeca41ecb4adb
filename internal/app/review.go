package app

import (
	"time"

	"nephoscope/internal/kql/review"
	"nephoscope/internal/rules"
)

// ReviewRule is a rules.Review.
func ReviewRule(query string) rules.QueryReview {
	codes := map[review.Kind]rules.Code{review.UnusedLet: rules.CodeLetUnused, review.Arbitrary: rules.CodeArbitrary}
	found := review.Of(query)
	var r rules.QueryReview
	for _, n := range found.Notes {
		r.Notes = append(r.Notes, rules.QueryNote{Line: n.Line, Column: n.Column, Code: codes[n.Kind], Message: n.Message})
	}
	for _, k := range found.Looks {
		r.Looks = append(r.Looks, rules.QueryLook{
			Line: k.Line, Column: k.Column, Arrival: k.Arrival,
			Back: time.Duration(k.Back) * 100, Slack: time.Duration(k.Slack) * 100,
		})
	}
	return r
}
