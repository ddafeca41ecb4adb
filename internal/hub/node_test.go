package hub

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	goamqp "github.com/Azure/go-amqp"
	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/space"
)

// A caller asks a node of a connection.
type caller struct {
	node    string
	replyTo *string
	out     *goamqp.Sender
	in      *goamqp.Receiver
}

// call attaches to a node in one of the ways of the clients: the reply's
// address is a target, a link's name, or not said.
func call(t testing.TB, session *goamqp.Session, node, how string) *caller {
	t.Helper()
	c := &caller{node: node, out: newSender(t, session, node, nil)}
	switch how {
	case "target":
		c.replyTo = ptr("reply-address")
		c.in = newReceiver(t, session, node, &goamqp.ReceiverOptions{TargetAddress: *c.replyTo, Credit: 10})
	case "name":
		c.replyTo = ptr("reply-link-name")
		c.in = newReceiver(t, session, node, &goamqp.ReceiverOptions{Name: *c.replyTo, Credit: 10})
	default:
		c.in = newReceiver(t, session, node, &goamqp.ReceiverOptions{Credit: 10})
	}
	return c
}

func (c *caller) ask(t testing.TB, id any, body any, properties map[string]any) *goamqp.Message {
	t.Helper()
	request := &goamqp.Message{
		Properties:            &goamqp.MessageProperties{MessageID: id, ReplyTo: c.replyTo},
		ApplicationProperties: properties,
		Value:                 body,
	}
	if err := c.out.Send(soon(t), request, nil); err != nil {
		t.Fatal(err)
	}
	return next(t, c.in)
}

// putToken wants a status.
func (c *caller) putToken(t testing.TB, token, audience string, code int32, words ...string) {
	t.Helper()
	got := c.ask(t, "id", token, map[string]any{"operation": "put-token", "type": "jwt", "name": audience})
	wantStatus(t, got, code, words...)
}

func wantStatus(t testing.TB, got *goamqp.Message, code int32, words ...string) {
	t.Helper()
	text, _ := got.ApplicationProperties["status-description"].(string)
	if got.ApplicationProperties["status-code"] != code || got.ApplicationProperties["statusCode"] != code {
		t.Errorf("status %v (%s), want %d", got.ApplicationProperties["status-code"], text, code)
	}
	wantText(t, fmt.Errorf("%s", text), words...)
}

func TestReplies(t *testing.T) {
	s := serve(t, Options{})
	s.hub(t, "hub", 1)
	root := s.root(t)
	token := access.Sign("sb://ns.example/hub", root.Name, root.PrimaryKey, time.Now().Add(time.Hour))
	for _, how := range []string{"target", "name", "nothing"} {
		_, session := s.dialConn(t, goamqp.SASLTypeAnonymous())
		c := call(t, session, "$cbs", how)
		for _, id := range []any{"text", uint64(7), goamqp.UUID{1, 2}} {
			got := c.ask(t, id, token, map[string]any{"operation": "put-token", "name": "sb://ns.example/hub"})
			wantStatus(t, got, 202)
			if diff := cmp.Diff(id, got.Properties.CorrelationID); diff != "" {
				t.Errorf("%s: correlation id (-want +got):\n%s", how, diff)
			}
		}
	}
}

