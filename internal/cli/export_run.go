package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/azure"
	"nephoscope/internal/export"
	"nephoscope/internal/field"
	outputs "nephoscope/internal/output"
	"nephoscope/internal/output/eventhub"
	"nephoscope/internal/remote"
)

// An exportRun is the command that exports by itself, with what its flags say.
type exportRun struct {
	env    *Env
	cmd    *cobra.Command
	hub    eventhub.Config
	azure  *azure.Config
	scope  *scope
	choice export.Choice

	source, from, name string
	follow             bool
}

func newExportRun(env *Env) *cobra.Command {
	r := &exportRun{env: env, hub: eventhub.Default()}
	r.cmd = &cobra.Command{
		Use:   "run",
		Short: "Stream activity events to a hub ourselves",
		Long: "Run does what Azure does by a log profile or a diagnostic setting: it streams the activity events of the chosen\n" +
			"locations and categories to a hub, which the first event makes if the policy has the right Manage. Events come\n" +
			"from the store (--source store), or straight from Azure's Activity Log of 90 days (--source rest). The command\n" +
			"keeps a cursor under its name: run again, it goes on where it stopped.",
		Example: "  nephoscope export run --connection-string-env HUB --locations westeurope,global\n" +
			"  nephoscope export run --source rest --subscription Production --connection-string-file hub.txt --follow",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context()) },
	}
	addData(r.cmd)
	r.scope, r.azure = addScope(r.cmd), addAzure(r.cmd)
	r.addHub()
	f := r.cmd.Flags()
	f.StringVar(&r.source, "source", "store", "where events come from: store, or rest for Azure's Activity Log")
	f.StringSliceVar(&r.choice.Locations, "locations", nil, "regions, and global for events that belong to none or tell none (default all)")
	f.StringSliceVar(&r.choice.Categories, "categories", nil, "Write, Delete, Action; or event categories such as Administrative, Policy (default all)")
	f.StringVar(&r.from, "from", "earliest", "where to begin the first time: earliest, latest, or a time")
	f.StringVar(&r.name, "name", "default", "name of the export, by which its cursor is kept")
	f.BoolVar(&r.follow, "follow", false, "with --source rest: go on when everything is exported")
	return r.cmd
}

// addHub adds the flags that say which hub is meant.
func (r *exportRun) addHub() {
	f := r.cmd.Flags()
	f.StringVar(&r.hub.ConnectionStringEnv, "connection-string-env", "", "environment variable with the hub's or namespace's connection string")
	f.StringVar(&r.hub.ConnectionStringFile, "connection-string-file", "", "file with it")
	f.StringVar(&r.hub.Hub, "hub", "", "the hub (default that of the connection string, else "+azure.DiagnosticHub+" or "+azure.ProfileHub+")")
	f.StringVar((*string)(&r.hub.Envelope), "envelope", string(r.hub.Envelope), "form of the records: hub (diagnostic setting) or hub-profile (log profile)")
	f.StringVar(&r.hub.PartitionKey, "partition-key", r.hub.PartitionKey, "none, subscription, or a column: events with the same key stay in order")
	f.StringVar((*string)(&r.hub.Transport), "transport", string(remote.AMQP), "amqp or websocket")
	f.StringVar(&r.hub.CustomEndpoint, "hub-endpoint", "", "host:port to connect to in place of the namespace")
	f.StringVar(&r.hub.CAFile, "hub-ca", "", "PEM file with certificates to trust for the hub")
}

// check finds mistakes in the flags, and returns where to begin.
func (r *exportRun) check() (export.Start, error) {
	start, err := export.ParseStart(r.from)
	if err != nil {
		return start, usagef("--from %v", err)
	}
	if err := oneOfWords("source", r.source, "store", "rest"); err != nil {
		return start, err
	}
	if err := oneOfWords("envelope", string(r.hub.Envelope), string(eventhub.Hub), string(eventhub.HubProfile)); err != nil {
		return start, err
	}
	if r.follow && r.source == "store" {
		return start, usagef("--follow needs --source rest: nobody writes to the store while this command has it open; let 'nephoscope serve' feed the hub by an output of its configuration")
	}
	if err := r.choice.Validate(); err != nil {
		return start, usagef("--categories: %v", err)
	}
	r.hub.Name, r.hub.Create = r.name, true
	return start, hubUsage(r.hub.Validate())
}

