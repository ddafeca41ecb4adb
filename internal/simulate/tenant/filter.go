package tenant

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"nephoscope/internal/simulate"
)

// errSkip is the answer to a token that we did not give.
var errSkip = errors.New("the $skipToken is not valid")

// A filter is what $filter asks for.
type filter struct {
	from, to time.Time // to is zero for now
	terms    []term

	subscription string    // empty for the tenant's own events
	seen         time.Time // events submitted later are not there yet
}

// A term is a condition besides the time.
type term struct{ name, value string }

// narrowing are the conditions of which one may stand beside the time. The
// others, which command-line tools send, are taken in any number.
func narrowing(name string) bool {
	switch name {
	case "resourcegroupname", "resourceuri", "resourceid", "resourceprovider", "correlationid":
		return true
	}
	return false
}

// parseFilter reads the one form of filter that the API has: conditions joined
// by and, the first of which bounds the time.
func parseFilter(text string) (f filter, err error) {
	words, err := filterWords(text)
	if err != nil {
		return f, err
	}
	narrow := 0
	for len(words) > 0 {
		if len(words) < 3 {
			return f, fmt.Errorf("the $filter ends in the middle of a condition: %q", strings.Join(words, " "))
		}
		name, op, value := strings.ToLower(words[0]), strings.ToLower(words[1]), words[2]
		if err := f.add(name, op, value); err != nil {
			return f, err
		}
		if narrowing(name) {
			narrow++
		}
		if words = words[3:]; len(words) == 0 {
			break
		}
		if !strings.EqualFold(words[0], "and") || len(words) == 1 {
			return f, fmt.Errorf("the $filter has %q: conditions are joined by and", words[0])
		}
		words = words[1:]
	}
	switch {
	case f.from.IsZero():
		return f, errors.New("the $filter needs eventTimestamp ge with a start time")
	case narrow > 1:
		return f, errors.New("the $filter has more than one of resourceGroupName, resourceUri, resourceProvider and correlationId")
	}
	return f, nil
}

// add takes one condition.
func (f *filter) add(name, op, value string) (err error) {
	switch {
	case name == "eventtimestamp" && op == "ge":
		f.from, err = parseTime(value)
	case name == "eventtimestamp" && op == "le":
		f.to, err = parseTime(value)
	case op != "eq":
		return fmt.Errorf("the operator %q is not supported for %q", op, name)
	case narrowing(name) || name == "caller" || name == "status" || name == "eventchannels" || name == "levels":
		f.terms = append(f.terms, term{name, value})
	default:
		return fmt.Errorf("the property %q is not supported in $filter", name)
	}
	return err
}

// filterWords splits a filter at spaces, except in single quotes, which are
// taken off; two of them stand for one.
func filterWords(text string) (words []string, err error) {
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		if text[0] != '\'' {
			end := strings.IndexByte(text+" ", ' ')
			words, text = append(words, text[:end]), text[end:]
			continue
		}
		var word strings.Builder
		for {
			inner, rest, closed := strings.Cut(text[1:], "'")
			if !closed {
				return nil, errors.New("the $filter has a quote that does not end")
			}
			word.WriteString(inner)
			if !strings.HasPrefix(rest, "'") {
				text = rest
				break
			}
			word.WriteByte('\'')
			text = rest
		}
		words = append(words, word.String())
	}
	return words, nil
}

// parseTime reads ISO 8601 with or without fraction and zone. A plus that was
// not escaped in the query has become a space there.
func parseTime(text string) (time.Time, error) {
	text = strings.Replace(text, " ", "+", 1)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("the time %q is not ISO 8601", text)
}

// passes tells whether an event is asked for and already there.
func (f *filter) passes(e *simulate.Event) bool {
	switch {
	case e.Submitted.After(f.seen), e.Time.Before(f.from), !f.to.IsZero() && e.Time.After(f.to):
		return false
	case f.subscription != e.Resource.Subscription.ID.String():
		return false // the tenant's own list has events of no subscription
	}
	for _, t := range f.terms {
		if !t.holds(e) {
			return false
		}
	}
	return true
}

func (t term) holds(e *simulate.Event) bool {
	same := func(got string) bool { return strings.EqualFold(got, t.value) }
	switch t.name {
	case "resourcegroupname":
		return same(e.Resource.Group)
	case "resourceuri", "resourceid":
		return same(e.Resource.ID)
	case "resourceprovider":
		return same(e.Resource.Provider())
	case "correlationid":
		return same(e.Correlation.String())
	case "caller":
		return same(e.CallerName())
	case "status":
		return same(e.Status.Long())
	case "levels":
		return containsFold(strings.Split(t.value, ","), e.Level)
	default: // channels: everything is Operation
		return strings.Contains(strings.ToLower(t.value), "operation")
	}
}
