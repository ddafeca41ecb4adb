package space

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writeFile makes a value the content of a file, in JSON: after a crash the
// file holds the old value or the new one, and the new one from the moment
// that writeFile has returned.
func writeFile(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	if err := writeSynced(path+".new", append(text, '\n')); err != nil {
		return errors.Join(err, os.Remove(path+".new"))
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// readFile reads what writeFile has written; fields that are not known are an
// error, as they may be a later version's.
func readFile(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: something follows the value", path)
	}
	return nil
}

// makeFolders makes folders that are not there, each in the one before, and
// their names durable: folders that are there may be of a process that died
// before it did that. Where the folder around the first may not be read, its
// name is left to the system.
func makeFolders(dirs ...string) error {
	for i, dir := range dirs {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		err := syncDir(filepath.Dir(filepath.Clean(dir)))
		if err != nil && (i > 0 || !errors.Is(err, os.ErrPermission)) {
			return err
		}
	}
	return nil
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
