package eventhub

import (
	"context"
	"fmt"
	"net"
	"time"

	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/wire"
)

// A Status is how a step of a connection test came out.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Warning Status = "warning" // it works, but somebody should look at it
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// A Step is one question of the connection test with its answer.
type Step struct {
	Name   string // one of StepNames
	Status Status
	Detail string // what was found, never a secret
	Remedy string // what to do about it, if it is not OK
	Took   time.Duration
}

// The names of the steps.
const (
	StepConfiguration = "configuration"
	StepName          = "name"
	StepConnection    = "connection"
	StepEncryption    = "encryption"
	StepWebSocket     = "websocket"
	StepSignIn        = "sign-in"
	StepHub           = "hub"
	StepListen        = "listen right"
	StepGroup         = "consumer group"
	StepRights        = "other rights"
	StepPartitions    = "partitions"
	StepSample        = "sample event"
)

// StepNames returns the names of all steps, in order.
func StepNames() []string {
	return []string{
		StepConfiguration, StepName, StepConnection, StepEncryption, StepWebSocket, StepSignIn, StepHub,
		StepListen, StepGroup, StepRights, StepPartitions, StepSample,
	}
}

// CheckOptions are the options of Check. The zero value is good.
type CheckOptions struct {
	Timeout time.Duration // of each step, half a minute if 0
	Quiet   time.Duration // how long a hub that has not refused us is waited for, 2 s if 0
	Now     func() time.Time
	// Lookup resolves a name; net's if nil.
	Lookup func(ctx context.Context, host string) ([]string, error)
}

func (o CheckOptions) withDefaults() CheckOptions {
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Quiet <= 0 {
		o.Quiet = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lookup == nil {
		o.Lookup = net.DefaultResolver.LookupHost
	}
	return o
}

// Check tests the way to a hub from one end to the other, and reports each
// step as it is done. It reads a few events without taking them from anybody,
// and sends nothing. After a step that failed the others are skipped. The
// error is that of the failed step, with its remedy; nil with warnings only.
func Check(ctx context.Context, cfg Config, opt CheckOptions, report func(Step)) error {
	c := &checker{cfg: cfg, opt: opt.withDefaults(), connect: wire.New}
	defer c.close()
	return c.check(ctx, report)
}

// An outcome is what a step has found.
type outcome struct {
	status Status
	detail string
	remedy string
	// end tells that the steps that follow make no sense.
	end bool
}

func good(format string, args ...any) outcome {
	return outcome{status: OK, detail: fmt.Sprintf(format, args...)}
}

func skipped(why string) outcome { return outcome{status: Skipped, detail: why} }

// A checker is one test on its way.
type checker struct {
	cfg     Config
	opt     CheckOptions
	connect func(wire.Target) (wire.Client, error)

	target wire.Target
	client wire.Client
	// names are the hub's partitions, listed why they are not known.
	names  []string
	listed error
	held   map[string]wire.Properties
	// tried is how reading a partition came out: as events, as an error, or
	// with neither if there are no events.
	tried struct {
		partition string
		events    []wire.Event
		err       error
	}
}

func (c *checker) check(ctx context.Context, report func(Step)) error {
	do := map[string]func(context.Context) outcome{
		StepConfiguration: c.configuration, StepName: c.name, StepConnection: c.connection, StepEncryption: c.encryption,
		StepWebSocket: c.websocket, StepSignIn: c.signIn, StepHub: c.hub, StepListen: c.listen, StepGroup: c.group,
		StepRights: c.rights, StepPartitions: c.partitions, StepSample: c.sample,
	}
	var failed error
	ended := ""
	for _, name := range StepNames() {
		step := Step{Name: name, Status: Skipped, Detail: ended}
		if ended == "" {
			step = c.step(ctx, name, do[name], &ended)
		}
		report(step)
		if step.Status == Failed && failed == nil {
			failed = source.Remedy(fmt.Errorf("%s: %s", name, step.Detail), step.Remedy)
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("test the connection: %w", err)
	}
	return failed
}

// step does one step. It sets ended if the others are to be skipped.
func (c *checker) step(ctx context.Context, name string, do func(context.Context) outcome, ended *string) Step {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	began := c.opt.Now()
	o := do(ctx)
	if o.end || o.status == Failed {
		*ended = "not tested: see " + name
	}
	return Step{Name: name, Status: o.status, Detail: o.detail, Remedy: o.remedy, Took: c.opt.Now().Sub(began)}
}

func (c *checker) close() {
	if c.client != nil {
		_ = c.client.Close() // nothing depends on it
	}
}
