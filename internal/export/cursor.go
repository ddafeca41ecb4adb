package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"nephoscope/internal/event"
	"nephoscope/internal/output"
	"nephoscope/internal/store"
)

// Cursors keep where the parts of a job stand. They are safe for concurrent
// use.
type Cursors interface {
	// Load returns the cursor of a part, "" for none.
	Load(ctx context.Context, part string) (string, error)
	// Save moves the cursor of a part, durably.
	Save(ctx context.Context, part, from, to string) error
}

// storeCursors are positions in the store.
type storeCursors struct {
	store output.Store
	name  string
}

// InStore keeps the cursors of the export of that name as positions in the
// store, "export:NAME" / part. They are conditional: a second process that
// runs the same export is told.
func InStore(st output.Store, name string) Cursors { return &storeCursors{st, "export:" + name} }

func (c *storeCursors) Load(ctx context.Context, part string) (string, error) {
	return c.store.Position(ctx, c.name, part)
}

func (c *storeCursors) Save(ctx context.Context, part, from, to string) error {
	_, err := c.store.Commit(ctx, &store.Batch{Positions: []event.Position{{Source: c.name, Partition: part, From: from, To: to}}})
	return err
}

// fileCursors are a JSON object in a file.
type fileCursors struct {
	path string
	mu   sync.Mutex
}

// InFile keeps the cursors in a file of their own, for an export that needs no
// store. The file is replaced as a whole; its folder is made if need be.
func InFile(path string) Cursors { return &fileCursors{path: path} }

func (c *fileCursors) Load(_ context.Context, part string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, err := c.read()
	return all[part], err
}

func (c *fileCursors) Save(_ context.Context, part, from, to string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, err := c.read()
	if err != nil {
		return err
	}
	if all[part] != from {
		return fmt.Errorf("cursor of %s in %s is %q, and not %q: another process runs this export", part, c.path, all[part], from)
	}
	next := maps.Clone(all)
	next[part] = to
	if err := c.write(next); err != nil {
		return fmt.Errorf("write cursors: %w", err)
	}
	return nil
}

func (c *fileCursors) read() (map[string]string, error) {
	data, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	all := map[string]string{}
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("read cursors of %s: %w: remove the file to begin anew", c.path, err)
	}
	return all, nil
}

// write replaces the file, so that a crash leaves the old one or the new one.
func (c *fileCursors) write(all map[string]string) (err error) {
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(c.path), ".cursor-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), c.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