// Several pairs of links on one connection, as one client has a session for
// each token.
func TestManyPairs(t *testing.T) {
	s := serve(t, Options{})
	conn, session := s.dialConn(t, goamqp.SASLTypeAnonymous())
	first := call(t, session, "$cbs", "target")
	other, err := conn.NewSession(soon(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	second := call(t, other, "$cbs", "name")
	first.putToken(t, "SharedAccessSignature x", "sb://h/hub", 401)
	second.putToken(t, "SharedAccessSignature x", "sb://h/hub", 401)
	first.putToken(t, "SharedAccessSignature x", "sb://h/hub", 401)
}

func TestPutToken(t *testing.T) {
	s := serve(t, Options{})
	s.hub(t, "hub", 1)
	root := s.root(t)
	sender := s.policy(t, "", "sender", access.Send)
	_, session := s.dialConn(t, goamqp.SASLTypeAnonymous())
	c := call(t, session, "$cbs", "target")
	later, before := time.Now().Add(time.Hour), time.Now().Add(-time.Second)
	const hub = "sb://ns.example/hub"
	c.putToken(t, access.Sign(hub, root.Name, root.PrimaryKey, later), hub, 202)
	c.putToken(t, access.Sign(hub, root.Name, root.SecondaryKey, later), hub+"/Partitions/0", 202)
	c.putToken(t, access.Sign("amqps://elsewhere:5671/HUB/", root.Name, root.PrimaryKey, later), hub, 202)
	c.putToken(t, access.Sign(hub, root.Name, root.PrimaryKey, before), hub, 401, "expired")
	c.putToken(t, access.Sign(hub, root.Name, "another key", later), hub, 401, "bad signature")
	c.putToken(t, access.Sign(hub, "nobody", root.PrimaryKey, later), hub, 401, "unknown policy", "nobody")
	c.putToken(t, access.Sign(hub, root.Name, root.PrimaryKey, later), "sb://ns.example/other", 401, "another resource")
	c.putToken(t, "SharedAccessSignature sr=x&se=soon", hub, 401, "malformed")
	c.putToken(t, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", hub, 401, "no shared access signature", "Entra ID")
	c.putToken(t, access.Sign("sb://ns.example/new", sender.Name, sender.PrimaryKey, later), "sb://ns.example/new", 404, "could not be found")
	c.putToken(t, access.Sign("sb://ns.example/new", root.Name, root.PrimaryKey, later), "sb://ns.example/new", 202)

	wantStatus(t, c.ask(t, "id", "x", map[string]any{"operation": "take-token"}), 400, "put-token")
	if err := c.out.Send(soon(t), &goamqp.Message{Value: "no properties"}, nil); err != nil {
		t.Error(err)
	}
	wantStatus(t, next(t, c.in), 400, "put-token")
}

// When a token runs out its links end, unless another one has come in time.
func TestTokenRunsOut(t *testing.T) {
	clock := newClock()
	s := serve(t, Options{Space: space.Options{Now: clock.now}, Upkeep: time.Millisecond})
	s.hub(t, "hub", 2)
	root := s.root(t)
	_, session := s.dialConn(t, goamqp.SASLTypeAnonymous())
	c := call(t, session, "$cbs", "target")
	put := func(partition int) {
		t.Helper()
		audience := "sb://ns.example/" + reader("hub", partition)
		c.putToken(t, access.Sign(audience, root.Name, root.PrimaryKey, clock.now().Add(time.Minute)), audience, 202)
	}
	put(0)
	put(1)
	renewed, forgotten := newReceiver(t, session, reader("hub", 0), nil), newReceiver(t, session, reader("hub", 1), nil)
	clock.advance(40 * time.Second)
	put(0)
	clock.advance(40 * time.Second)
	_, err := forgotten.Receive(soon(t), nil)
	wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess, reader("hub", 1))
	if err := newSender(t, s.dial(t, root), "hub/Partitions/0", nil).Send(soon(t), goamqp.NewMessage([]byte("x")), nil); err != nil {
		t.Fatal(err)
	}
	next(t, renewed)
	clock.advance(40 * time.Second)
	_, err = renewed.Receive(soon(t), nil)
	wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess)
	_, err = session.NewReceiver(soon(t), reader("hub", 0), nil)
	wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess)
}

