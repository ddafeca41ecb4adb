package space

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/address"
	"nephoscope/internal/hub/journal"
)

// hubFile is what hub.json holds.
type hubFile struct {
	Version          int             `json:"version"`
	Name             string          `json:"name"`
	Created          time.Time       `json:"created"`
	Partitions       int             `json:"partitions"`
	RetentionSeconds int64           `json:"retentionSeconds"`
	MaxBytes         int64           `json:"maxBytes,omitempty"`
	Groups           []string        `json:"consumerGroups,omitempty"` // without $Default
	Policies         access.Policies `json:"policies,omitempty"`
}

func (f hubFile) settings() Settings {
	return Settings{
		Partitions: f.Partitions,
		Retention:  time.Duration(f.RetentionSeconds) * time.Second,
		MaxBytes:   f.MaxBytes,
	}
}

// A Hub is an open hub. What it is made of never changes, except for groups
// and policies.
type Hub struct {
	dir        string
	partitions []*Partition
	deleted    chan struct{}
	turn       atomic.Uint64

	mu   sync.RWMutex // over the groups and policies of file
	file hubFile
}

// openHub opens the journals of a hub whose file has been read.
func (s *Space) openHub(dir string, file hubFile) (*Hub, error) {
	h := &Hub{dir: dir, file: file, deleted: make(chan struct{})}
	for i := range file.Partitions {
		j, err := journal.Open(filepath.Join(dir, strconv.Itoa(i)), journal.Options{
			SegmentBytes: s.opt.SegmentBytes,
			Retention:    file.settings().Retention,
			MaxBytes:     file.MaxBytes,
			Now:          s.opt.Now,
			Logger:       s.opt.Logger.With("hub", file.Name, "partition", i),
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("partition %d: %w", i, err), h.close())
		}
		h.partitions = append(h.partitions, &Partition{Journal: j, Index: i})
	}
	return h, nil
}

// close closes what has been opened.
func (h *Hub) close() error {
	var errs []error
	for _, p := range h.partitions {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// Name is the hub's name as it was given.
func (h *Hub) Name() string { return h.file.Name }

// key is the name by which a hub is found.
func (h *Hub) key() string { return strings.ToLower(h.file.Name) }

// Created is when the hub was made.
func (h *Hub) Created() time.Time { return h.file.Created }

// Settings are what the hub was made with.
func (h *Hub) Settings() Settings { return h.file.settings() }

// Deleted says whether the hub has been deleted since it was looked up.
func (h *Hub) Deleted() bool {
	select {
	case <-h.deleted:
		return true
	default:
		return false
	}
}

// Partitions are all partitions, in order; not to be changed.
func (h *Hub) Partitions() []*Partition { return h.partitions }

// Partition finds a partition by the decimal number that is its name, nil if
// there is none.
func (h *Hub) Partition(name string) *Partition {
	if !IsPartition(name, len(h.partitions)) {
		return nil
	}
	i, _ := strconv.Atoi(name)
	return h.partitions[i]
}

// Next is the partition whose turn it is to take what belongs to none.
func (h *Hub) Next() *Partition {
	return h.partitions[(h.turn.Add(1)-1)%uint64(len(h.partitions))]
}

// Policies are the hub's own policies; not to be changed.
func (h *Hub) Policies() access.Policies {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.file.Policies
}

// Groups are the names of all consumer groups, $Default first.
func (h *Hub) Groups() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return append([]string{address.DefaultGroup}, h.file.Groups...)
}

// Group finds a consumer group by its name in any case, and says how it is
// written.
func (h *Hub) Group(name string) (string, bool) {
	groups := h.Groups()
	i := slices.IndexFunc(groups, func(g string) bool { return strings.EqualFold(g, name) })
	if i < 0 {
		return "", false
	}
	return groups[i], true
}

// rewrite changes the groups or policies in the hub's file, and then here.
// Space.change is held.
func (h *Hub) rewrite(change func(*hubFile)) error {
	changed := h.file
	change(&changed)
	if err := writeFile(filepath.Join(h.dir, hubFileName), changed); err != nil {
		return fmt.Errorf("write the settings of hub %q: %w", h.Name(), err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.file.Groups, h.file.Policies = changed.Groups, changed.Policies
	return nil
}
