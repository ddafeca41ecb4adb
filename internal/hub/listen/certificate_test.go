package listen

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAuthorityIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	f := func() []byte {
		t.Helper()
		a, err := OpenAuthority(dir, nil, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(a.Path)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := f()
	if info, err := os.Stat(filepath.Join(dir, authorityKey)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v, want mode 0600", info.Mode(), err)
	}
	if !bytes.Equal(first, f()) {
		t.Error("the second start made another authority")
	}
	now = now.AddDate(authorityYears, 0, 0)
	if bytes.Equal(first, f()) {
		t.Error("an authority that has run out was kept")
	}
}

func TestAuthorityDamaged(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenAuthority(dir, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, authorityKey), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAuthority(dir, nil, nil); err == nil {
		t.Error("a damaged key was passed over")
	}
}

func TestLeafIsRenewed(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	a, err := OpenAuthority(t.TempDir(), nil, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	first, err := a.certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(leafFor - renewBefore - time.Hour)
	if same, _ := a.certificate(nil); same != first {
		t.Error("the certificate was made anew too early")
	}
	now = now.Add(2 * time.Hour)
	if next, err := a.certificate(nil); err != nil || next == first {
		t.Errorf("the certificate was not made anew: %v", err)
	}
}
