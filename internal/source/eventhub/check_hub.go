package eventhub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"nephoscope/internal/azure"
	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/remote"
	"nephoscope/internal/source/eventhub/wire"
)

// samples is how many of the last events of a partition are looked at.
const samples = 10

// signIn asks for the hub's partitions. Whether there is such a hub is the
// next step's.
func (c *checker) signIn(ctx context.Context) outcome {
	var err error
	if c.client, err = c.connect(c.target); err != nil {
		return outcome{status: Failed, detail: err.Error(), remedy: "mend the configuration"}
	}
	c.names, c.listed = c.client.Partitions(ctx)
	if c.listed == nil || wire.KindOf(c.listed) == wire.NotFound || wire.KindOf(c.listed) == wire.Disabled {
		return good("the namespace lets %s in", who(&c.target))
	}
	return notLetIn(&c.target, c.listed)
}

// hub tells whether it exists. That Azure's own hubs may have to wait for
// their first event is no failure.
func (c *checker) hub(context.Context) outcome {
	name := c.target.Hub
	switch kind := wire.KindOf(c.listed); {
	case c.listed == nil:
		return good("%s has %d partitions", name, len(c.names))
	case kind == wire.Disabled:
		return outcome{status: Failed, detail: "hub " + name + " is disabled", remedy: "set its status to Active in the Azure portal"}
	case name == azure.ProfileHub || name == azure.DiagnosticHub:
		return outcome{
			status: Warning, end: true, detail: "no event yet: there is no hub " + name,
			remedy: "Azure creates the hub with the first event, some minutes after the export was set up; if it was, check the other hub name: " + otherHub(name),
		}
	}
	return outcome{
		status: Failed, detail: "the namespace has no hub " + name,
		remedy: "check the name; Azure Monitor calls its hubs " + azure.ProfileHub + " or " + azure.DiagnosticHub,
	}
}

func otherHub(name string) string {
	if name == azure.DiagnosticHub {
		return azure.ProfileHub
	}
	return azure.DiagnosticHub
}

// listen tries to read, with the partition that has events if one has.
func (c *checker) listen(ctx context.Context) outcome {
	if len(c.names) == 0 {
		return outcome{status: Failed, detail: "the hub has no partitions", remedy: "make the hub anew"}
	}
	if o := c.ask(ctx); o != nil {
		return *o
	}
	c.try(ctx)
	switch kind := wire.KindOf(c.tried.err); {
	case c.tried.err != nil && kind == wire.Unauthorized:
		return outcome{
			status: Failed, detail: who(&c.target) + " may not read: it has no Listen right on hub " + c.target.Hub,
			remedy: "give the policy the Listen right, or the identity the role Azure Event Hubs Data Receiver",
		}
	case c.tried.err != nil && (kind == wire.Lost || kind == wire.Busy):
		return outcome{status: Failed, detail: "partition " + c.tried.partition + " cannot be read: " + c.tried.err.Error(), remedy: "try again; the hub was reached but did not let the reader go on"}
	}
	return good("%s may read", who(&c.target))
}

// ask learns what each partition holds.
func (c *checker) ask(ctx context.Context) *outcome {
	c.held = map[string]wire.Properties{}
	for _, name := range c.names {
		p, err := c.client.Properties(ctx, name)
		if err != nil {
			return &outcome{status: Failed, detail: "the hub does not tell what partition " + name + " holds: " + err.Error(), remedy: "try again; if it lasts, ask the namespace's owner"}
		}
		c.held[name] = p
	}
	return nil
}

// try reads the last events of the partition that got one last.
func (c *checker) try(ctx context.Context) {
	name := slices.MaxFunc(c.names, func(a, b string) int {
		pa, pb := c.held[a], c.held[b]
		if pa.Empty != pb.Empty {
			return map[bool]int{true: -1, false: 1}[pa.Empty]
		}
		return pa.Enqueued.Compare(pb.Enqueued)
	})
	c.tried.partition = name
	p := c.held[name]
	first := max(p.First, p.Last-samples+1)
	start := wire.Start{After: true, Sequence: first - 1}
	if p.Empty || first == 0 {
		start = wire.Start{}
	}
	reader, err := c.client.Open(name, wire.Opening{Start: start, Epoch: wire.NoEpoch})
	if err != nil {
		c.tried.err = err
		return
	}
	defer func() { _ = reader.Close() }() // it has answered
	if p.Empty {                          // that it is not refused is all there is to see
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.opt.Quiet)
		defer cancel()
	}
	c.tried.events, c.tried.err = reader.Receive(ctx, max(1, int(p.Last-first+1)))
	if p.Empty && errors.Is(c.tried.err, context.DeadlineExceeded) {
		c.tried.err = nil
	}
}

