package space

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nephoscope/internal/hub/address"
)

const hubFileName = "hub.json"

// What the folder of a hub is called while it is made and while it goes. There
// is at most one of each, as Space.change is held meanwhile; what begins so is
// none.
const (
	makingName = ".making"
	goingName  = ".going"
)

// maxFileName is how many bytes the name of a file may have.
const maxFileName = 255

// folderName is what a hub's folder is called: as the hub, or by a hash if that
// is longer than a file's name may be. No hub's name begins with '_'; which
// hub a folder holds is read from its file.
func folderName(key string) string {
	if len(key) <= maxFileName {
		return key
	}
	return fmt.Sprintf("_%x", sha256.Sum256([]byte(key)))
}

func (s *Space) hubsDir() string { return filepath.Join(s.opt.Dir, "hubs") }

// loadHubs opens all hubs, and removes what was half made or half removed.
func (s *Space) loadHubs() error {
	entries, err := os.ReadDir(s.hubsDir())
	if err != nil {
		return err
	}
	for _, e := range entries {
		dir := filepath.Join(s.hubsDir(), e.Name())
		if strings.HasPrefix(e.Name(), makingName) || strings.HasPrefix(e.Name(), goingName) {
			err = os.RemoveAll(dir)
		} else {
			err = s.loadHub(dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Space) loadHub(dir string) error {
	var file hubFile
	path := filepath.Join(dir, hubFileName)
	if err := readFile(path, &file); err != nil {
		return err
	}
	if err := checkVersion(path, file.Version); err != nil {
		return err
	}
	if err := errors.Join(address.CheckHub(file.Name), file.Policies.Validate()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	h, err := s.openHub(dir, file)
	if err != nil {
		return fmt.Errorf("hub %q: %w", file.Name, err)
	}
	s.hubs[h.key()] = h
	return nil
}

// Create makes a hub; zero settings are the namespace's defaults. The error
// wraps ErrHub if there is one of that name, in any case.
func (s *Space) Create(name string, settings Settings) (*Hub, error) {
	s.change.Lock()
	defer s.change.Unlock()
	if h, err := s.Hub(name); err == nil {
		return h, fmt.Errorf("%q: %w", name, ErrHub)
	}
	return s.create(name, settings)
}

// Ensure finds a hub or makes it with the default settings.
func (s *Space) Ensure(name string) (*Hub, error) {
	if h, err := s.Hub(name); err == nil {
		return h, nil
	}
	h, err := s.Create(name, Settings{})
	if errors.Is(err, ErrHub) {
		return h, nil
	}
	return h, err
}

// create does the work of Create, whose lock is held.
func (s *Space) create(name string, settings Settings) (*Hub, error) {
	settings = settings.withDefaults(s.opt.Defaults)
	if err := s.mayCreate(name, settings); err != nil {
		return nil, fmt.Errorf("create hub %q: %w", name, err)
	}
	file := hubFile{
		Version: fileVersion, Name: name, Created: s.Now().UTC(),
		Partitions: settings.Partitions, RetentionSeconds: int64(settings.Retention.Seconds()), MaxBytes: settings.MaxBytes,
	}
	h, err := s.makeHub(file)
	if err != nil {
		return nil, fmt.Errorf("create hub %q: %w", name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hubs[h.key()] = h
	s.opt.Logger.Info("hub created", "hub", name, "partitions", settings.Partitions)
	return h, nil
}

func (s *Space) mayCreate(name string, settings Settings) error {
	if s.isClosed() {
		return ErrClosed
	}
	if n := len(s.Hubs()); n >= s.opt.Limits.Hubs {
		return fmt.Errorf("%w: there are %d hubs", ErrLimit, n)
	}
	return errors.Join(address.CheckHub(name), settings.check(s.opt.Limits))
}

// makeHub makes a hub's folder under another name first, so that a crash
// leaves nothing that looks like a hub.
func (s *Space) makeHub(file hubFile) (*Hub, error) {
	making, dir := filepath.Join(s.hubsDir(), makingName), filepath.Join(s.hubsDir(), folderName(strings.ToLower(file.Name)))
	if err := errors.Join(os.RemoveAll(making), os.Mkdir(making, 0o700)); err != nil {
		return nil, err
	}
	if err := writeFile(filepath.Join(making, hubFileName), file); err != nil {
		return nil, errors.Join(err, os.RemoveAll(making))
	}
	if err := os.Rename(making, dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(making))
	}
	err := syncDir(s.hubsDir())
	var h *Hub
	if err == nil {
		h, err = s.openHub(dir, file)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return h, nil
}

// Delete deletes a hub with all its events. Who reads it or sends to it finds
// the journals closed.
func (s *Space) Delete(name string) error {
	s.change.Lock()
	defer s.change.Unlock()
	h, err := s.Hub(name)
	if err != nil {
		return err
	}
	going := filepath.Join(s.hubsDir(), goingName)
	if err := errors.Join(os.RemoveAll(going), os.Rename(h.dir, going)); err != nil {
		return fmt.Errorf("delete hub %q: %w", name, err)
	}
	// The next start removes what has this name: no more events, come what may.
	synced := syncDir(s.hubsDir())
	s.mu.Lock()
	delete(s.hubs, h.key())
	s.mu.Unlock()
	s.revision.Add(1)
	close(h.deleted)
	s.opt.Logger.Info("hub deleted", "hub", h.Name())
	if err := errors.Join(synced, h.close(), os.RemoveAll(going)); err != nil {
		return fmt.Errorf("remove the events of hub %q: %w", name, err)
	}
	return nil
}

// CreateGroup makes a consumer group of a hub. The error wraps ErrGroup if
// there is one of that name, in any case.
func (s *Space) CreateGroup(hub, group string) error {
	s.change.Lock()
	defer s.change.Unlock()
	h, err := s.Hub(hub)
	if err != nil {
		return err
	}
	if _, ok := h.Group(group); ok {
		return fmt.Errorf("%q: %w", group, ErrGroup)
	}
	if err := address.CheckGroup(group); err != nil {
		return err
	}
	if n := len(h.Groups()); n >= s.opt.Limits.Groups {
		return fmt.Errorf("%w: hub %q has %d consumer groups", ErrLimit, h.Name(), n)
	}
	return h.rewrite(func(f *hubFile) { f.Groups = append(slices.Clip(f.Groups), group) })
}

// DeleteGroup deletes a consumer group; $Default cannot be deleted.
func (s *Space) DeleteGroup(hub, group string) error {
	s.change.Lock()
	defer s.change.Unlock()
	h, err := s.Hub(hub)
	if err != nil {
		return err
	}
	written, ok := h.Group(group)
	switch {
	case !ok:
		return fmt.Errorf("%q: %w", group, ErrNoGroup)
	case written == address.DefaultGroup:
		return fmt.Errorf("every hub has the consumer group %s: it cannot be deleted", written)
	}
	return h.rewrite(func(f *hubFile) {
		f.Groups = slices.DeleteFunc(slices.Clone(f.Groups), func(g string) bool { return g == written })
	})
}
