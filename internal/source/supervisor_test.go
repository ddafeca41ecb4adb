package source_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/event"
	"nephoscope/internal/retry"
	"nephoscope/internal/source"
)

var errBroken = errors.New("connection is broken")

// script is a source that does what its steps say, one per run.
type script struct {
	steps []func(context.Context, source.Deliver) error
	runs  atomic.Int64
	began []time.Time
}

func (s *script) Run(ctx context.Context, deliver source.Deliver) error {
	s.began = append(s.began, time.Now())
	return s.steps[s.runs.Add(1)-1](ctx, deliver)
}

func fails(context.Context, source.Deliver) error { return errBroken }
func ends(context.Context, source.Deliver) error  { return nil }

func lasts(ctx context.Context, _ source.Deliver) error {
	<-ctx.Done()
	return fmt.Errorf("receive: %w", ctx.Err())
}

// progresses makes something durable and fails then.
func progresses(ctx context.Context, deliver source.Deliver) error {
	wait, err := deliver(ctx, &event.Batch{})
	if err != nil {
		return err
	}
	if _, err := wait(); err != nil {
		return err
	}
	return errBroken
}

func take(context.Context, *event.Batch) (event.Wait, error) {
	return func() (event.Counts, error) { return event.Counts{}, nil }, nil
}

func steady() source.SupervisorOptions {
	return source.SupervisorOptions{Backoff: retry.Backoff{First: time.Second, Most: 8 * time.Second, Random: func() float64 { return 0 }}}
}

func TestFailedSourceIsStartedAgainLaterAndLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []func(context.Context, source.Deliver) error{fails, fails, fails, fails, fails, progresses, fails, ends}}
		begin := time.Now()
		sup := source.NewSupervisor(steady(), source.Entry{Name: "a", Source: s})
		if err := sup.Run(t.Context(), take); err != nil {
			t.Fatal(err)
		}
		var got []time.Duration
		for i, at := range s.began {
			if i > 0 {
				got = append(got, at.Sub(begin))
			}
			begin = at
		}
		second := time.Second
		want := []time.Duration{second, 2 * second, 4 * second, 8 * second, 8 * second, second, 2 * second}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("delays differ (-want +got):\n%s", diff)
		}
		if state := sup.States()[0]; state.Phase != source.Stopped || state.Restarts != 7 {
			t.Errorf("got %+v, want it stopped after 7 restarts", state)
		}
	})
}

func TestNoPauseIsLongerThanTheLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		for range 12 {
			s.steps = append(s.steps, fails)
		}
		s.steps = append(s.steps, ends)
		opt := source.SupervisorOptions{Backoff: retry.Backoff{Random: func() float64 { return 0 }}}
		if err := source.NewSupervisor(opt, source.Entry{Name: "a", Source: s}).Run(t.Context(), take); err != nil {
			t.Fatal(err)
		}
		if got := s.began[12].Sub(s.began[11]); got != source.LongestPause {
			t.Errorf("got %s between the last two of many starts, want %s", got, source.LongestPause)
		}
	})
}

func TestPermanentErrorIsNotTriedAgain(t *testing.T) {
	refuse := func(context.Context, source.Deliver) error {
		return fmt.Errorf("open hub: %w", source.Permanent(errBroken, "give it another name"))
	}
	s := &script{steps: []func(context.Context, source.Deliver) error{refuse}}
	other := &script{steps: []func(context.Context, source.Deliver) error{ends}}
	sup := source.NewSupervisor(steady(), source.Entry{Name: "a", Source: s}, source.Entry{Name: "b", Source: other})
	err := sup.Run(t.Context(), take)
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "give it another name") {
		t.Errorf("got %v, want the error with its hint", err)
	}
	states := sup.States()
	if got := states[0]; got.Phase != source.Failed || got.Reason != "open hub: connection is broken" || got.Hint != "give it another name" {
		t.Errorf("got %+v, want failed, with reason and hint", got)
	}
	if states[1].Phase != source.Stopped {
		t.Errorf("got %+v, want the other source at its end", states[1])
	}
}

func TestWaitingSaysWhyAndUntilWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		remedied := func(context.Context, source.Deliver) error { return source.Remedy(errBroken, "look at the cable") }
		s := &script{steps: []func(context.Context, source.Deliver) error{remedied, lasts}}
		sup := source.NewSupervisor(steady(), source.Entry{Name: "a", Source: s})
		if got := sup.States()[0]; got.Phase != source.Starting {
			t.Errorf("before: got %+v, want it starting", got)
		}
		done := make(chan error, 1) // the goroutine never waits for the test
		begin := time.Now()
		go func() { done <- sup.Run(ctx, take) }()
		synctest.Wait()
		want := source.State{Source: "a", Phase: source.Waiting, Since: begin, Reason: errBroken.Error(), Hint: "look at the cable", Retry: begin.Add(time.Second)}
		if diff := cmp.Diff(want, sup.States()[0]); diff != "" {
			t.Errorf("state differs (-want +got):\n%s", diff)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := sup.States()[0]; got.Phase != source.Running || got.Restarts != 1 || got.Since != begin.Add(time.Second) {
			t.Errorf("got %+v, want it running since the retry", got)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
}

func TestStopEndsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		sup := source.NewSupervisor(steady(), source.Entry{Name: "a", Source: &script{steps: []func(context.Context, source.Deliver) error{fails}}})
		done := make(chan error, 1) // the goroutine never waits for the test
		go func() { done <- sup.Run(ctx, take) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		if got := sup.States()[0]; got.Phase != source.Stopped {
			t.Errorf("got %+v, want it stopped", got)
		}
	})
}

// reporting is a source with partitions.
type reporting struct {
	script
	partitions []source.PartitionState
}

func (r *reporting) Partitions() []source.PartitionState { return r.partitions }

func TestPhaseOfASourceIsThatOfItsPartitions(t *testing.T) {
	for want, phases := range map[source.Phase][]source.Phase{
		source.Starting: {source.Starting, source.Waiting},
		source.Running:  {source.Starting, source.Running, source.Waiting},
		source.Waiting:  {source.Waiting, source.Idle},
		source.Idle:     {source.Idle},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &reporting{script: script{steps: []func(context.Context, source.Deliver) error{lasts}}}
			for _, p := range phases {
				r.partitions = append(r.partitions, source.PartitionState{Phase: p})
			}
			ctx, cancel := context.WithCancel(t.Context())
			sup := source.NewSupervisor(steady(), source.Entry{Name: "a", Source: r})
			done := make(chan error, 1) // the goroutine never waits for the test
			go func() { done <- sup.Run(ctx, take) }()
			synctest.Wait()
			if got := sup.States()[0]; got.Phase != want || len(got.Partitions) != len(phases) {
				t.Errorf("partitions %v: got %+v, want phase %s", phases, got, want)
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
		})
	}
}
