package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"nephoscope/internal/app"
	"nephoscope/internal/config"
	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/simulate"
)

const (
	demoDir  = "nephoscope-demo"
	demoMark = "demo" // a file whose presence says that the directory is ours
)

func newDemo(env *Env) *cobra.Command {
	var once bool
	var opt simulate.Options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the whole journey on a made-up company",
		Long: "Demo makes up two weeks of a company's activity with attacks hidden in it, exports it as Azure would, by settings\n" +
			"made through a stand-in of Resource Manager, into the embedded event hub, reads that, runs the rules that come with\n" +
			"the program and compares the incidents with what was hidden. Then it serves HTTP and the hub until it is\n" +
			"interrupted; with --once it ends, with 1 if anything hidden was missed.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opt.End = env.Now()
			return runDemo(cmd, env, opt, once)
		},
	}
	cmd.Flags().String("data", demoDir, "directory for the demo's store; an older demo in it is replaced")
	f := cmd.Flags()
	f.BoolVar(&once, "once", false, "end after the story instead of serving HTTP")
	f.IntVar(&opt.Events, "events", simulate.DefaultEvents, "number of events")
	f.Uint64Var(&opt.Seed, "seed", 1, "same seed, same company")
	return cmd
}

// errMissed ends a demo whose rules did not find everything.
var errMissed = errors.New("the rules missed something that was hidden")

func runDemo(cmd *cobra.Command, env *Env, opt simulate.Options, once bool) (err error) {
	company, err := simulate.New(opt)
	if err != nil {
		return usageError{err}
	}
	cfg := configOf(cmd)
	cfg.Hub = &config.Hub{Listen: []string{"127.0.0.1:0"}}
	if err := clearDemo(cfg.Data); err != nil {
		return err
	}
	a, err := app.Open(cmd.Context(), cfg, app.Options{Now: env.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := os.WriteFile(filepath.Join(cfg.Data, demoMark), nil, 0o600); err != nil {
		return fmt.Errorf("mark the demo's directory: %w", err)
	}
	d := &demo{env: env, app: a, company: company, opt: opt, dir: cfg.Data}
	w, err := d.openWay()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	missed, err := d.tell(cmd.Context(), w)
	switch {
	case err != nil:
		return err
	case !once:
		return d.serve(cmd.Context(), w)
	case missed > 0:
		return errMissed
	default:
		return nil
	}
}

// clearDemo removes an older demo from its directory. Anything else there is
// left alone, with an error.
func clearDemo(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look into the demo's directory: %w", err)
	}
	if len(entries) == 0 {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, demoMark)); err != nil {
		return fmt.Errorf("directory %s holds something that is not an older demo: name another with --data", dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the older demo: %w", err)
	}
	return nil
}

// A demo is one run through the journey.
type demo struct {
	env     *Env
	app     *app.App
	company *simulate.Company
	opt     simulate.Options
	dir     string
	rules   map[string]string // by id, the names that the stories use
}

// tell runs the journey, prints the story and returns how many signals were
// missed.
func (d *demo) tell(ctx context.Context, w *way) (missed int, err error) {
	d.introduce()
	if err := w.export(ctx, d); err != nil {
		return 0, err
	}
	d.exportTable(w)
	began := time.Now()
	if err := d.flow(ctx, w); err != nil {
		return 0, err
	}
	d.cameInTotal(w, time.Since(began))
	if err := d.cameIn(ctx); err != nil {
		return 0, err
	}
	failed, err := d.fire(ctx)
	if err != nil {
		return 0, err
	}
	details, err := allDetails(ctx, d.app.Incidents())
	if err != nil {
		return 0, err
	}
	d.listIncidents(details)
	missed = d.compare(details)
	d.example(details)
	d.next(details)
	return missed, failed
}

// fire runs the rules that come with the program. Rules that fail do not keep
// the story from being told; their errors come first.
func (d *demo) fire(ctx context.Context) (failed, err error) {
	list, err := app.LoadRules(true, nil)
	if err != nil {
		return nil, err
	}
	d.rules = make(map[string]string, len(list))
	for _, r := range list {
		d.rules[r.ID] = strings.TrimSuffix(filepath.Base(r.Path), ".yaml")
	}
	reports := sweep(ctx, d.env, d.app, list, detect.Range{})
	d.fired(reports)
	return failedRules(ctx, reports), ctx.Err()
}

// allDetails returns every incident with what belongs to it, by number.
func allDetails(ctx context.Context, keeper *incident.Keeper) ([]*incident.Detail, error) {
	list, err := keeper.List(ctx, incident.Filter{})
	if err != nil {
		return nil, err
	}
	var details []*incident.Detail
	for i := len(list) - 1; i >= 0; i-- {
		detail, err := keeper.Show(ctx, list[i].Number)
		if err != nil {
			return nil, err
		}
		details = append(details, detail)
	}
	return details, nil
}

// serve goes on with HTTP, hub and sources.
func (d *demo) serve(ctx context.Context, w *way) error {
	if err := d.app.OpenRules(ctx); err != nil {
		return err
	}
	server, err := d.app.Listen(d.env.Version)
	if err != nil {
		return err
	}
	say(d.env.Stdout, "\nServing %s: /healthz, /metrics, /api/v1. The hub listens on %s.\nEnd with Ctrl-C.\n",
		server.URL(), w.hub.Addresses()[0])
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Run(ctx) })
	group.Go(func() error { return d.app.Run(ctx) })
	return group.Wait()
}
