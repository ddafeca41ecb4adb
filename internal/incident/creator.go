package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/detect"
	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// The position of creators: the first sequence of SecurityAlert that none of
// them has looked at.
const alertsPartition = "alerts"

// pageSize is how many rows of SecurityAlert a creator looks at in one commit.
const pageSize = 500

// A Creator opens an incident for each alert that another product raised and
// that a rule of kind MicrosoftSecurityIncidentCreation chooses: one alert, one
// incident, however many rules choose it. A later row of the alert changes the
// incident. It follows SecurityAlert by sequence; how far it has come is
// committed with the incidents, so each row is looked at once. It is used by
// one goroutine at a time; several processes may have one.
type Creator struct {
	keeper *Keeper
	at     int // rows before this sequence are no concern of ours
}

// NewCreator returns a Creator that opens incidents with k.
func NewCreator(k *Keeper) *Creator { return &Creator{keeper: k} }

// Step looks at the rows of alerts that have arrived since the last step, the
// first ever at all that are stored, and returns how many incidents it opened.
// Rules of other kinds are passed over. Call it with no rule, too: alerts that
// arrive while there is none open no incident later.
func (c *Creator) Step(ctx context.Context, list []*rules.Rule) (made int, err error) {
	list = creating(list)
	for {
		n, more, err := c.page(ctx, list)
		made += n
		if err != nil {
			return made, fmt.Errorf("open incidents for alerts of other products: %w", err)
		}
		if !more {
			return made, nil
		}
	}
}

// creating picks the rules that choose alerts, in an order that does not depend
// on that of the list: of several that choose an alert the first counts.
func creating(list []*rules.Rule) []*rules.Rule {
	list = slices.DeleteFunc(slices.Clone(list), func(r *rules.Rule) bool { return r.Kind != rules.IncidentCreation })
	slices.SortFunc(list, func(a, b *rules.Rule) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// page looks at some rows and tells whether there may be more.
func (c *Creator) page(ctx context.Context, list []*rules.Rule) (made int, more bool, err error) {
	k := c.keeper
	err = k.inTurn(ctx, func(t turn) error {
		from, err := k.counter(ctx, alertsPartition)
		if err != nil {
			return err
		}
		a, err := k.arrivals(ctx, max(from, c.at))
		if err != nil {
			return err
		}
		more = a.rows == pageSize
		made, err = c.take(ctx, list, a, from, t)
		if err == nil {
			c.at = a.next
		}
		return err
	})
	return made, more, err
}

// take makes the incidents of a page and commits them with the position, unless
// there is nothing in the page: to look at it again costs little.
func (c *Creator) take(ctx context.Context, list []*rules.Rule, a arrivals, from int, t turn) (made int, err error) {
	if len(a.ids) == 0 && a.rows < pageSize {
		return 0, nil
	}
	p, err := c.keeper.planProducts(ctx, list, a.ids, t)
	if err != nil {
		return 0, err
	}
	b := &store.Batch{Positions: []event.Position{step(alertsPartition, from, a.next)}}
	if _, err = c.keeper.commit(ctx, b, p.incidents, t); err != nil {
		return 0, err
	}
	return p.last - t.last, nil
}

// arrivals are rows of SecurityAlert in the order of arrival.
type arrivals struct {
	rows int
	next int      // sequence behind the last one
	ids  []string // of alerts that no rule of ours raised, each once
}

func (k *Keeper) arrivals(ctx context.Context, from int) (arrivals, error) {
	a := arrivals{next: from}
	query := fmt.Sprintf(`%s | where _Sequence >= %d | order by _Sequence asc | take %d
		| project _Sequence, SystemAlertId, Ours = isnotempty(tostring(parse_json(ExtendedProperties)["Analytic Rule Ids"]))`,
		alertTable, from, pageSize)
	err := k.since(ctx, query, alertTable, int64(from)-1, func(_ []schema.Column, values []any) error {
		sequence, _ := values[0].(int64)
		id, _ := values[1].(string)
		ours, _ := values[2].(bool)
		a.rows, a.next = a.rows+1, int(sequence)+1
		if !ours && id != "" && !slices.Contains(a.ids, id) {
			a.ids = append(a.ids, id)
		}
		return nil
	})
	return a, err
}

// planProducts opens incidents for alerts of products, and changes those that
// know of them already. What counts of an alert is its newest row.
func (k *Keeper) planProducts(ctx context.Context, list []*rules.Rule, ids []string, t turn) (*plan, error) {
	p := &plan{keeper: k, last: t.last, seen: map[string]bool{}}
	alerts, err := k.alerts(ctx, ids)
	if err != nil {
		return nil, err
	}
	err = k.look(ctx, func(b *book) error {
		for _, a := range alerts {
			p.seen[a.ID] = len(b.byAlert[a.ID]) > 0
			p.consider(b, b.byAlert[a.ID])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	present, err := k.presentAlerts(ctx, p, alerts)
	if err != nil {
		return nil, err
	}
	for _, d := range p.incidents {
		d.update(alerts, present)
	}
	for _, a := range alerts {
		p.openFor(list, a)
	}
	return p, nil
}

// openFor opens the incident of an alert that the first of the rules chooses.
func (p *plan) openFor(list []*rules.Rule, a *detect.Alert) {
	i := slices.IndexFunc(list, func(r *rules.Rule) bool { return r.Filter.Matches(a.Product, a.Name, a.Severity) })
	if i < 0 || p.seen[a.ID] {
		return
	}
	p.rule = list[i]
	p.open(a, "")
}