// group tells whether the consumer group exists and has room for us.
func (c *checker) group(context.Context) outcome {
	name := c.target.Group
	switch kind := wire.KindOf(c.tried.err); {
	case c.target.Transport == remote.Kafka:
		return skipped("the Kafka endpoint has groups of its own, which are not used")
	case c.tried.err == nil:
		return good("%s exists", name)
	case kind == wire.NotFound:
		return outcome{status: Failed, detail: "hub " + c.target.Hub + " has no consumer group " + name, remedy: "create it, or use " + DefaultGroup}
	case kind == wire.Crowded:
		return outcome{status: Failed, detail: "consumer group " + name + " has as many readers as it may have: " + c.tried.err.Error(), remedy: "create a consumer group for nephoscope alone"}
	case kind == wire.Stolen:
		return outcome{
			status: Warning, detail: "another reader has consumer group " + name + " to itself",
			remedy: "nothing, if that is nephoscope itself; else create a consumer group for it alone",
		}
	case kind == wire.Disabled:
		return outcome{status: Failed, detail: "reading hub " + c.target.Hub + " is disabled", remedy: "set its status to Active in the Azure portal"}
	}
	return outcome{status: Failed, detail: "partition " + c.tried.partition + " is refused: " + c.tried.err.Error(), remedy: "ask the namespace's owner"}
}

// rights tells whether the policy may do more than it needs.
func (c *checker) rights(ctx context.Context) outcome {
	if c.target.Transport == remote.Kafka {
		return skipped("cannot be told over the Kafka endpoint")
	}
	err := wire.CanSend(ctx, &c.target.Target)
	switch {
	case err == nil:
		return outcome{
			status: Warning, detail: who(&c.target) + " may also send, so whoever gets hold of it can forge events",
			remedy: "use a policy with the Listen right only",
		}
	case wire.KindOf(err) == wire.Unauthorized:
		return good("%s may read and not send", who(&c.target))
	}
	return outcome{status: Warning, detail: "cannot be told: " + err.Error(), remedy: "try again"}
}

// partitions tells what they hold.
func (c *checker) partitions(context.Context) outcome {
	var kept int64
	var last time.Time
	var each []string
	for _, name := range c.names {
		p := c.held[name]
		kept += max(0, p.Last-p.First+1)
		if p.Enqueued.After(last) && !p.Empty {
			last = p.Enqueued
		}
		each = append(each, fmt.Sprintf("%s:%d", name, p.Last))
	}
	detail := fmt.Sprintf("%d events kept; last sequence numbers %s", kept, strings.Join(each, " "))
	if !last.IsZero() {
		detail += "; last event at " + last.UTC().Format(time.RFC3339)
	}
	return good("%s", detail)
}

// sample decodes the last events.
func (c *checker) sample(context.Context) outcome {
	events := c.tried.events
	if len(events) == 0 && c.tried.err != nil {
		return skipped("partition " + c.tried.partition + " could not be read: " + string(wire.KindOf(c.tried.err)))
	}
	if len(events) == 0 {
		return outcome{status: Warning, detail: "no event yet", remedy: "Azure sends the first events some minutes after the export was set up"}
	}
	records, rejects := 0, 0
	var shape event.Shape
	var why decode.Reject
	d := decode.New(decode.Options{Format: c.cfg.Format})
	for i := range events {
		_ = d.Decode(&event.Message{Body: events[i].Body, Offset: events[i].Sequence}, "", "", // no callback fails
			func(r *event.Record) error { records++; shape = max(shape, r.Shape); return nil },
			func(r *decode.Reject) error { rejects++; why.Reason, why.Detail = r.Reason, r.Detail; return nil })
	}
	return sampled(c.tried.partition, events, records, rejects, shape, &why)
}

func sampled(partition string, events []wire.Event, records, rejects int, shape event.Shape, why *decode.Reject) outcome {
	detail := fmt.Sprintf("the last %d events of partition %s hold %d records", len(events), partition, records)
	switch {
	case records == 0:
		return outcome{
			status: Failed, detail: detail + " that can be read: " + string(why.Reason) + ", " + why.Detail,
			remedy: "name a hub that Azure Monitor exports to, or look at what the publisher sends",
		}
	case rejects > 0:
		return outcome{status: Warning, detail: fmt.Sprintf("%s and %d that cannot be read (%s)", detail, rejects, why.Reason), remedy: "they go to quarantine: nephoscope quarantine list"}
	case shape == event.ShapeUnknown:
		return outcome{status: Warning, detail: detail + ", none of the Activity Log's", remedy: "declare a custom table for them, or name the hub that Azure Monitor exports to"}
	}
	return good("%s of the Activity Log", detail)
}
