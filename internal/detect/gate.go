package detect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"nephoscope/internal/detect/sieve"
	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// Arrivals tells which of the rules are concerned by rows that arrived after a
// sequence (-1 for all rows): a row that the rule's query can use. A rule that
// can alert on silence is always due, and so is one whose query cannot run:
// its sweep says why. Rules without a query never are. newest is the sequence
// of the newest row of any table that the rules look at, after if there is
// none.
//
// Each table is asked once for all rules together, and only what is new of it
// is read. A caller that sweeps the rules which are due, and moves the others
// with Advance, misses no late row. Runs that are due because time passes are
// the caller's business: a rule whose windows overlap has some with rows that
// it saw before.
func (d *Detector) Arrivals(ctx context.Context, list []*rules.Rule, after int64) (due []*rules.Rule, newest int64, err error) {
	concerned := map[*rules.Rule]bool{}
	asked := map[string][]picked{}
	for _, rule := range list {
		known := d.gate.look(ctx, d, rule)
		concerned[rule] = known.always
		for _, s := range known.sieves {
			asked[s.Table] = append(asked[s.Table], picked{rule, s})
		}
	}
	newest = after
	for _, t := range d.catalog.Tables() {
		if len(asked[t.Name]) == 0 {
			continue
		}
		g := gathering{d: d, table: t.Name, after: after, concerned: concerned}
		if err := g.ask(ctx, asked[t.Name]); err != nil {
			return nil, after, fmt.Errorf("look for new rows of %s: %w", t.Name, err)
		}
		newest = max(newest, g.newest)
	}
	for _, rule := range list {
		if concerned[rule] {
			due = append(due, rule)
		}
	}
	return due, newest, ctx.Err()
}

// Advance moves the positions of rules for which Arrivals found nothing up to a
// sequence, in one commit. A rule that has come further, that never ran or that
// is being swept stays where it is; one that another process moves meanwhile
// makes it a *store.PositionError, and none is moved.
func (d *Detector) Advance(ctx context.Context, list []*rules.Rule, sequence int64) error {
	b := &store.Batch{}
	for _, rule := range list {
		m := d.memoryOf(rule)
		if !m.turn.TryLock() {
			continue
		}
		defer m.turn.Unlock() // with the commit behind it
		from, err := d.state(ctx, rule)
		if err != nil {
			return fmt.Errorf("rule %q: %w", rule.Name, err)
		}
		if !from.began() || from.sequence >= sequence {
			continue
		}
		to := from
		to.sequence = sequence
		b.Positions = append(b.Positions, position(rule, from, to))
	}
	if len(b.Positions) == 0 {
		return nil
	}
	_, err := d.store.Commit(ctx, b)
	if moved := (*store.PositionError)(nil); errors.As(err, &moved) && slices.ContainsFunc(b.Positions, func(p event.Position) bool { return p.To == moved.Stored }) {
		return nil // our own commit, whose answer was lost
	}
	return err
}

// A gate remembers what is known of rules without asking: which rows they can
// use.
type gate struct {
	mu    sync.Mutex
	known map[string]passage // by id of the rule
}

// A passage is what an edition of a rule lets through until a moment.
type passage struct {
	edition string
	sieves  []*sieve.Sieve // nil if they have to be found anew each time
	always  bool           // whatever arrives
	until   time.Time
}

// look returns what is known of a rule. That a query cannot run is asked again
// the next time: a table or function may come. So is what a query reads that
// calls saved functions, which may change.
func (g *gate) look(ctx context.Context, d *Detector, rule *rules.Rule) passage {
	if rule.Query == "" {
		return passage{}
	}
	g.mu.Lock()
	p, ok := g.known[rule.ID]
	g.mu.Unlock()
	now := d.opt.Now()
	if ok = ok && p.edition == edition(rule) && now.Before(p.until); ok && p.sieves != nil {
		return p
	}
	if !ok {
		silent, err := d.silent(ctx, rule)
		if p = (passage{edition: edition(rule), always: silent, until: now.Add(silenceHolds)}); err != nil {
			return passage{always: true}
		}
	}
	pick, composed, err := d.sieves(ctx, rule.Query)
	if err != nil {
		return passage{always: true}
	}
	if !composed {
		p.sieves = pick
	}
	g.remember(rule, p)
	p.sieves = pick
	return p
}

func (g *gate) remember(rule *rules.Rule, p passage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known = map[string]passage{}
	}
	g.known[rule.ID] = p
}

// A picked is a sieve with its rule.
type picked struct {
	rule *rules.Rule
	*sieve.Sieve
}

// A gathering looks at what is new of one table.
type gathering struct {
	d         *Detector
	table     string
	after     int64
	concerned map[*rules.Rule]bool
	newest    int64
}

// ask counts, for each rule, the new rows that pass its sieve. Conditions of
// which one cannot be asked are asked in halves; who is left alone with it is
// concerned.
func (g *gathering) ask(ctx context.Context, list []picked) error {
	err := eachRow(ctx, g.d.ask, g.query(list), schema.DatetimeOf(g.d.opt.Now()), func(_ []schema.Column, values []any) error {
		if whole(values[0]) == 0 {
			return nil
		}
		g.newest = max(g.newest, whole(values[1]))
		for i, p := range list {
			g.concerned[p.rule] = g.concerned[p.rule] || whole(values[i+2]) > 0
		}
		return nil
	})
	switch half := len(list) / 2; {
	case err == nil || ctx.Err() != nil:
		return err
	case half > 0:
		if err := g.ask(ctx, list[:half]); err != nil {
			return err
		}
		return g.ask(ctx, list[half:])
	case list[0].Any:
		return err
	}
	g.concerned[list[0].rule] = true
	return g.ask(ctx, []picked{{list[0].rule, &sieve.Sieve{Table: g.table, Any: true}}})
}

func (g *gathering) query(list []picked) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n| where _Sequence > %d\n| summarize count(), max(_Sequence)", g.table, g.after)
	for i, p := range list {
		fmt.Fprintf(&b, ",\n    C%d = countif(%s)", i, p.Condition())
	}
	return b.String()
}
