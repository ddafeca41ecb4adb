package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/detect"
)

// AddAlerts relates alerts to an incident, by SystemAlertId; those it has
// already are passed over. An alert may belong to several incidents. The error
// wraps ErrNoAlert if one of them is not stored.
func (k *Keeper) AddAlerts(ctx context.Context, number int, ids []string, s Stamp) (*Incident, error) {
	found, err := k.alerts(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("change incident %d: %w", number, err)
	}
	for _, id := range ids {
		if !slices.ContainsFunc(found, func(a *detect.Alert) bool { return a.ID == id }) {
			return nil, fmt.Errorf("change incident %d: alert %s: %w", number, short(id), ErrNoAlert)
		}
	}
	return k.change(ctx, number, func(d *draft) error {
		if err := d.agree(s.Etag); err != nil {
			return err
		}
		for _, a := range found {
			d.relate(a)
		}
		if len(d.AlertIDs) > maxAlerts {
			return tooMany("alerts", maxAlerts)
		}
		return d.stamp(k.opt.Now(), s.By)
	})
}

// relate adds an alert because people say so.
func (d *draft) relate(a *detect.Alert) {
	if slices.Contains(d.AlertIDs, a.ID) {
		return
	}
	first := len(d.AlertIDs) == 0
	d.Additional.Removed = without(d.Additional.Removed, a.ID)
	if a.RuleID != "" {
		d.RuleIDs = union(d.RuleIDs, a.RuleID)
	}
	if first {
		d.FirstActivity, d.LastActivity = a.Start, a.End
	}
	d.gather(a)
	if a.Withdrawn != "" {
		d.Additional.Withdrawn = union(d.Additional.Withdrawn, a.ID)
	}
}

// RemoveAlert takes an alert out of an incident, or returns ErrNoAlert. The
// alert will not join it again, nor will another be opened for it.
func (k *Keeper) RemoveAlert(ctx context.Context, number int, id string, s Stamp) (*Incident, error) {
	return k.change(ctx, number, func(d *draft) error {
		if err := d.agree(s.Etag); err != nil {
			return err
		}
		i := slices.IndexFunc(d.AlertIDs, func(have string) bool { return strings.EqualFold(have, id) })
		if i < 0 {
			return fmt.Errorf("alert %s: %w", short(id), ErrNoAlert)
		}
		removed := d.AlertIDs[i]
		d.AlertIDs = without(d.AlertIDs, removed)
		a := &d.Additional
		a.Alerts, a.Withdrawn, a.Removed = len(d.AlertIDs), without(a.Withdrawn, removed), append(a.Removed, removed)
		return d.stamp(k.opt.Now(), s.By)
	})
}

// without returns the list without a word.
func without(list []string, word string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == word })
}

// union adds the words that are not in the list yet.
func union(list []string, more ...string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
