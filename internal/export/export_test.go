package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/output"
	"nephoscope/internal/output/outputtest"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

// got is an output that notes correlation ids.
type got struct {
	mu    sync.Mutex
	ids   []string
	tried int
	err   func(tried int) error
}

func (g *got) Deliver(_ context.Context, b *output.Batch) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tried++
	if g.err != nil {
		if err := g.err(g.tried); err != nil {
			return err
		}
	}
	col := b.Column("CorrelationId")
	for _, row := range b.Rows {
		g.ids = append(g.ids, row.Values[col].(string))
	}
	return nil
}

func (g *got) list() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.ids)
}

// rowsOf maps records as they stand in a hub's message.
func rowsOf(t *testing.T, format event.Format, body string) *schema.Rows {
	t.Helper()
	rows := schema.NewRows(tables.AzureActivity())
	m := event.Message{Body: []byte(body), Format: format}
	err := decode.New(decode.Options{}).Decode(&m, "test", "0", func(rec *event.Record) error { return rows.Table.Map(rec, rows) },
		func(r *decode.Reject) error { return errors.New(r.Detail) })
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// hubRecord makes a record of a hub with a correlation id.
func hubRecord(id, subscription, operation, category, more string) string {
	return fmt.Sprintf(`{"time":"2026-03-01T10:00:00.0000000Z","resourceId":"/SUBSCRIPTIONS/%s/RESOURCEGROUPS/G","operationName":%q,"category":%q,"resultType":"Success","correlationId":%q%s}`,
		subscription, operation, category, id, more)
}

func memory(t *testing.T) *outputtest.Memory {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return outputtest.NewMemory(catalog, 638_000_000_000_000_000)
}

func commit(t *testing.T, m *outputtest.Memory, records ...string) {
	t.Helper()
	rows := rowsOf(t, event.FormatHub, strings.Join(records, "\n"))
	if _, err := m.Commit(t.Context(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
		t.Fatal(err)
	}
}

// run runs a job over a store once.
func run(t *testing.T, m *outputtest.Memory, out output.Output, change func(*Options)) (Progress, error) {
	t.Helper()
	opt := Options{Parts: []Part{{Name: "store", Reader: FromStore(m, Start{})}}, Output: out, Cursors: InStore(m, "x")}
	if change != nil {
		change(&opt)
	}
	job, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return job.Run(t.Context())
}

func TestChoice(t *testing.T) {
	records := map[string]string{
		"create":    hubRecord("create", "S1", "A/B/WRITE", "Administrative", `,"location":"West Europe"`),
		"remove":    hubRecord("remove", "S1", "A/B/DELETE", "Administrative", `,"location":"northeurope"`),
		"act":       hubRecord("act", "S2", "A/B/RESTART/ACTION", "Administrative", ``),
		"policy":    hubRecord("policy", "S2", "A/B/WRITE", "Policy", `,"properties":{"resourceLocation":"westeurope"}`),
		"profile":   hubRecord("profile", "S3", "A/B/WRITE", "Write", `,"location":"global"`),
		"clash":     hubRecord("clash", "S3", "A/B/WRITE", "Administrative", `,"location":"eastus","properties":{"location":{"city":"Oslo"}}`),
		"health":    hubRecord("health", "S3", "X", "ServiceHealth", `,"location":""`),
		"elsewhere": hubRecord("elsewhere", "S1", "A/B/WRITE", "Administrative", `,"location":7`),
	}
	for _, c := range []struct {
		name     string
		choice   Choice
		want     string
		unplaced int64
	}{
		{"everything", Choice{}, "act clash create elsewhere health policy profile remove", 0},
		{"subscriptions, without case", Choice{Subscriptions: []string{"s2", "S3"}}, "act clash health policy profile", 0},
		{"a region in both forms", Choice{Locations: []string{"West Europe"}}, "create policy", 3},
		{"two regions", Choice{Locations: []string{"northeurope", "eastus"}}, "clash remove", 3},
		{"global has what tells no region", Choice{Locations: []string{"global"}}, "act elsewhere health profile", 0},
		{"kinds of operation", Choice{Categories: []string{"delete", "Action"}}, "act health remove", 0},
		{"event categories", Choice{Categories: []string{"Policy", "servicehealth"}}, "health policy", 0},
		{"all together", Choice{Subscriptions: []string{"s1"}, Locations: []string{"westeurope", "global"}, Categories: []string{"Write"}}, "create elsewhere", 0},
	} {
		m := memory(t)
		commit(t, m, slices.Collect(maps.Values(records))...)
		out := &got{}
		p, err := run(t, m, out, func(o *Options) { o.Choice = c.choice })
		if err != nil {
			t.Fatal(err)
		}
		ids := out.list()
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != c.want || p.Unplaced != c.unplaced || p.Sent != int64(len(ids)) || p.Read != 8 {
			t.Errorf("%s: got %q and %+v, want %q and %d unplaced", c.name, got, p, c.want, c.unplaced)
		}
	}
}

func TestChoiceOfWrongWords(t *testing.T) {
	for _, c := range []struct{ words, want string }{
		{"Read", `category "Read": want Write, Delete, Action, or Administrative`},
		{"Write,Policy", "want one or the other"},
	} {
		choice := Choice{Categories: strings.Split(c.words, ",")}
		if _, err := New(Options{Choice: choice}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.words, err, c.want)
		}
	}
}

func TestItGoesOnWhereItStopped(t *testing.T) {
	m := memory(t)
	commit(t, m, hubRecord("a", "S", "X/WRITE", "Administrative", ""), hubRecord("b", "S", "X/WRITE", "Administrative", ""))
	out := &got{}
	for range 2 {
		if _, err := run(t, m, out, nil); err != nil {
			t.Fatal(err)
		}
	}
	m.Skip(1 << 40)
	commit(t, m, hubRecord("c", "S", "X/WRITE", "Administrative", ""))
	p, err := run(t, m, out, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(out.list()); got != "[a b c]" || p.Read != 1 {
		t.Errorf("got %s and %+v, want a, b and c, the last alone in the third run", got, p)
	}
}

func TestStarts(t *testing.T) {
	for name, c := range map[string]struct {
		start string
		want  string
	}{
		"earliest": {"earliest", "[a b]"},
		"latest":   {"latest", "[b]"},
	} {
		m := memory(t)
		commit(t, m, hubRecord("a", "S", "X/WRITE", "Administrative", ""))
		start, err := ParseStart(c.start)
		if err != nil {
			t.Fatal(err)
		}
		out := &got{}
		reader := func(o *Options) { o.Parts[0].Reader = FromStore(m, start) }
		for i := range 2 {
			if _, err := run(t, m, out, reader); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				commit(t, m, hubRecord("b", "S", "X/WRITE", "Administrative", ""))
			}
		}
		if got := fmt.Sprint(out.list()); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	if _, err := ParseStart("yesterday"); err == nil {
		t.Error("a word that is none: want an error")
	}
	at := &storeReader{start: Start{At: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)}}
	if got := at.selection().Where; got != "TimeGenerated >= datetime(2026-03-01T11:00:00.0000000Z)" {
		t.Errorf("a time: got condition %q", got)
	}
}

// TestFollowing: a job that follows tells of failures, tries again, and sends
// what arrives.
func TestFollowing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory(t)
		commit(t, m, hubRecord("a", "S", "X/WRITE", "Administrative", ""))
		out := &got{err: func(tried int) error {
			if tried <= 2 {
				return errors.New("no network")
			}
			return nil
		}}
		var last Progress
		failing := false
		job, err := New(Options{
			Parts: []Part{{Name: "store", Reader: FromStore(m, Start{})}}, Output: out, Cursors: InStore(m, "x"), Follow: true,
			Report: func(p Progress) { last, failing = p, failing || p.Failing == "no network" },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := job.Run(ctx)
			done <- err
		}()
		time.Sleep(time.Minute)
		commit(t, m, hubRecord("b", "S", "X/WRITE", "Administrative", ""))
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if fmt.Sprint(out.list()) != "[a b]" || !failing || last.Failing != "" || last.Sent != 2 {
			t.Errorf("got %v and %+v, want a and b after failures", out.list(), last)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the end of the context", err)
		}
	})
}

