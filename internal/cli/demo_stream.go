package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"nephoscope/internal/app"
	"nephoscope/internal/azure"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/space"
	"nephoscope/internal/retry"
	"nephoscope/internal/simulate"
	"nephoscope/internal/simulate/tenant"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub"
)

// The way that the demo's events go, as a company's would: Azure Monitor, by
// the settings that were made in Resource Manager, sends them to a hub, and
// the sources read that. The company's Azure is a stand-in, on loopback like
// the hub; all else is what serve runs.

// A way is the demo's Azure and hub.
type way struct {
	tenant *tenant.Tenant
	server *http.Server
	token  string // file with the token that the stand-in takes
	url    string // of the stand-in
	rule   string // id of the policy that Azure sends with
	hub    *app.Hub
	login  access.ConnectionString
	stop   context.CancelFunc // of hub and server
	served sync.WaitGroup

	sent, records atomic.Int64 // messages, and records in them
	finished      atomic.Bool  // Azure has sent everything
}

// openWay opens hub and stand-in. Close must be called in the end.
func (d *demo) openWay() (*way, error) {
	h, err := d.app.OpenHub()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &way{hub: h, stop: stop, token: filepath.Join(d.dir, "azure-token")}
	w.served.Go(func() { _ = h.Run(ctx) }) // whoever talks to it sees its end
	if w.login, err = h.ConnectionString("", space.RootPolicy, access.Primary); err != nil {
		return nil, errors.Join(err, w.close())
	}
	if err := w.serveAzure(d); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// serveAzure serves the stand-in, which knows the hub as a namespace.
func (w *way) serveAzure(d *demo) error {
	owner := tenant.Principal{ClientID: uuid.NewString(), ObjectID: uuid.NewString(), Token: uuid.NewString()}
	if err := os.WriteFile(w.token, []byte(owner.Token), 0o600); err != nil {
		return fmt.Errorf("keep the demo's token: %w", err)
	}
	w.tenant = tenant.New(d.company, tenant.Options{Now: d.env.Now, Principals: []tenant.Principal{owner}})
	id := "/subscriptions/" + d.company.Subscriptions[2].ID.String() + "/resourceGroups/rg-logs/providers/Microsoft.EventHub/namespaces/evhns-logs"
	w.rule = id + "/authorizationRules/" + w.login.KeyName
	w.tenant.AddNamespace(tenant.Namespace{ID: id, Host: w.hub.Addresses()[0], Emulator: true, Rules: []tenant.Rule{
		{Name: w.login.KeyName, Rights: []string{"Manage", "Send", "Listen"}, PrimaryKey: w.login.Key},
	}})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serve the stand-in of Azure: %w", err)
	}
	w.url, w.server = "http://"+ln.Addr().String(), &http.Server{Handler: w.tenant, ReadHeaderTimeout: 5 * time.Second}
	w.served.Go(func() { _ = w.server.Serve(ln) })
	return nil
}

// close ends hub and stand-in, and waits for them.
func (w *way) close() error {
	w.stop()
	var err error
	if w.server != nil {
		err = w.server.Close()
	}
	err = errors.Join(err, w.hub.Close())
	w.served.Wait()
	return err
}

// byProfile tells which subscriptions are exported by a log profile. Its
// records lack request bodies, so that rules that read them need the newer
// diagnostic setting.
func byProfile(i int) bool { return i >= 1 && i <= 3 }

// export makes the settings in every subscription of the company.
func (w *way) export(ctx context.Context, d *demo) error {
	client, err := azure.NewClient(azure.Config{
		Method: azure.MethodToken, Token: azure.Secret{File: w.token}, Endpoint: w.url,
	}, azure.ClientOptions{Now: d.env.Now})
	if err != nil {
		return err
	}
	for i, s := range d.company.Subscriptions {
		if byProfile(i) {
			_, err = client.Profiles().Set(ctx, s.ID.String(), azure.Profile{
				Name: "default", Locations: []string{"all"}, Categories: azure.ProfileCategories(), RuleID: w.rule,
			}, azure.SetOptions{})
		} else {
			_, err = client.DiagnosticSettings().Set(ctx, s.ID.String(), azure.DiagnosticSetting{
				Name: "default", Categories: azure.EventCategories(), RuleID: w.rule,
			}, azure.SetOptions{})
		}
		if err != nil {
			return fmt.Errorf("export of subscription %s: %w", s.Name, err)
		}
	}
	return nil
}

