package app

import (
	"context"
	"fmt"
	"slices"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/resource"
	"nephoscope/internal/rulebook"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/sigma"
	"nephoscope/internal/store"
)

// A detection is what finds, files and keeps: the rules and what they raise.
type detection struct {
	resources *resource.Resources
	detector  *detect.Detector
	keeper    *incident.Keeper
}

// openDetection makes the parts of detection over the opened store.
func (a *App) openDetection(ctx context.Context) (err error) {
	d := &a.detection
	if d.resources, err = resource.New(ctx, a.Catalog, a.Store, a.askAll, resource.Options{Now: a.now}); err != nil {
		return fmt.Errorf("read resources: %w", err)
	}
	if d.keeper, err = incident.New(a.Catalog, a.Store, a.Ask, incident.Options{Now: a.now, BaseURL: "http://" + a.config.Listen}); err != nil {
		return err
	}
	// SweepAll lets one rule run after the other: so incidents get the same
	// numbers each time, and the store's queries use all processors as it is.
	d.detector, err = detect.New(a.Catalog, a.Store, a.Ask, detect.Options{
		Filer: d.keeper, Now: a.now, Logger: a.log, Parallel: 1, MaxRows: a.config.Rules.MaxRows, RunTimeout: a.config.Rules.Timeout,
		Retention: a.config.Retention, AskMany: a.askMany, Unfolded: a.unfolded,
	})
	return err
}

// askAll asks a query over all time, with no limits.
func (a *App) askAll(ctx context.Context, query string) (store.Cursor, error) {
	return a.Ask(ctx, query, detect.Window{To: schema.MaxDatetime, Now: schema.DatetimeOf(a.now())})
}

// Detector runs rules.
func (a *App) Detector() *detect.Detector { return a.detection.detector }

// Incidents keeps the incidents that rules open.
func (a *App) Incidents() *incident.Keeper { return a.detection.keeper }

// Resources keeps what people make: rules, watchlists, functions.
func (a *App) Resources() *resource.Resources { return a.detection.resources }

// OpenRules reads the rules of the configuration and of the API, which Run lets
// run.
func (a *App) OpenRules(ctx context.Context) (err error) {
	a.book, err = rulebook.Open(ctx, rulebook.Options{
		Builtin: a.config.Rules.Builtin, Paths: a.config.Rules.Paths, Loader: RuleLoader(), Resources: a.Resources(), Now: a.now, Logger: a.log,
	})
	if err != nil {
		return err
	}
	a.scheduler, a.alertsArrived = a.newScheduler(), a.arrivals.listen()
	return nil
}

// Sweep runs rules over what is stored; see detect.Detector.SweepAll.
func (a *App) Sweep(ctx context.Context, list []*rules.Rule, span detect.Range) []detect.Report {
	reports := a.Detector().SweepAll(ctx, list, span)
	a.rules.count(reports...)
	return reports
}

// RuleLoader reads rules of all forms: Sentinel's templates, resources of its
// API, and Sigma.
func RuleLoader() rules.Loader { return sigma.Loader(sigma.Options{}) }

// LoadRules reads the rules with a query below the paths, with those that come
// with the program if builtin is set. Of two rules with one id the one from the
// paths counts.
func LoadRules(builtin bool, paths []string) ([]*rules.Rule, error) {
	var list []*rules.Rule
	if builtin {
		set, err := rules.Builtin()
		if err != nil {
			return nil, fmt.Errorf("read built-in rules: %w", err)
		}
		list = set.Queries()
	}
	if len(paths) == 0 {
		return list, nil
	}
	set, err := RuleLoader().Load(paths...)
	if err != nil {
		return nil, err
	}
	for _, f := range set.Findings {
		if f.Level == rules.Error {
			return nil, fmt.Errorf("%s: run 'nephoscope rules lint' for all problems", f)
		}
	}
	list = slices.DeleteFunc(slices.Clone(list), func(r *rules.Rule) bool {
		return slices.ContainsFunc(set.Rules, func(own *rules.Rule) bool { return own.ID == r.ID })
	})
	return append(list, set.Queries()...), nil
}