// run exports.
func (r *exportRun) run(ctx context.Context) error {
	start, err := r.check()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if terminal(r.env.Stderr) == 0 {
		log = newLogger(r.env.Stderr)
	}
	hub, err := eventhub.New(r.hub, eventhub.Options{Logger: log})
	if err != nil {
		return hubUsage(err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = hub.Close(closing) // everything is acknowledged, or repeated the next time
	}()
	opt := export.Options{Output: hub, Choice: r.choice, Follow: r.follow, Logger: log}
	if r.source == "rest" {
		return r.fromAzure(ctx, opt, start)
	}
	return r.fromStore(ctx, opt, start)
}

func (r *exportRun) fromStore(ctx context.Context, opt export.Options, start export.Start) (err error) {
	for _, id := range r.scope.named {
		if uuid.Validate(id) != nil {
			return usagef("--subscription %q: want an id; names are known to Azure, which --source store does not ask", id)
		}
	}
	a, err := openApp(r.cmd, r.env, app.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	opt.Choice.Subscriptions = r.scope.named
	opt.Cursors = export.InStore(a.Store, r.name)
	opt.Parts = []export.Part{{Name: "store", Reader: export.FromStore(outputs.NewLog(a.Catalog, a.Store, r.env.Now), start)}}
	return r.export(ctx, opt)
}

func (r *exportRun) fromAzure(ctx context.Context, opt export.Options, start export.Start) error {
	if err := r.scope.check(); err != nil {
		return err
	}
	if err := r.azure.Validate(); err != nil {
		return asUsage(err)
	}
	client, err := azure.NewClient(*r.azure, azure.ClientOptions{Now: r.env.Now})
	if err != nil {
		return err
	}
	ids, err := r.scope.ids(r.cmd, client)
	if err != nil {
		return err
	}
	opt.Cursors = export.InFile(filepath.Join(configOf(r.cmd).Data, "exports", r.name+".json"))
	for _, id := range ids {
		reader := export.FromREST(client, id, start, export.RESTOptions{Now: r.env.Now, Logger: opt.Logger})
		opt.Parts = append(opt.Parts, export.Part{Name: id, Reader: reader})
	}
	return r.export(ctx, opt)
}

// export runs the job with a line that tells how far it is.
func (r *exportRun) export(ctx context.Context, opt export.Options) error {
	line := newProgress(r.env.Stderr)
	opt.Report = func(p export.Progress) { line.show(exportLine(p)) }
	job, err := export.New(opt)
	if err != nil {
		return err
	}
	p, err := job.Run(ctx)
	line.clear()
	r.say(p)
	switch {
	case r.follow && ctx.Err() != nil:
		return nil // told to stop is how a job ends that follows
	case err == nil && p.Refused > 0:
		return errFindings
	}
	return err
}

func exportLine(p export.Progress) string {
	line := fmt.Sprintf("%d events read, %d sent", p.Read, p.Sent)
	if !p.Newest.IsZero() {
		line += ", up to " + p.Newest.Format("2006-01-02 15:04")
	}
	if p.Failing != "" {
		line += "; waiting: " + p.Failing
	}
	return line
}

// say prints what was done.
func (r *exportRun) say(p export.Progress) {
	say(r.env.Stdout, "%s read, %d sent\n", plural(int(p.Read), "event"), p.Sent)
	if p.Unplaced > 0 {
		say(r.env.Stdout, "%s left out because they tell no region: add global to --locations to export them\n", plural(int(p.Unplaced), "event"))
	}
	if p.Refused > 0 {
		say(r.env.Stdout, "%s refused by the hub, the last: %s\n", plural(int(p.Refused), "event"), p.Refusal)
	}
}

// hubUsage turns problems of the hub's fields into a mistake in the arguments;
// each is named by its flag. Other errors stay as they are.
func hubUsage(err error) error {
	if err == nil {
		return nil
	}
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	flags := map[string]string{
		"name": "--name", "hub": "--hub", "envelope": "--envelope", "partitionKey": "--partition-key", "transport": "--transport",
		"customEndpoint": "--hub-endpoint", "caFile": "--hub-ca",
		"connectionStringEnv": "--connection-string-env", "connectionStringFile": "--connection-string-file",
	}
	var lines []string
	for _, e := range list {
		var problem *field.Error
		switch {
		case !errors.As(e, &problem):
			return err
		case problem.Field == "connectionString":
			lines = append(lines, "--connection-string-env and --connection-string-file are empty: want one of them")
		case flags[problem.Field] == "":
			return err
		default:
			lines = append(lines, flags[problem.Field]+": "+problem.Problem)
		}
	}
	return usagef("%s", strings.Join(lines, "\n            "))
}
