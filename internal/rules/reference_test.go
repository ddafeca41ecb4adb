package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// noiseFile is written by a test of internal/incident, which has a store.
const noiseFile = "testdata/noise.txt"

func readNoise(t *testing.T) *Noise {
	t.Helper()
	file, err := os.Open(filepath.FromSlash(noiseFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	noise, err := ReadNoise(file)
	if err != nil {
		t.Fatal(err)
	}
	return noise
}

// TestReference holds the reference page against the rules.
func TestReference(t *testing.T) {
	const path = "../../docs/reference/rules.md"
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := WriteReference(&page, set.Rules, readNoise(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), page.String()); diff != "" {
		t.Errorf("the page says (-), the rules say (+); run the test with -update: %s", diff)
	}
}

// TestNoiseIsMeasured holds the figures against the rules: each rule of the
// control plane has one, and none is loud.
func TestNoiseIsMeasured(t *testing.T) {
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	noise, total := readNoise(t), 0.0
	for _, r := range set.Rules {
		perDay, ok := noise.PerDay(r.FileName())
		if !ok && strings.Join(r.tables(), ",") == "AzureActivity" {
			t.Errorf("%s: the noise was not measured", r.FileName())
		}
		total += perDay
	}
	if total > 0.1 {
		t.Errorf("got %.2f alerts a day, want 0.1 at most", total)
	}
}

func TestReadNoise(t *testing.T) {
	var text strings.Builder
	want := &Noise{Events: 1000, Days: 4, Alerts: map[string]int{"a": 0, "b": 2}}
	if err := want.Write(&text); err != nil {
		t.Fatal(err)
	}
	got, err := ReadNoise(strings.NewReader(text.String()))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if perDay, ok := got.PerDay("b"); !ok || perDay != 0.5 {
		t.Errorf("got %v a day, want 0.5", perDay)
	}
	for _, wrong := range []string{"a x\ndays 3\n", "a 1\n"} {
		if _, err := ReadNoise(strings.NewReader(wrong)); err == nil {
			t.Errorf("%q is read without an error", wrong)
		}
	}
}

// TestTechniquesHaveNames holds the list of names against what rules name.
func TestTechniquesHaveNames(t *testing.T) {
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.Rules {
		for _, technique := range r.Techniques {
			if techniqueNames()[technique] == "" {
				t.Errorf("%s: technique %s has no name in the reference", r.FileName(), technique)
			}
		}
	}
}
