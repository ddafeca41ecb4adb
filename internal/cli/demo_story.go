package cli

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/simulate"
)

// What the demo prints.

func (d *demo) printf(format string, args ...any) { say(d.env.Stdout, format, args...) }

func (d *demo) title(text string) { d.printf("\n%s\n%s\n", text, strings.Repeat("-", len(text))) }

func (d *demo) introduce() {
	c := d.company
	d.title("The company")
	d.printf("%s: %d people, %d service principals, %s, %d days up to %s UTC (seed %d).\n", c.Name, len(c.People), len(c.Principals),
		plural(len(c.Subscriptions), "subscription"), simulate.DefaultDays, d.opt.End.UTC().Format(minuteLayout), d.opt.Seed)
	d.printf("Attacks hidden in these days: %d.\n", len(c.Stories()))
}

func (d *demo) cameInTotal(w *way, took time.Duration) {
	d.title("What came in")
	d.printf("%d records in %s, sent to the hub, received and committed in %.1f s: %.0f records/s.\n\n",
		w.records.Load(), plural(int(w.sent.Load()), "message"), took.Seconds(), float64(w.records.Load())/took.Seconds())
}

// cameIn prints the number of events by subscription and category, as KQL
// answers it.
func (d *demo) cameIn(ctx context.Context) (err error) {
	cursor, err := d.app.Query(ctx, "AzureActivity | summarize Events = count() by SubscriptionId, CategoryValue")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	counts, categories := map[string]map[string]int64{}, map[string]int64{}
	err = each(cursor, func(row []any) error {
		subscription, category := plainText(row[0]), plainText(row[1])
		n, _ := row[2].(int64)
		if counts[subscription] == nil {
			counts[subscription] = map[string]int64{}
		}
		counts[subscription][category] += n
		categories[category] += n
		return nil
	})
	if err != nil {
		return err
	}
	d.matrix(counts, categories)
	return nil
}

// matrix prints subscriptions against categories, the busiest first.
func (d *demo) matrix(counts map[string]map[string]int64, categories map[string]int64) {
	var names []string
	for name := range categories {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return categories[names[i]] > categories[names[j]] })
	g := newGrid(append([]string{"subscription"}, names...)...)
	for i := range names {
		g.number(i + 1)
	}
	for _, s := range d.company.Subscriptions {
		row := []string{s.Name}
		for _, name := range names {
			row = append(row, strconv.FormatInt(counts[s.ID.String()][name], 10))
		}
		g.add(row...)
	}
	g.print(d.env.Stdout, 0)
}

func (d *demo) fired(reports []detect.Report) {
	d.title("What fired")
	printReports(d.env, reports)
}

func (d *demo) listIncidents(details []*incident.Detail) {
	d.title("Incidents")
	var list []*incident.Incident
	for _, detail := range details {
		list = append(list, detail.Incident)
	}
	width := terminal(d.env.Stdout)
	incidentGrid(list).print(d.env.Stdout, width)
}

// compare prints which hidden signals the incidents show, and returns how many
// they do not.
func (d *demo) compare(details []*incident.Detail) (missed int) {
	d.title("The hidden stories")
	stories := d.company.Stories()
	seen := d.sightings(details)
	found := simulate.Match(stories, seen)
	shown := make(map[int]bool)
	for i, story := range stories {
		d.printf("%s. %s\n", story.Name, story.Summary)
		for j, signal := range story.Signals {
			mark, where := "found ", ""
			if k := found[i][j]; k >= 0 {
				shown[k] = true
				where = fmt.Sprintf("incident %d, %s", details[k].Number, details[k].Title)
			} else {
				missed++
				mark, where = "MISSED", "by "+signal.Actor
			}
			d.printf("  %s  %s  %-34s %s\n", mark, signal.First.UTC().Format(minuteLayout), signal.Kind, oneLine(where))
		}
	}
	d.printf("\n%d of %d signals found; %s beside them.\n", len(shown), len(shown)+missed, plural(simulate.Beside(stories, seen), "incident"))
	return missed
}

// sightings reduces incidents to what can be compared with stories.
func (d *demo) sightings(details []*incident.Detail) []simulate.Sighting {
	var list []simulate.Sighting
	for _, detail := range details {
		s := simulate.Sighting{First: detail.FirstActivity, Last: detail.LastActivity}
		for _, a := range detail.Alerts {
			s.Rules = append(s.Rules, d.rules[a.RuleID])
		}
		for _, e := range detail.Entities {
			switch e.Type {
			case "account":
				s.Actors = append(s.Actors, e.Title)
			case "azure-resource":
				s.Resources = append(s.Resources, e.Title)
			}
		}
		list = append(list, s)
	}
	return list
}

// example prints one incident whole.
func (d *demo) example(details []*incident.Detail) {
	best := mostTelling(details)
	if best == nil {
		return
	}
	d.title("One incident in full")
	printIncident(d.env.Stdout, best)
}

// mostTelling returns the incident with the most alerts, nil if there is none.
func mostTelling(details []*incident.Detail) *incident.Detail {
	var best *incident.Detail
	for _, detail := range details {
		if best == nil || len(detail.Alerts) > len(best.Alerts) {
			best = detail
		}
	}
	return best
}

// next prints commands to try.
func (d *demo) next(details []*incident.Detail) {
	d.title("Try next")
	if best := mostTelling(details); best != nil {
		d.printf("  nephoscope incidents show %d --data %s\n", best.Number, d.dir)
		d.printf("  nephoscope incidents update %d --data %s --status Active --owner you\n", best.Number, d.dir)
	}
	d.printf("  nephoscope query --data %s 'AzureActivity | summarize count() by Caller | top 10 by count_'\n", d.dir)
	d.printf("  nephoscope query --data %s --output json 'SecurityAlert | project TimeGenerated, AlertName, Entities'\n", d.dir)
	d.printf("  nephoscope rules lint\n")
	d.printf("  nephoscope simulate --shape rest --events 1000 | nephoscope ingest --data %s -\n", d.dir)
}