// TestAReaderThatFails ends a job that does not follow, and nothing else.
func TestAReaderThatFails(t *testing.T) {
	m := memory(t)
	_, err := run(t, m, &got{}, func(o *Options) { o.Parts[0].Reader = broken{} })
	if !errors.Is(err, errBroken) || !strings.HasPrefix(err.Error(), "export store: ") {
		t.Errorf("got %v, want the reader's error", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Read(context.Context, string, Take) error { return errBroken }

func TestRefusedEventsAreCounted(t *testing.T) {
	m := memory(t)
	commit(t, m, hubRecord("a", "S", "X/WRITE", "Administrative", ""), hubRecord("b", "S", "X/WRITE", "Administrative", ""))
	out := &got{err: func(int) error {
		return &output.RefusedError{Rows: []output.Refusal{{Row: 1, Reason: output.TooLarge, Detail: "too long"}}}
	}}
	p, err := run(t, m, out, nil)
	if err != nil || p.Read != 2 || p.Sent != 1 || p.Refused != 1 || p.Refusal != "too long" {
		t.Errorf("got %+v, %v, want one sent and one refused", p, err)
	}
}

func TestCursorsInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exports", "x.json")
	c := InFile(path)
	for _, step := range [][3]string{{"p", "", "1"}, {"q", "", "7"}, {"p", "1", "2"}} {
		if err := c.Save(t.Context(), step[0], step[1], step[2]); err != nil {
			t.Fatal(err)
		}
	}
	again := InFile(path)
	for part, want := range map[string]string{"p": "2", "q": "7", "r": ""} {
		if got, err := again.Load(t.Context(), part); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", part, got, err, want)
		}
	}
	if err := again.Save(t.Context(), "p", "1", "3"); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a step from elsewhere: got %v, want an error", err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("files %v, %v: want the cursors alone", left, err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Load(t.Context(), "p"); err == nil || !strings.Contains(err.Error(), "remove the file") {
		t.Errorf("a damaged file: got %v, want an error that says what to do", err)
	}
}