// Rights end with the key that they were got by: links that are attached, and
// those to come. Other keys of the same policy go on.
func TestRightsEndWithTheirKey(t *testing.T) {
	s := serve(t, Options{Upkeep: time.Millisecond})
	s.hub(t, "hub", 1)
	later := time.Now().Add(time.Hour)
	const audience = "sb://ns.example/hub"
	token := func(p access.Policy, key string) *goamqp.Session {
		_, session := s.dialConn(t, goamqp.SASLTypeAnonymous())
		call(t, session, "$cbs", "target").putToken(t, access.Sign(audience, p.Name, key, later), audience, 202)
		return session
	}
	ended := func(what string, session *goamqp.Session, in *goamqp.Receiver) {
		t.Helper()
		if _, err := in.Receive(soon(t), nil); err == nil {
			t.Errorf("%s: a link went on", what)
		} else {
			wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess)
		}
		_, err := session.NewReceiver(soon(t), reader("hub", 0), nil)
		wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess)
	}
	for _, hub := range []string{"", "hub"} {
		p := s.policy(t, hub, "listener", access.Listen)
		primary, secondary := token(p, p.PrimaryKey), token(p, p.SecondaryKey)
		first, second := newReceiver(t, primary, reader("hub", 0), nil), newReceiver(t, secondary, reader("hub", 0), nil)
		if _, err := s.Regenerate(hub, p.Name, access.Primary); err != nil {
			t.Fatal(err)
		}
		ended("another primary key", primary, first)
		attachable(t, secondary)
		if err := s.RemovePolicy(hub, p.Name); err != nil {
			t.Fatal(err)
		}
		ended("the policy is gone", secondary, second)
	}
	p := s.policy(t, "", "listener", access.Listen)
	login := s.dial(t, p)
	in := newReceiver(t, login, reader("hub", 0), nil)
	if _, err := s.Regenerate("", p.Name, access.Secondary); err != nil {
		t.Fatal(err)
	}
	attachable(t, login)
	if _, err := s.Regenerate("", p.Name, access.Primary); err != nil {
		t.Fatal(err)
	}
	ended("PLAIN with another key", login, in)
}

// attachable wants that a receiver of the hub can be attached.
func attachable(t *testing.T, session *goamqp.Session) {
	t.Helper()
	if err := newReceiver(t, session, reader("hub", 0), nil).Close(soon(t)); err != nil {
		t.Error(err)
	}
}

// Who had all rights in a hub has none in the next of that name, and may not
// make it.
func TestRightsEndWithTheirHub(t *testing.T) {
	s := serve(t, Options{Upkeep: time.Hour})
	s.hub(t, "hub", 1)
	p := s.policy(t, "hub", "owner", access.Manage)
	_, session := s.dialConn(t, goamqp.SASLTypeAnonymous())
	const audience = "sb://ns.example/hub"
	call(t, session, "$cbs", "target").putToken(t, access.Sign(audience, p.Name, p.PrimaryKey, time.Now().Add(time.Hour)), audience, 202)
	newSender(t, session, "hub", nil)
	if err := s.Delete("hub"); err != nil {
		t.Fatal(err)
	}
	_, err := session.NewSender(soon(t), "hub", nil)
	wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess)
	s.hub(t, "hub", 1)
	_, err = session.NewReceiver(soon(t), reader("hub", 0), nil)
	wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess)
}