// sources are one for each hub that Azure makes.
func (w *way) sources(d *demo) ([]source.Entry, error) {
	var entries []source.Entry
	for _, name := range []string{azure.ProfileHub, azure.DiagnosticHub} {
		cfg := eventhub.Default()
		cfg.Name, cfg.Hub, cfg.ConnectionString = name, name, w.login.Text()
		src, err := eventhub.New(d.app.Store, cfg, eventhub.Options{Backoff: retry.Backoff{First: 50 * time.Millisecond, Most: time.Second}})
		if err != nil {
			return nil, err
		}
		entries = append(entries, source.Entry{Name: name, Source: src})
	}
	return entries, nil
}

// monitor plays Azure Monitor.
func (w *way) monitor(ctx context.Context) error {
	producers := map[string]*azeventhubs.ProducerClient{}
	defer func() {
		for _, p := range producers {
			_ = p.Close(context.WithoutCancel(ctx)) // what was acknowledged is safe
		}
	}()
	err := w.tenant.Stream(ctx, func(ctx context.Context, m tenant.Message) error {
		p, ok := producers[m.Export.Hub]
		if !ok {
			login, _ := w.tenant.ConnectionString(m.Export.RuleID)
			var err error
			if p, err = azeventhubs.NewProducerClientFromConnectionString(login, m.Export.Hub, nil); err != nil {
				return err
			}
			producers[m.Export.Hub] = p
		}
		return w.publish(ctx, p, m)
	})
	w.finished.Store(err == nil)
	return err
}

func (w *way) publish(ctx context.Context, p *azeventhubs.ProducerClient, m tenant.Message) error {
	batch, err := p.NewEventDataBatch(ctx, nil)
	if err != nil {
		return err
	}
	if err := batch.AddEventData(&azeventhubs.EventData{Body: m.Body}, nil); err != nil {
		return err
	}
	if err := p.SendEventDataBatch(ctx, batch, nil); err != nil {
		return err
	}
	w.sent.Add(1)
	w.records.Add(int64(m.Records))
	return nil
}

// flow lets the events go their way until the store has them all.
func (d *demo) flow(ctx context.Context, w *way) error {
	flowing, stop := context.WithCancel(ctx)
	defer stop()
	group, flowing := errgroup.WithContext(flowing)
	entries, err := w.sources(d)
	if err != nil {
		return err
	}
	if err := d.app.Supervise(retry.Backoff{First: 50 * time.Millisecond, Most: time.Second}, entries...); err != nil {
		return err
	}
	group.Go(func() error { return w.monitor(flowing) })
	group.Go(func() error { return d.app.RunSources(flowing) })
	group.Go(func() error {
		defer stop()
		return d.watch(flowing, w)
	})
	return cmp.Or(ctx.Err(), ended(group.Wait()))
}

// ended is nil for an error of whoever was told to stop.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// watch shows how far the stream is until it is drained.
func (d *demo) watch(ctx context.Context, w *way) error {
	line := newProgress(d.env.Stderr)
	defer line.clear()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		received, missing := w.lag(d.app.SourceStates())
		if w.finished.Load() && missing == 0 {
			return nil
		}
		line.show(fmt.Sprintf("streaming: %d records sent in %d messages, %d messages stored, %d on their way", w.records.Load(), w.sent.Load(), received, missing))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lag counts the messages of the hubs that are durable in the store, and those
// that are not.
func (w *way) lag(states []source.State) (stored, missing int64) {
	reached := map[[2]string]int64{}
	for _, s := range states {
		for _, p := range s.Partitions {
			reached[[2]string{s.Source, p.Partition}] = p.Sequence + 1
		}
	}
	for _, h := range w.hub.Stats().Hubs {
		for _, p := range h.Partitions {
			n := reached[[2]string{h.Name, p.ID}]
			stored, missing = stored+n, missing+p.Last+1-n
		}
	}
	return stored, missing
}

// exportTable prints what goes where.
func (d *demo) exportTable(w *way) {
	d.title("What Azure exports")
	d.printf("Settings made through Resource Manager (a stand-in at %s), into the hub at %s:\n\n", w.url, w.hub.Addresses()[0])
	g := newGrid("subscription", "by", "categories", "hub")
	for _, e := range w.tenant.Exports() {
		kind := "diagnostic setting"
		if e.Shape == simulate.ShapeHubProfile {
			kind = "log profile"
		}
		g.add(d.subscription(e.Subscription), kind, fmt.Sprint(len(e.Categories)), e.Hub)
	}
	g.print(d.env.Stdout, 0)
}

// subscription returns the name of one.
func (d *demo) subscription(id string) string {
	for _, s := range d.company.Subscriptions {
		if s.ID.String() == id {
			return s.Name
		}
	}
	return id
}
