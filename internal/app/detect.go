package app

import (
	"context"
	"fmt"
	"slices"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
)

// Detection returns what runs rules and what keeps the incidents they open.
func (a *App) Detection() (*detect.Detector, *incident.Keeper, error) {
	keeper, err := incident.New(a.Catalog, a.Store, a.Ask, incident.Options{Now: a.now, BaseURL: "http://" + a.config.Listen})
	if err != nil {
		return nil, nil, err
	}
	// One rule after the other: so incidents get the same numbers each time,
	// and the store's queries use all processors as it is.
	detector, err := detect.New(a.Catalog, a.Store, a.Ask, detect.Options{Filer: keeper, Now: a.now, Logger: a.log, Parallel: 1})
	if err != nil {
		return nil, nil, err
	}
	return detector, keeper, nil
}

// Sweep runs rules over what is stored; see detect.Detector.SweepAll.
func (a *App) Sweep(ctx context.Context, list []*rules.Rule, span detect.Range) ([]detect.Report, error) {
	detector, _, err := a.Detection()
	if err != nil {
		return nil, err
	}
	reports := detector.SweepAll(ctx, list, span)
	a.rules.count(reports)
	return reports, nil
}

// LoadRules reads the rules below the paths, with those that come with the
// program if builtin is set. Of two rules with one id the one from the paths
// counts.
func LoadRules(builtin bool, paths []string) ([]*rules.Rule, error) {
	var list []*rules.Rule
	if builtin {
		set, err := rules.Builtin()
		if err != nil {
			return nil, fmt.Errorf("read built-in rules: %w", err)
		}
		list = set.Rules
	}
	if len(paths) == 0 {
		return list, nil
	}
	set, err := rules.Load(paths...)
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
	return append(list, set.Rules...), nil
}
