package tables

import (
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// A Catalog knows all tables by name and says which one a record belongs to.
// It implements schema.Catalog, does not change after New and is safe for
// concurrent use.
type Catalog struct {
	tables   []*schema.Table // in order of name
	byName   map[string]*schema.Table
	claiming []*schema.Table // those with Claims, in the order they are asked
}

// NewCatalog returns a catalog of the built-in tables and the custom ones. Two
// tables whose names differ at most in case are an error.
func NewCatalog(custom ...*schema.Table) (*Catalog, error) {
	c := &Catalog{byName: make(map[string]*schema.Table)}
	seen := make(map[string]string)
	for _, t := range append(Builtin(), custom...) {
		folded := strings.ToLower(t.Name)
		if other, taken := seen[folded]; taken {
			return nil, fmt.Errorf("table %s: the name is taken by table %s", t.Name, other)
		}
		seen[folded] = t.Name
		c.add(t)
	}
	slices.SortFunc(c.tables, func(a, b *schema.Table) int { return strings.Compare(a.Name, b.Name) })
	return c, nil
}

func (c *Catalog) add(t *schema.Table) {
	c.tables = append(c.tables, t)
	c.byName[t.Name] = t
	if t.Claims != nil {
		c.claiming = append(c.claiming, t)
	}
}

// Table returns the table with that name, compared with case.
func (c *Catalog) Table(name string) (*schema.Table, bool) {
	t, ok := c.byName[name]
	return t, ok
}

// Tables returns all tables in order of name.
func (c *Catalog) Tables() []*schema.Table { return c.tables }

// Route returns the table that a record belongs to, nil if none claims it. The
// built-in tables are asked first, then the custom ones in their given order.
func (c *Catalog) Route(rec *event.Record) *schema.Table {
	for _, t := range c.claiming {
		if t.Claims(rec) {
			return t
		}
	}
	return nil
}
