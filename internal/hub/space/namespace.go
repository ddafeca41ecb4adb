package space

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"nephoscope/internal/hub/access"
)

// The version of both files, to be raised when their meaning changes.
const fileVersion = 1

// namespaceFile is what namespace.json holds.
type namespaceFile struct {
	Version  int             `json:"version"`
	Created  time.Time       `json:"created"`
	Policies access.Policies `json:"policies"`
}

func (s *Space) namespacePath() string { return filepath.Join(s.opt.Dir, "namespace.json") }

func (s *Space) loadNamespace() error {
	var file namespaceFile
	err := readFile(s.namespacePath(), &file)
	if errors.Is(err, fs.ErrNotExist) {
		return s.firstStart()
	}
	if err != nil {
		return err
	}
	if err := checkVersion(s.namespacePath(), file.Version); err != nil {
		return err
	}
	if err := file.Policies.Validate(); err != nil {
		return fmt.Errorf("%s: %w", s.namespacePath(), err)
	}
	s.created, s.policies = file.Created, file.Policies
	return nil
}

// firstStart makes a namespace with the root policy.
func (s *Space) firstStart() error {
	root, err := access.NewPolicy(RootPolicy, access.Manage)
	if err != nil {
		return err
	}
	s.created = s.Now().UTC()
	return s.setPolicies(access.Policies{root})
}

// setPolicies makes a set durable and then valid.
func (s *Space) setPolicies(set access.Policies) error {
	file := namespaceFile{Version: fileVersion, Created: s.created, Policies: set}
	if err := writeFile(s.namespacePath(), file); err != nil {
		return fmt.Errorf("write the policies: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies = set
	return nil
}

func checkVersion(path string, version int) error {
	if version != fileVersion {
		return fmt.Errorf("%s has version %d: want %d; it was written by another version of this program", path, version, fileVersion)
	}
	return nil
}

// Policies are the policies that hold for all hubs. The set is not to be
// changed.
func (s *Space) Policies() access.Policies {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.policies
}

// HubPolicies are those of one hub, nil if there is no such hub.
func (s *Space) HubPolicies(hub string) access.Policies {
	h, err := s.Hub(hub)
	if err != nil {
		return nil
	}
	return h.Policies()
}

// AddPolicy makes a policy with fresh keys, of a hub or, with an empty hub, of
// the namespace.
func (s *Space) AddPolicy(hub, name string, rights access.Rights) (access.Policy, error) {
	policy, err := access.NewPolicy(name, rights)
	if err != nil {
		return access.Policy{}, err
	}
	return policy, s.changePolicies(hub, func(set access.Policies) (access.Policies, error) { return set.With(policy) })
}

// RemovePolicy removes a policy. Who uses it has no rights any more.
func (s *Space) RemovePolicy(hub, name string) error {
	return s.changePolicies(hub, func(set access.Policies) (access.Policies, error) { return set.Without(name) })
}

// Regenerate gives a policy another key in place of one of its two.
func (s *Space) Regenerate(hub, name string, which access.Key) (access.Policy, error) {
	var policy access.Policy
	err := s.changePolicies(hub, func(set access.Policies) (access.Policies, error) {
		changed, p, err := set.Regenerated(name, which)
		policy = p
		return changed, err
	})
	return policy, err
}

func (s *Space) changePolicies(hub string, change func(access.Policies) (access.Policies, error)) error {
	s.change.Lock()
	defer s.change.Unlock()
	if s.isClosed() {
		return ErrClosed
	}
	defer s.revision.Add(1)
	if hub == "" {
		set, err := change(s.Policies())
		if err != nil {
			return err
		}
		return s.setPolicies(set)
	}
	h, err := s.Hub(hub)
	if err != nil {
		return err
	}
	set, err := change(h.Policies())
	if err != nil {
		return err
	}
	return h.rewrite(func(f *hubFile) { f.Policies = set })
}

// Revision is another number after policies have changed, of the namespace or
// of a hub, or have gone with a hub.
func (s *Space) Revision() uint64 { return s.revision.Load() }

// ConnectionString is what a client is given to get in by a policy: one of the
// hub, or of the namespace if the hub has none of that name. With an empty hub
// it leads to the whole namespace.
func (s *Space) ConnectionString(hub, policy string, which access.Key) (access.ConnectionString, error) {
	p, ok := s.HubPolicies(hub).Find(policy)
	if !ok {
		p, ok = s.Policies().Find(policy)
	}
	if !ok {
		return access.ConnectionString{}, fmt.Errorf("%q: %w", policy, access.ErrPolicyUnknown)
	}
	c := s.opt.Endpoint
	c.KeyName, c.Key, c.EntityPath = p.Name, p.PrimaryKey, hub
	if which == access.Secondary {
		c.Key = p.SecondaryKey
	}
	return c, nil
}

func (s *Space) isClosed() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.closed
}
