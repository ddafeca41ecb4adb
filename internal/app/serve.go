package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"nephoscope/internal/api"
	"nephoscope/internal/api/arm"
	"nephoscope/internal/rules"
)

// Listen opens the HTTP server of the configuration. Its Run serves. The rules
// are open.
func (a *App) Listen(version string) (*api.Server, error) {
	keeper := a.Incidents()
	for _, c := range append(runtimeCollectors(), newIncidentCollector(keeper, a.log), newRuleCollector(a.scheduler.States)) {
		if err := a.Registry.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	handler := api.Handler(api.Options{
		Health: a.health, Version: version, Connectors: a.SourceStates,
		Metrics:   promhttp.HandlerFor(a.Registry, promhttp.HandlerOpts{}),
		Incidents: keeper, Rules: a.book, Scheduler: a.scheduler, Compile: a.CompileRule,
		Watchlists: a.Watchlists(), Functions: a.Functions(), Ask: a.Ask,
		ARM: arm.Options{
			Incidents: keeper, Rules: a.book, Compile: a.CompileRule, Watchlists: a.Watchlists(),
			Templates: sync.OnceValues(func() ([]*rules.Rule, error) { return LoadRules(true, nil) }),
		},
	})
	return api.Listen(a.config.Listen, handler, a.log)
}

// health asks the store something small.
func (a *App) health(ctx context.Context) (err error) {
	cursor, err := a.Query(ctx, "print 1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	_, err = cursor.Next()
	return err
}