// log is an Activity Log in memory.
type log struct {
	mu     sync.Mutex
	events []logged
	asked  int
	page   int
}

type logged struct {
	at, visible time.Time
	id          string
}

func (l *log) add(id string, at, visible time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, logged{at, visible, id})
}

func (l *log) ActivityLog(_ context.Context, subscription string, from, to time.Time, take func([]json.RawMessage) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asked++; time.Since(from) > 90*24*time.Hour {
		return errors.New("400: more than 90 days")
	}
	var page []json.RawMessage
	flush := func() error {
		defer func() { page = nil }()
		return take(page)
	}
	slices.SortFunc(l.events, func(a, b logged) int { return b.at.Compare(a.at) })
	for _, e := range l.events {
		if e.at.Before(from) || e.at.After(to) || e.visible.After(time.Now()) {
			continue
		}
		page = append(page, json.RawMessage(fmt.Sprintf(
			`{"eventDataId":%q,"correlationId":%[1]q,"eventTimestamp":%q,"submissionTimestamp":%[2]q,"subscriptionId":%[3]q,"resourceId":"/subscriptions/%[3]s","operationName":{"value":"A/B/write"},"category":{"value":"Administrative"},"status":{"value":"Succeeded"}}`,
			e.id, e.at.UTC().Format("2006-01-02T15:04:05.0000000Z"), subscription)))
		if len(page) == l.page {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func restJob(t *testing.T, l *log, out output.Output, start Start, cursors Cursors, follow bool) *Job {
	t.Helper()
	job, err := New(Options{
		Parts: []Part{{Name: "s", Reader: FromREST(l, "s", start, RESTOptions{})}}, Output: out, Cursors: cursors, Follow: follow,
	})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// TestRESTComesInOrderOnce: events on many pages, newest first, some at the
// same time, some twice, all of ninety days.
func TestRESTComesInOrderOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, out := &log{page: 7}, &got{}
		var want []string
		begin := time.Now().Add(-89 * 24 * time.Hour)
		for i := range 3000 {
			id := fmt.Sprintf("e%04d", i)
			l.add(id, begin.Add(time.Duration(i)*42*time.Minute), begin)
			want = append(want, id)
		}
		l.add("e0100", begin.Add(100*42*time.Minute), begin) // twice
		l.add("too old", begin.Add(-48*time.Hour), begin)
		cursors := InFile(filepath.Join(t.TempDir(), "c"))
		p, err := restJob(t, l, out, Start{}, cursors, false).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(out.list(), want) || p.Sent != 3000 {
			t.Errorf("got %d events, %d of them sent, want the 3000 in order", len(out.list()), p.Sent)
		}
		if _, err := restJob(t, l, out, Start{}, cursors, false).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(out.list()); n != 3000 { // none lies within the overlap
			t.Errorf("a second run sent %d events again", n-3000)
		}
	})
}

// TestRESTWaitsForWhatComesLate: an event that appears 20 minutes after its
// time arrives, once.
func TestRESTWaitsForWhatComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, out := &log{page: 200}, &got{}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error)
		job := restJob(t, l, out, Start{Latest: true}, InFile(filepath.Join(t.TempDir(), "c")), true)
		l.add("before", time.Now().Add(-time.Hour), time.Now())
		go func() {
			_, err := job.Run(ctx)
			done <- err
		}()
		time.Sleep(time.Minute)
		now := time.Now()
		l.add("late", now, now.Add(20*time.Minute))
		l.add("soon", now.Add(time.Second), now.Add(time.Second))
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the end of the context", err)
		}
		if got := fmt.Sprint(out.list()); got != "[soon late]" {
			t.Errorf("got %s, want soon, late", got)
		}
	})
}

// TestRESTLosesNothingWhenTheHubFails: what was read and not taken is read
// again.
func TestRESTLosesNothingWhenTheHubFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{page: 200}
		for i := range 50 {
			l.add(fmt.Sprintf("e%02d", i), time.Now().Add(time.Duration(i-60)*time.Minute), time.Now())
		}
		cursors := InFile(filepath.Join(t.TempDir(), "c"))
		reader := FromREST(l, "s", Start{}, RESTOptions{})
		seen := map[string]bool{}
		for tries := range 100 {
			cursor, err := cursors.Load(t.Context(), "s")
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			err = reader.Read(t.Context(), cursor, func(ctx context.Context, b *output.Batch, next string) error {
				if n++; n%2 == 1 && tries < 5 && len(b.Rows) > 0 {
					return errBroken
				}
				for _, row := range b.Rows {
					seen[row.Values[b.Column("EventDataId")].(string)] = true
				}
				if next == cursor {
					return nil
				}
				err := cursors.Save(ctx, "s", cursor, next)
				cursor = next
				return err
			})
			if err == nil {
				break
			}
		}
		if len(seen) != 50 {
			t.Errorf("%d events arrived, want 50", len(seen))
		}
	})
}