// Tokens do not pile up: old ones go, and there is an end.
func TestGrantsAreBounded(t *testing.T) {
	var g grants
	now := time.Now()
	grant := proven{Grant: access.Grant{Rights: access.Send, Expires: now.Add(time.Minute)}}
	for i := range maxGrants {
		if err := g.put(fmt.Sprint("hub", i), grant, 0, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.put("HUB0", grant, 0, now); err != nil {
		t.Errorf("a token in place of another: %v", err)
	}
	if err := g.put("one too many", grant, 0, now); err == nil {
		t.Error("one grant too many was kept")
	}
	if err := g.put("one more", grant, 0, now.Add(time.Hour)); err != nil || len(g.byAudience) != 1 {
		t.Errorf("after the others have run out: %v, %d grants", err, len(g.byAudience))
	}
}

// A connection without a token has its time, and no more.
func TestStrangers(t *testing.T) {
	s := serve(t, Options{Upkeep: time.Millisecond, stranger: 50 * time.Millisecond})
	s.hub(t, "hub", 1)
	known, _ := s.dialConn(t, goamqp.SASLTypePlain(space.RootPolicy, s.root(t).PrimaryKey))
	stranger, _ := s.dialConn(t, goamqp.SASLTypeAnonymous())
	<-stranger.Done()
	wantCondition(t, stranger.Err(), goamqp.ErrCondUnauthorizedAccess, "no token")
	if _, err := known.NewSession(soon(t), nil); err != nil {
		t.Errorf("who brought a key was closed too: %v", err)
	}
}

func TestManagement(t *testing.T) {
	created := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	s := serve(t, Options{Space: space.Options{Now: func() time.Time { return created }}})
	s.hub(t, "Hub", 2)
	listener := s.policy(t, "Hub", "listener", access.Listen)
	session := s.dial(t, s.root(t))
	c := call(t, session, "$management", "target")
	hub := map[string]any{"operation": "READ", "name": "hub", "type": "com.microsoft:eventhub"}
	got := c.ask(t, "id", goamqp.Null{}, hub)
	wantStatus(t, got, 200)
	want := map[string]any{
		"name": "Hub", "type": "com.microsoft:eventhub", "created_at": created, "partition_count": int32(2),
		"partition_ids": []string{"0", "1"}, "georeplication_factor": int32(1),
	}
	if diff := cmp.Diff(want, got.Value); diff != "" {
		t.Errorf("hub (-want +got):\n%s", diff)
	}

	partition := map[string]any{"operation": "READ", "name": "HUB", "type": "com.microsoft:partition", "partition": "1"}
	got = c.ask(t, "id", []byte{0, 1}, partition)
	wantStatus(t, got, 200)
	want = map[string]any{
		"name": "Hub", "type": "com.microsoft:partition", "partition": "1",
		"begin_sequence_number": int64(0), "last_enqueued_sequence_number": int64(-1), "last_enqueued_offset": "-1",
		"last_enqueued_time_utc": time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), "is_partition_empty": true,
	}
	if diff := cmp.Diff(want, got.Value); diff != "" {
		t.Errorf("empty partition (-want +got):\n%s", diff)
	}

	refused := func(key string, value any, code int32, words ...string) {
		t.Helper()
		properties := map[string]any{key: value}
		for k, v := range partition {
			if k != key {
				properties[k] = v
			}
		}
		wantStatus(t, c.ask(t, "id", goamqp.Null{}, properties), code, words...)
	}
	refused("name", "nowhere", 404, "could not be found")
	refused("partition", "2", 400, "0 to 1")
	refused("type", "com.microsoft:queue", 400, "com.microsoft:eventhub")
	refused("operation", "WRITE", 400, "READ")

	// Without a grant, the token in the request counts.
	_, anonymous := s.dialConn(t, goamqp.SASLTypeAnonymous())
	c = call(t, anonymous, "$management", "name")
	wantStatus(t, c.ask(t, "id", goamqp.Null{}, hub), 401, "claim(s)")
	hub["security_token"] = access.Sign("sb://ns.example/hub", listener.Name, listener.PrimaryKey, created.Add(time.Hour))
	wantStatus(t, c.ask(t, "id", goamqp.Null{}, hub), 200)
	hub["security_token"] = access.Sign("sb://ns.example/hub", listener.Name, "wrong", created.Add(time.Hour))
	wantStatus(t, c.ask(t, "id", goamqp.Null{}, hub), 401)
}

// A connection may have some links to a node, not any number.
func TestManyNodeLinks(t *testing.T) {
	s := serve(t, Options{})
	_, session := s.dialConn(t, goamqp.SASLTypeAnonymous())
	for range maxDeskLinks {
		newSender(t, session, "$cbs", nil)
		newReceiver(t, session, "$cbs", nil)
	}
	_, err := session.NewSender(soon(t), "$cbs", nil)
	wantCondition(t, err, goamqp.ErrCondResourceLimitExceeded)
	_, err = session.NewReceiver(soon(t), "$cbs", nil)
	wantCondition(t, err, goamqp.ErrCondResourceLimitExceeded)
	last := newSender(t, session, "$management", nil)
	if err := last.Close(soon(t)); err != nil {
		t.Fatal(err)
	}
}

// Who asks and never reads the answers is told to wait, at some point.
func TestUnreadReplies(t *testing.T) {
	s := serve(t, Options{})
	_, session := s.dialConn(t, goamqp.SASLTypeAnonymous())
	c := &caller{out: newSender(t, session, "$cbs", nil)}
	request := &goamqp.Message{Value: "x"}
	wantCondition(t, c.out.Send(soon(t), request, nil), goamqp.ErrCondNotAllowed, "no receiver")
	c.in = newReceiver(t, session, "$cbs", &goamqp.ReceiverOptions{Credit: -1})
	var err error
	sent := 0
	for ; err == nil && sent < 10*maxUnread; sent++ {
		err = c.out.Send(soon(t), request, nil)
	}
	wantCondition(t, err, "com.microsoft:server-busy")
	if sent > maxUnread+2 {
		t.Errorf("%d replies were kept, want %d", sent, maxUnread)
	}
}

// Who brings nothing but questions, on many links, and reads no answer, makes us
// hold little: neither what it wrote nor what we say about it.
func TestUnreadRepliesAreBounded(t *testing.T) {
	s := serve(t, Options{})
	_, session := s.dialConn(t, goamqp.SASLTypeAnonymous())
	out := newSender(t, session, "$cbs", nil)
	const boxes = 30
	for i := range boxes {
		newReceiver(t, session, "$cbs", &goamqp.ReceiverOptions{Name: fmt.Sprint("box", i), Credit: -1})
	}
	before, refused := heap(), false
	for i := range 10 * boxes {
		err := out.Send(soon(t), &goamqp.Message{
			Properties:            &goamqp.MessageProperties{ReplyTo: ptr(fmt.Sprint("box", i%boxes))},
			ApplicationProperties: map[string]any{"operation": strings.Repeat("\x01", 60_000)},
			Value:                 "x",
		}, nil)
		if refused = err != nil; refused {
			wantCondition(t, err, "com.microsoft:server-busy")
			break
		}
	}
	if grown := heap() - before; grown > 8<<20 {
		t.Errorf("unread answers hold %d MB", grown>>20)
	}
	id := strings.Repeat("i", 60_000)
	for i := 0; i < 100 && !refused; i++ {
		err := out.Send(soon(t), &goamqp.Message{Properties: &goamqp.MessageProperties{
			MessageID: id, ReplyTo: ptr(fmt.Sprint("box", i%boxes)),
		}, Value: "x"}, nil)
		refused = err != nil
	}
	if !refused {
		t.Error("100 answers of 60 kB are kept")
	}
}

// A disk that stands still while old events are removed does not keep anybody's
// rights alive.
func TestSweepDoesNotWaitForTheDisk(t *testing.T) {
	clock := newClock()
	stuck := &stuckHandler{Handler: slog.DiscardHandler, reached: make(chan struct{}), release: make(chan struct{})}
	s := serve(t, Options{Space: space.Options{Now: clock.now}, Upkeep: time.Millisecond, IdleLinks: -1, Logger: slog.New(stuck)})
	t.Cleanup(func() { close(stuck.release) })
	s.hub(t, "hub", 1)
	p := s.policy(t, "", "owner", access.Manage)
	session := s.dial(t, p)
	if err := newSender(t, session, "hub", nil).Send(soon(t), goamqp.NewMessage([]byte("x")), nil); err != nil {
		t.Fatal(err)
	}
	in := newReceiver(t, session, reader("hub", 0), nil)
	next(t, in)
	clock.advance(30 * 24 * time.Hour)
	<-stuck.reached
	if err := s.RemovePolicy("", p.Name); err != nil {
		t.Fatal(err)
	}
	_, err := in.Receive(soon(t), nil)
	wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess)
}

// A stuckHandler stands for a disk: it waits where a segment is removed.
type stuckHandler struct {
	slog.Handler
	once             sync.Once
	reached, release chan struct{}
}

func (h *stuckHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h *stuckHandler) WithAttrs([]slog.Attr) slog.Handler       { return h }

func (h *stuckHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "segment removed by retention" {
		h.once.Do(func() { close(h.reached) })
		<-h.release
	}
	return nil
}
