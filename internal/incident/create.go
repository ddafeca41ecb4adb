package incident

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"nephoscope/internal/store"
)

// Who is named as provider of incidents that no alert opened.
const providerOfHand = "Azure Sentinel"

// Create opens an incident by hand. Title and Severity of c are required, and
// Status is New if it is not given; name is a GUID, or empty for one that is
// made up. If there is an incident with that name the error is a
// *ConflictError.
func (k *Keeper) Create(ctx context.Context, name string, c Change) (*Incident, error) {
	name, err := nameOf(name)
	if err != nil {
		return nil, fmt.Errorf("create incident: %w", err)
	}
	if c.Title == nil || c.Severity == nil {
		return nil, fmt.Errorf("create incident: %w", &InvalidError{"properties", "", "title and severity"})
	}
	var d *draft
	err = k.inTurn(ctx, func(t turn) error {
		if d, err = k.create(ctx, name, t.last+1, c); err != nil {
			return err
		}
		_, err = k.commit(ctx, &store.Batch{}, []*draft{d}, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("create incident: %w", err)
	}
	return d.Incident, nil
}

func (k *Keeper) create(ctx context.Context, name string, number int, c Change) (*draft, error) {
	err := k.look(ctx, func(b *book) error {
		if in := b.name(name); in != nil {
			return &ConflictError{Number: in.Number, Exists: true, Etag: c.Etag, Stored: in.Etag, ModifiedBy: in.ModifiedBy}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	d := k.newIncident(name, number)
	if err := k.apply(d, c); err != nil {
		return nil, err
	}
	d.Created, d.Provider = d.LastModified, providerOfHand
	if d.FirstActivity.IsZero() {
		d.FirstActivity, d.LastActivity = d.Created, d.Created
	}
	return d, nil
}

// newIncident begins an incident that has nothing yet.
func (k *Keeper) newIncident(name string, number int) *draft {
	in := &Incident{
		Name: name, Number: number, Status: StatusNew, ProviderID: fmt.Sprint(number),
		Labels: []Label{}, Comments: []Comment{}, Tasks: []Task{}, RuleIDs: []string{}, AlertIDs: []string{},
	}
	if k.opt.BaseURL != "" {
		in.URL = fmt.Sprintf("%s/incidents/%d", strings.TrimSuffix(k.opt.BaseURL, "/"), number)
	}
	return &draft{Incident: in}
}

// nameOf returns a name as it is stored, a new one for none.
func nameOf(name string) (string, error) {
	if name == "" {
		return uuid.NewString(), nil
	}
	id, err := uuid.Parse(name)
	if err != nil {
		return "", &InvalidError{"name", short(name), "a GUID"}
	}
	return id.String(), nil
}

// Delete removes an incident, not its alerts. Its history stays in
// SecurityIncident and ends with a closed state whose AdditionalData says that
// it was deleted. Its number is not used again, its name may be; its alerts
// open no other incident.
func (k *Keeper) Delete(ctx context.Context, number int, s Stamp) error {
	_, err := k.change(ctx, number, func(d *draft) error {
		if err := d.agree(s.Etag); err != nil {
			return err
		}
		if err := d.stamp(k.opt.Now(), s.By); err != nil {
			return err
		}
		if d.Status != StatusClosed {
			d.setStatus(StatusClosed)
			d.Classification, d.ClassificationComment = undetermined, "Deleted"
		}
		d.Additional.Deleted = true
		return nil
	})
	return err
}
