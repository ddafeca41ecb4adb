package cli

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A waiting shows on a terminal that a query takes its time, and how to end it.
type waiting struct {
	progress *progress
	done     chan struct{}
	once     sync.Once
	ended    sync.WaitGroup
}

// patience is how long a query runs before that is shown.
const patience = 500 * time.Millisecond

func startWaiting(w io.Writer) *waiting {
	wait := &waiting{progress: newProgress(w), done: make(chan struct{})}
	if wait.progress.width == 0 {
		return wait
	}
	wait.ended.Go(wait.run)
	return wait
}

func (w *waiting) run() {
	begun := time.Now()
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for {
		select {
		case <-w.done:
			w.progress.clear()
			return
		case <-tick.C:
			w.progress.show(fmt.Sprintf("asking for %s; Ctrl-C ends it", time.Since(begun).Round(100*time.Millisecond)))
		}
	}
}

// stop takes the line away. It may be called twice.
func (w *waiting) stop() {
	w.once.Do(func() { close(w.done) })
	w.ended.Wait()
}

// say prints a remark for people beside the answer.
func (w *waiting) say(format string, args ...any) {
	w.stop()
	say(w.progress.w, "nephoscope: "+format+"\n", args...)
}
