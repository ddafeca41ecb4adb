package incident

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/schema"
)

// A Similar is another incident about the same things.
type Similar struct {
	*Incident
	Shared []Entity // entities of both; Alerts counts those of the other
}

// The bounds of what Similar looks at.
const (
	similarReach    = 14 * 24 * time.Hour
	similarEntities = 10
	similarAlerts   = 5000
)

// Similar returns incidents with alerts within two weeks of this one that share
// entities with it, those that share most first, limit at most; of many
// entities it goes by the ten that are named most. The error may be
// ErrNotFound.
func (k *Keeper) Similar(ctx context.Context, number, limit int) ([]Similar, error) {
	in, err := k.ByNumber(ctx, number)
	if err != nil {
		return nil, err
	}
	entities, err := k.Entities(ctx, number)
	if err != nil || len(entities) == 0 {
		return nil, err
	}
	alerts, err := k.naming(ctx, in, entities[:min(similarEntities, len(entities))])
	if err != nil {
		return nil, fmt.Errorf("look for incidents like %d: %w", number, err)
	}
	var list []Similar
	err = k.look(ctx, func(b *book) error {
		list = b.similar(number, alerts, entities)
		return nil
	})
	return list[:min(limit, len(list))], err
}

// naming reads the alerts around an incident's time whose entities hold a word
// of one of the given ones. Most of them are about the same things.
func (k *Keeper) naming(ctx context.Context, in *Incident, entities []Entity) ([]*detect.Alert, error) {
	var words []string
	for _, e := range entities {
		words = append(words, "Entities contains "+quote(wordOf(e)))
	}
	query := fmt.Sprintf(`%s | where EndTime >= %s and StartTime <= %s and (%s)
		| top %d by TimeGenerated | project SystemAlertId, TimeGenerated, Entities | summarize arg_max(TimeGenerated, *) by SystemAlertId`,
		alertTable, literal(in.FirstActivity.Add(-similarReach)), literal(in.LastActivity.Add(similarReach)), strings.Join(words, " or "), similarAlerts)
	var list []*detect.Alert
	err := k.each(ctx, query, func(columns []schema.Column, values []any) { list = append(list, detect.ReadAlert(columns, values)) })
	return list, err
}

// wordOf is how the longest property of an entity stands in JSON.
func wordOf(e Entity) string {
	longest := ""
	for _, p := range e.Properties {
		if len(p.Value) > len(longest) {
			longest = p.Value
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(longest) // a text always can be written
	return strings.TrimSuffix(b.String(), "\"\n")[1:]
}

// similar lists the incidents of alerts by what they share with entities.
func (b *book) similar(but int, alerts []*detect.Alert, entities []Entity) []Similar {
	of := map[int][]*detect.Alert{}
	for _, a := range alerts {
		for _, n := range b.byAlert[a.ID] {
			if in := b.number(n); in != nil && n != but && slices.Contains(in.AlertIDs, a.ID) {
				of[n] = append(of[n], a)
			}
		}
	}
	var list []Similar
	for n, alerts := range of {
		shared := slices.DeleteFunc(entitiesOf(alerts), func(e Entity) bool {
			return !slices.ContainsFunc(entities, func(own Entity) bool { return own.Key() == e.Key() })
		})
		if len(shared) > 0 {
			list = append(list, Similar{b.number(n), shared})
		}
	}
	slices.SortFunc(list, func(a, b Similar) int {
		return cmp.Or(len(b.Shared)-len(a.Shared), b.Number-a.Number)
	})
	return list
}

func literal(t time.Time) string { return fmt.Sprintf("datetime(%s)", schema.DatetimeOf(t)) }
