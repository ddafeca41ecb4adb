// Package rulebook knows which rules there are and which of them are on: those
// that come with the program, those in files, which it watches, and those that
// were made or changed through the API. It stands between rules, which reads
// them, and whoever runs or shows them.
//
// Invariant: of rules with one id one counts, the API's before a file's before
// the program's; a file that is broken takes away neither the rules of others
// nor its own last good ones.
package rulebook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"nephoscope/internal/resource"
	"nephoscope/internal/rules"
)

// An Origin says where a rule comes from.
type Origin string

// The origins, from the weakest to the strongest.
const (
	Builtin Origin = "builtin"
	File    Origin = "file"
	API     Origin = "api"
)

// An Entry is one rule of the book.
type Entry struct {
	Rule   *rules.Rule
	Origin Origin
	// Off says why the rule does not run; it does if Off is empty.
	Off string
	// AutoDisabled tells that the rule was switched off because it failed.
	AutoDisabled bool
	Etag         string    // changes with the rule and with Off
	Modified     time.Time // zero for rules that were not changed here

	plain *rules.Rule // Rule without the mark of those that failed
}

// ErrNotFound tells that there is no rule with that id.
var ErrNotFound = errors.New("no such rule")

// ErrNotOurs refuses to delete a rule that was not made through the API.
var ErrNotOurs = errors.New("the rule was not made through the API: switch it off instead, or remove it from where it comes from")

// Options of a Book.
type Options struct {
	Builtin bool     // with the rules that come with the program
	Paths   []string // files and folders with rules, which Loader reads
	Loader  rules.Loader
	// Resources keeps what the API makes and which rules are switched off.
	Resources *resource.Resources
	Now       func() time.Time // nil means time.Now
	Logger    *slog.Logger     // nil means none
}

// A Book holds the rules. It is safe for concurrent use.
type Book struct {
	opt     Options
	builtin []*rules.Rule
	changed chan struct{} // holds one poke

	assembling sync.Mutex // from reading what is stored until it counts

	mu       sync.RWMutex
	files    []*rules.Rule
	findings []rules.Finding
	entries  []Entry
}

// Open reads all rules. What is wrong in files is in Findings and in the log,
// and no error; a path that is not there is one.
func Open(ctx context.Context, opt Options) (*Book, error) {
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	b := &Book{opt: opt, changed: make(chan struct{}, 1)}
	if opt.Builtin {
		set, err := rules.Builtin()
		if err != nil {
			return nil, fmt.Errorf("read built-in rules: %w", err)
		}
		b.builtin = set.Rules
	}
	if err := b.readFiles(ctx); err != nil {
		return nil, err
	}
	return b, b.assemble(ctx)
}

// Run watches the files and takes over what changes until ctx ends.
func (b *Book) Run(ctx context.Context) error {
	var watching sync.WaitGroup
	defer watching.Wait()
	files := make(chan struct{})
	if len(b.opt.Paths) > 0 {
		watching.Go(func() { b.watch(ctx, files) })
	}
	for {
		stored := b.opt.Resources.Changed()
		if err := b.assemble(ctx); err != nil && ctx.Err() == nil {
			b.opt.Logger.WarnContext(ctx, "rules not read", "err", err)
		}
		select {
		case <-stored:
		case <-files:
			if err := b.readFiles(ctx); err != nil {
				b.opt.Logger.WarnContext(ctx, "rule files not read", "err", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// watch tells of changes below the paths.
func (b *Book) watch(ctx context.Context, files chan<- struct{}) {
	err := rules.NewWatcher(0, b.opt.Paths...).Run(ctx, true, func(ctx context.Context) error {
		select {
		case files <- struct{}{}:
		case <-ctx.Done():
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		b.opt.Logger.ErrorContext(ctx, "rule files are not watched any more", "err", err)
	}
}

// Changed is poked after the rules that are on may have changed. It has one
// reader.
func (b *Book) Changed() <-chan struct{} { return b.changed }

// Queries returns the rules that are on and ask a query.
func (b *Book) Queries() []*rules.Rule { return b.on(true) }

// Creations returns the rules that are on and make incidents of the alerts of
// other products.
func (b *Book) Creations() []*rules.Rule { return b.on(false) }

func (b *Book) on(queried bool) []*rules.Rule {
	var on []*rules.Rule
	for _, e := range b.List() {
		if e.Off == "" && e.Rule.Kind.Queried() == queried {
			on = append(on, e.Rule)
		}
	}
	return on
}

// List returns all rules, in order of name. The caller does not change it.
func (b *Book) List() []Entry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.entries
}

// Entry returns the rule with an id, or ErrNotFound.
func (b *Book) Entry(id string) (Entry, error) {
	list := b.List()
	i := slices.IndexFunc(list, func(e Entry) bool { return strings.EqualFold(e.Rule.ID, id) })
	if i < 0 {
		return Entry{}, fmt.Errorf("rule %s: %w", id, ErrNotFound)
	}
	return list[i], nil
}

// Findings returns what is wrong in the files.
func (b *Book) Findings() []rules.Finding {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.findings
}

// readFiles reads the rules of the paths. Files with errors keep the rules that
// they had when they were good.
func (b *Book) readFiles(ctx context.Context) error {
	if len(b.opt.Paths) == 0 {
		return nil
	}
	set, err := b.opt.Loader.Load(b.opt.Paths...)
	if err != nil {
		return err
	}
	broken := map[string]bool{}
	for _, f := range set.Findings {
		if f.Level == rules.Error {
			broken[f.Path] = true
			b.opt.Logger.WarnContext(ctx, "rule file has an error", "finding", f.String())
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.Clone(set.Rules)
	for _, old := range b.files {
		good := slices.ContainsFunc(set.Rules, func(r *rules.Rule) bool { return r.ID == old.ID })
		if broken[old.Path] && !good {
			list = append(list, old)
		}
	}
	b.files, b.findings = list, set.Findings
	return nil
}

// assemble puts the rules of all origins together.
func (b *Book) assemble(ctx context.Context) error {
	b.assembling.Lock() // what was read earlier does not come to count later
	defer b.assembling.Unlock()
	stored, err := b.stored(ctx)
	if err != nil {
		return err
	}
	off, err := b.switchedOff(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	byID := map[string]Entry{}
	for _, rule := range b.builtin {
		byID[rule.ID] = Entry{Rule: rule, Origin: Builtin}
	}
	for _, rule := range b.files {
		byID[rule.ID] = Entry{Rule: rule, Origin: File}
	}
	for _, e := range stored {
		byID[e.Rule.ID] = e
	}
	entries := make([]Entry, 0, len(byID))
	for _, e := range byID {
		entries = append(entries, e.complete(off[e.Rule.ID]))
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return strings.Compare(a.Rule.Name+"\x00"+a.Rule.ID, b.Rule.Name+"\x00"+b.Rule.ID)
	})
	b.keepPointers(entries)
	b.entries = entries
	b.mu.Unlock()
	b.poke()
	return nil
}

// keepPointers lets a rule that is the same as before stay the same value, by
// which its runner knows that nothing changed.
func (b *Book) keepPointers(entries []Entry) {
	before := make(map[string]*rules.Rule, len(b.entries))
	for _, e := range b.entries {
		before[e.Rule.ID] = e.Rule
	}
	for i, e := range entries {
		if old := before[e.Rule.ID]; old != nil && content(old) == content(e.Rule) && old.Path == e.Rule.Path {
			entries[i].Rule = old
		}
	}
}

func (b *Book) poke() {
	select {
	case b.changed <- struct{}{}:
	default: // the reader will look anyway
	}
}
