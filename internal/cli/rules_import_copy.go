package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"nephoscope/internal/rules"
)

// copyRules copies the files of rules below root and returns how many rules
// they hold. A file of which all rules are wanted is copied as it is; of others
// each wanted rule is written to a file of its own.
func (c *importing) copyRules(root string, items []rules.Item) (int, error) {
	byFile := map[string][]rules.Item{}
	for _, item := range items {
		byFile[item.Path] = append(byFile[item.Path], item)
	}
	copied := 0
	for path, all := range byFile {
		var wanted []rules.Item
		for _, item := range all {
			if item.Verdict == rules.Ready || c.all && item.Verdict == rules.Needy {
				wanted = append(wanted, item)
			}
		}
		if err := c.copyFile(root, path, wanted, len(wanted) == len(all)); err != nil {
			return copied, fmt.Errorf("copy rules of %s: %w", path, err)
		}
		copied += len(wanted)
	}
	return copied, nil
}

func (c *importing) copyFile(root, path string, wanted []rules.Item, whole bool) error {
	if len(wanted) == 0 {
		return nil
	}
	rel, err := filepath.Rel(root, path)
	if err != nil || rel == "." { // the root is the file
		rel = filepath.Base(path)
	}
	to := filepath.Join(c.to, rel)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if whole && !wanted[0].Rule.Converted() {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o644)
	}
	for _, item := range wanted {
		name := strings.TrimSuffix(to, filepath.Ext(to)) + "-" + item.ID + ".yaml"
		if err := os.WriteFile(name, rules.FormatYAML(item.Rule), 0o644); err != nil {
			return err
		}
	}
	return nil
}
