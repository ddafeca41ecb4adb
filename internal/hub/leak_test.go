package hub

import (
	"runtime"
	"testing"
	"time"

	goamqp "github.com/Azure/go-amqp"
)

// What clients leave behind is nothing: no goroutine, link, seat or open file,
// however they go.
func TestNothingStays(t *testing.T) {
	s := serve(t, Options{Upkeep: time.Millisecond})
	h := s.hub(t, "hub", 4)
	root := s.root(t)
	visit := func(polite bool) {
		conn, session := s.dialConn(t, goamqp.SASLTypePlain(root.Name, root.PrimaryKey))
		call(t, session, "$cbs", "target")
		call(t, session, "$management", "name")
		out := newSender(t, session, "hub", nil)
		if err := out.Send(soon(t), goamqp.NewMessage([]byte("x")), nil); err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			newReceiver(t, session, reader("hub", i), &goamqp.ReceiverOptions{Credit: 100})
		}
		if polite {
			_ = session.Close(soon(t))
		}
		_ = conn.Close()
	}
	quiet := func() bool {
		stats := s.Stats()
		seats := 0
		for i := range 4 {
			seats += receivers(h, i)
		}
		return stats.Connections == 0 && stats.Links == 0 && seats == 0
	}
	visit(true)
	until(t, "the end of the first visit", quiet)
	before := runtime.NumGoroutine()
	for i := range 40 {
		visit(i%2 == 0)
	}
	until(t, "the end of all visits", quiet)
	until(t, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= before+2 })
}
