package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
	"nephoscope/internal/schedule"
)

// fakeEngine notes when which rule was swept. A sweep takes as long, and ends,
// as takes and fails say.
type fakeEngine struct {
	mu       sync.Mutex
	begun    time.Time
	log      []string
	now, top int
	takes    map[string]time.Duration
	fails    map[string]error
	concerns []string // ids that the next arrivals concern
	newest   int64
	advanced []string
	lookErr  error
	looks    time.Duration // how long a look at arrivals takes
}

func (f *fakeEngine) Sweep(ctx context.Context, rule *rules.Rule, span detect.Range) (detect.Report, error) {
	f.mu.Lock()
	f.log = append(f.log, fmt.Sprintf("%s %s", rule.ID, time.Since(f.begun).Truncate(time.Second)))
	f.now++
	f.top = max(f.top, f.now)
	takes, err := f.takes[rule.ID], f.fails[rule.ID]
	f.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		err = ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now--
	return detect.Report{RuleID: rule.ID, Alerts: 2, Err: err}, err
}

func (f *fakeEngine) Arrivals(_ context.Context, list []*rules.Rule, after int64) ([]*rules.Rule, int64, error) {
	f.mu.Lock()
	looks := f.looks
	f.mu.Unlock()
	time.Sleep(looks) // of the bubble's clock
	f.mu.Lock()
	defer f.mu.Unlock()
	var due []*rules.Rule
	for _, r := range list {
		if f.newest > after && slices.Contains(f.concerns, r.ID) {
			due = append(due, r)
		}
	}
	return due, f.newest, f.lookErr
}

func (f *fakeEngine) Advance(_ context.Context, list []*rules.Rule, sequence int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range list {
		f.advanced = append(f.advanced, fmt.Sprintf("%s@%d", r.ID, sequence))
	}
	return nil
}

// of lists when a rule was swept, since the beginning.
func (f *fakeEngine) of(id string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var times []string
	for _, l := range f.log {
		if rule, at, _ := strings.Cut(l, " "); rule == id {
			times = append(times, at)
		}
	}
	return times
}

func scheduled(id string, every time.Duration) *rules.Rule {
	return &rules.Rule{ID: id, Name: "rule " + id, Kind: rules.Scheduled, Frequency: every, Period: every}
}

func near(id string) *rules.Rule {
	return &rules.Rule{ID: id, Name: "rule " + id, Kind: rules.NRT, Frequency: time.Minute, Period: time.Minute}
}

// play runs a scheduler over the rules for some time and lets act intervene.
func play(t *testing.T, f *fakeEngine, opt schedule.Options, list []*rules.Rule, act func(s *schedule.Scheduler)) *schedule.Scheduler {
	t.Helper()
	time.Sleep(time.Minute) // the bubble begins at a full hour, when all rules are due
	f.begun = time.Now()
	if opt.Rules == nil {
		opt.Rules = func() []*rules.Rule { return list }
	}
	opt.Newest = func() int64 { return 0 }
	s := schedule.New(f, opt)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	act(s)
	cancel()
	group.Wait()
	return s
}

// forTime lets the fake clock of synctest go on.
func forTime(d time.Duration) func(*schedule.Scheduler) {
	return func(*schedule.Scheduler) { time.Sleep(d) }
}

func TestOwnClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeEngine{}
		play(t, f, schedule.Options{}, []*rules.Rule{scheduled("a", 5*time.Minute), scheduled("b", time.Hour)}, forTime(3*time.Hour))
		if n := len(f.of("a")); n != 1+36 {
			t.Errorf("rule of 5 minutes ran %d times in 3 hours, want 37: %v", n, f.of("a"))
		}
		if n := len(f.of("b")); n != 1+3 {
			t.Errorf("rule of an hour ran %d times in 3 hours, want 4: %v", n, f.of("b"))
		}
		for _, at := range f.of("a")[1:] {
			d, _ := time.ParseDuration(at)
			if late := (d + time.Minute) % (5 * time.Minute); late >= 30*time.Second {
				t.Errorf("run at %s, %s after its time", at, late)
			}
		}
	})
}

func TestJitterSpreadsRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeEngine{}
		var list []*rules.Rule
		for i := range 40 {
			list = append(list, scheduled(fmt.Sprintf("rule-%d", i), time.Hour))
		}
		play(t, f, schedule.Options{}, list, forTime(90*time.Minute))
		seconds := map[string]bool{}
		for _, r := range list {
			if len(f.of(r.ID)) != 2 {
				t.Fatalf("%s ran at %v, want twice", r.ID, f.of(r.ID))
			}
			seconds[f.of(r.ID)[1]] = true
		}
		if len(seconds) < 15 {
			t.Errorf("40 rules of the same hour began in %d different seconds", len(seconds))
		}
	})
}

func TestSlowRulesLeaveAWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeEngine{takes: map[string]time.Duration{}}
		list := []*rules.Rule{scheduled("quick", 5*time.Minute)}
		for i := range 6 {
			id := fmt.Sprintf("slow-%d", i)
			f.takes[id] = 40 * time.Minute
			list = append(list, scheduled(id, 5*time.Minute))
		}
		play(t, f, schedule.Options{Parallel: 3}, list, forTime(10*time.Hour))
		if f.top != 3 {
			t.Errorf("%d rules ran at once, want 3", f.top)
		}
		// It is new at first, and may have to wait for one of the slow ones.
		if n := len(f.of("quick")); n < 110 {
			t.Errorf("the quick rule ran %d times in 10 hours beside slow ones, want about 120", n)
		}
		for i := range 6 {
			if n := len(f.of(fmt.Sprintf("slow-%d", i))); n < 4 {
				t.Errorf("slow rule %d ran %d times in 10 hours: they do not take turns", i, n)
			}
		}
	})
}

func TestNearRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeEngine{}
		arrived := make(chan struct{}, 1)
		play(t, f, schedule.Options{Arrived: arrived}, []*rules.Rule{near("n"), near("other")}, func(*schedule.Scheduler) {
			for i := range 5 {
				time.Sleep(20 * time.Second)
				f.mu.Lock()
				f.newest, f.concerns = int64(100+i), []string{"n"}
				f.mu.Unlock()
				arrived <- struct{}{}
			}
			time.Sleep(10 * time.Second)
		})
		want := []string{"0s", "20s", "40s", "1m0s", "1m20s", "1m40s"}
		if diff := cmp.Diff(want, f.of("n")); diff != "" {
			t.Errorf("runs of the concerned rule (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"0s"}, f.of("other")); diff != "" {
			t.Errorf("runs of the other rule (-want +got):\n%s", diff)
		}
		if want := []string{"n@102", "other@102"}; !slices.Contains(f.advanced, want[1]) {
			t.Errorf("positions advanced %v, want %s among them", f.advanced, want[1])
		}
	})
}

func TestArrivalDuringSweepRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeEngine{takes: map[string]time.Duration{"n": 4 * time.Second}}
		arrived := make(chan struct{}, 1)
		play(t, f, schedule.Options{Arrived: arrived}, []*rules.Rule{near("n")}, func(*schedule.Scheduler) {
			time.Sleep(time.Second)
			f.mu.Lock()
			f.newest, f.concerns = 7, []string{"n"}
			f.mu.Unlock()
			arrived <- struct{}{}
			time.Sleep(20 * time.Second)
		})
		if diff := cmp.Diff([]string{"0s", "4s"}, f.of("n")); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	})
}

// TestArrivalDuringRetryRunsAgain lets something arrive while a rule runs that
// has failed before: what it reads may be older.
func TestArrivalDuringRetryRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeEngine{takes: map[string]time.Duration{"n": 4 * time.Second}, fails: map[string]error{"n": errors.New("the store is busy")}}
		arrived := make(chan struct{}, 1)
		play(t, f, schedule.Options{Arrived: arrived}, []*rules.Rule{near("n")}, func(*schedule.Scheduler) {
			time.Sleep(5 * time.Second)
			f.mu.Lock()
			f.fails = nil
			f.mu.Unlock()
			time.Sleep(10 * time.Second)
			f.mu.Lock()
			f.newest, f.concerns = 7, []string{"n"}
			f.mu.Unlock()
			arrived <- struct{}{}
			time.Sleep(20 * time.Second)
		})
		if diff := cmp.Diff([]string{"0s", "14s", "18s"}, f.of("n")); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	})
}

func TestFailuresSwitchOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := &detect.RunError{Permanent: true, Err: errors.New("the query does not compile any more")}
		f := &fakeEngine{fails: map[string]error{"broken": broken, "unlucky": errors.New("the store is busy")}}
		list := []*rules.Rule{scheduled("broken", time.Hour), scheduled("unlucky", time.Hour), scheduled("good", time.Hour)}
		var off []string
		var s *schedule.Scheduler
		opt := schedule.Options{SwitchOff: func(_ context.Context, r *rules.Rule, reason string) error {
			off = append(off, r.ID+": "+reason)
			list = slices.DeleteFunc(slices.Clone(list), func(o *rules.Rule) bool { return o == r })
			return nil
		}}
		opt.Rules = func() []*rules.Rule { return list }
		opt.Newest = func() int64 { return 0 }
		f.begun = time.Now()
		s = schedule.New(f, opt)
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Hour)
		defer cancel()
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"broken: " + broken.Error()}, off); diff != "" {
			t.Errorf("switched off (-want +got):\n%s", diff)
		}
		if n := len(f.of("broken")); n != 5 {
			t.Errorf("the broken rule ran %d times, want 5", n)
		}
		if n := len(f.of("unlucky")); n < 12 {
			t.Errorf("the rule whose failures may pass ran %d times, want one and more an hour", n)
		}
		if n := len(f.of("good")); n != 12 && n != 13 {
			t.Errorf("the good rule ran %d times in 12 hours", n)
		}
		for _, st := range s.States() {
			if st.RuleID == "unlucky" && (st.Failures == 0 || st.Error == "") {
				t.Errorf("state of the unlucky rule: %+v", st)
			}
		}
	})
}

func TestRetryAfterTransientFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeEngine{fails: map[string]error{"a": errors.New("the store is busy")}}
		play(t, f, schedule.Options{}, []*rules.Rule{scheduled("a", time.Hour)}, func(*schedule.Scheduler) {
			time.Sleep(25 * time.Second)
			f.mu.Lock()
			f.fails = nil
			f.mu.Unlock()
			time.Sleep(10 * time.Minute)
		})
		if diff := cmp.Diff([]string{"0s", "10s", "30s"}, f.of("a")); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	})
}

func TestRulesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeEngine{}
		changed := make(chan struct{}, 1)
		list := []*rules.Rule{scheduled("a", time.Hour)}
		var mu sync.Mutex
		opt := schedule.Options{Changed: changed, Newest: func() int64 { return 0 }, Rules: func() []*rules.Rule {
			mu.Lock()
			defer mu.Unlock()
			return list
		}}
		f.begun = time.Now()
		s := schedule.New(f, opt)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { _ = s.Run(ctx) })
		time.Sleep(10 * time.Second)
		mu.Lock()
		list = []*rules.Rule{scheduled("b", time.Hour)}
		mu.Unlock()
		changed <- struct{}{}
		time.Sleep(2 * time.Hour)
		if !s.Trigger("b") || s.Trigger("a") {
			t.Error("Trigger: want true for the rule that is on and false for the other")
		}
		synctest.Wait()
		cancel()
		group.Wait()
		if diff := cmp.Diff([]string{"0s"}, f.of("a")); diff != "" {
			t.Errorf("runs of the rule that went (-want +got):\n%s", diff)
		}
		if n := len(f.of("b")); n != 4 {
			t.Errorf("the rule that came ran at %v, want at once, twice by its clock, and once on demand", f.of("b"))
		}
	})
}

// TestRuleChangesWhileItRuns lets the new version run right after the old one,
// whose failure is not its own.
func TestRuleChangesWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := &detect.RunError{Permanent: true, Err: errors.New("the query does not compile")}
		f := &fakeEngine{takes: map[string]time.Duration{"a": time.Minute}, fails: map[string]error{"a": broken}}
		changed := make(chan struct{})
		var on atomic.Pointer[rules.Rule]
		on.Store(scheduled("a", time.Hour))
		opt := schedule.Options{Changed: changed, MaxFailures: 1, SwitchOff: func(_ context.Context, r *rules.Rule, _ string) error {
			t.Errorf("switched off %s", r.Name)
			return nil
		}}
		opt.Rules = func() []*rules.Rule { return []*rules.Rule{on.Load()} }
		play(t, f, opt, nil, func(*schedule.Scheduler) {
			time.Sleep(10 * time.Second)
			on.Store(scheduled("a", time.Hour))
			changed <- struct{}{}
			f.mu.Lock()
			f.fails = nil // what the old version ends with is decided
			f.mu.Unlock()
			time.Sleep(3 * time.Minute)
		})
		if diff := cmp.Diff([]string{"0s", "1m0s"}, f.of("a")); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	})
}

// TestNewRuleIsNotAdvancedPastWhatNobodyLookedAt turns a rule on while a look at
// arrivals is under way that does not know of it: what arrives after the rule's
// first sweep is looked at for the others only.
func TestNewRuleIsNotAdvancedPastWhatNobodyLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeEngine{looks: 10 * time.Second}
		arrived, changed := make(chan struct{}, 1), make(chan struct{}, 1)
		var on atomic.Pointer[[]*rules.Rule]
		on.Store(&[]*rules.Rule{near("old")})
		opt := schedule.Options{Arrived: arrived, Changed: changed, Rules: func() []*rules.Rule { return *on.Load() }}
		poke := func() {
			arrived <- struct{}{}
			time.Sleep(90 * time.Second)
		}
		play(t, f, opt, nil, func(*schedule.Scheduler) {
			arrived <- struct{}{}
			time.Sleep(2 * time.Second) // into the look
			on.Store(&[]*rules.Rule{(*on.Load())[0], near("new")})
			changed <- struct{}{}
			time.Sleep(2 * time.Second) // the new rule was swept
			f.mu.Lock()
			f.newest = 7
			f.mu.Unlock()
			poke()
			poke()
			if early := f.moved(); slices.Contains(early, "new@7") || !slices.Contains(early, "old@7") {
				t.Errorf("advanced %v: want the old rule and not the new one, for which nobody has looked at 7", early)
			}
			time.Sleep(6 * time.Minute) // it was swept again
			poke()
			if moved := f.moved(); !slices.Contains(moved, "new@7") {
				t.Errorf("advanced %v: want the new rule, too, after its second sweep", moved)
			}
		})
	})
}

func (f *fakeEngine) moved() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.advanced)
}
