package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A TaskStatus tells whether a task is done.
type TaskStatus string

// The statuses of a task.
const (
	TaskNew       TaskStatus = "New"
	TaskCompleted TaskStatus = "Completed"
)

// A Task is one step of the work on an incident. An incident has 40 at most.
type Task struct {
	ID           string     `json:"name"`
	Etag         string     `json:"etag"`
	Title        string     `json:"title"`
	Description  string     `json:"description,omitempty"`
	Status       TaskStatus `json:"status"`
	Created      time.Time  `json:"createdTimeUtc"`
	CreatedBy    Author     `json:"createdBy"`
	LastModified time.Time  `json:"lastModifiedTimeUtc"`
	ModifiedBy   Author     `json:"lastModifiedBy"`
}

// The limits of tasks; those of the texts are our choice.
const (
	maxTasks           = 40
	maxTaskTitle       = 150
	maxTaskDescription = 3000
)

// PutTask adds the task with t.ID, or changes title, description and status of
// the one there is; an empty id adds one. An empty status means TaskNew. s.Etag
// is that of the task. The error is ErrNotFound, a *ConflictError or an
// *InvalidError where one of them fits.
func (k *Keeper) PutTask(ctx context.Context, number int, t Task, s Stamp) (*Task, error) {
	var put Task
	_, err := k.change(ctx, number, func(d *draft) (err error) {
		if err = d.stamp(k.opt.Now(), s.By); err == nil {
			put, err = d.putTask(t, s)
		}
		return err
	})
	return &put, err
}

// DeleteTask removes a task or returns ErrNoTask. s.Etag is that of the task.
func (k *Keeper) DeleteTask(ctx context.Context, number int, id string, s Stamp) error {
	_, err := k.change(ctx, number, func(d *draft) error {
		i := d.task(id)
		if i < 0 {
			return fmt.Errorf("task %s: %w", short(id), ErrNoTask)
		}
		if err := d.agreeOn("task", id, s.Etag, d.Tasks[i].Etag, d.Tasks[i].ModifiedBy.Name); err != nil {
			return err
		}
		d.Tasks = slices.Delete(slices.Clone(d.Tasks), i, i+1)
		return d.stamp(k.opt.Now(), s.By)
	})
	return err
}

// putTask adds or changes a task of a draft that is touched already.
func (d *draft) putTask(t Task, s Stamp) (Task, error) {
	if err := t.check(); err != nil {
		return t, err
	}
	i := d.task(t.ID)
	known := i >= 0
	switch {
	case known:
		old := d.Tasks[i]
		if err := d.agreeOn("task", t.ID, s.Etag, old.Etag, old.ModifiedBy.Name); err != nil {
			return t, err
		}
		t.ID, t.Created, t.CreatedBy = old.ID, old.Created, old.CreatedBy
	case !anyEtag(s.Etag):
		return t, fmt.Errorf("task %s: %w", short(t.ID), ErrNoTask)
	case len(d.Tasks) >= maxTasks:
		return t, tooMany("tasks", maxTasks)
	default:
		id, err := partID(t.ID)
		if err != nil {
			return t, err
		}
		t.ID, t.Created, t.CreatedBy = id, d.LastModified, Author{s.By}
	}
	t.Etag, t.LastModified, t.ModifiedBy = d.Etag, d.LastModified, Author{s.By}
	if d.Tasks = slices.Clone(d.Tasks); known {
		d.Tasks[i] = t
	} else {
		d.Tasks = append(d.Tasks, t)
	}
	return t, nil
}

// check checks what people wrote, and spells the status as we do.
func (t *Task) check() error {
	if n := utf8.RuneCountInString(t.Title); strings.TrimSpace(t.Title) == "" || n > maxTaskTitle {
		return &InvalidError{"title", short(t.Title), fmt.Sprintf("1 to %d characters", maxTaskTitle)}
	}
	if utf8.RuneCountInString(t.Description) > maxTaskDescription {
		return &InvalidError{"description", short(t.Description), fmt.Sprintf("at most %d characters", maxTaskDescription)}
	}
	switch {
	case t.Status == "" || strings.EqualFold(string(t.Status), string(TaskNew)):
		t.Status = TaskNew
	case strings.EqualFold(string(t.Status), string(TaskCompleted)):
		t.Status = TaskCompleted
	default:
		return &InvalidError{"status", short(string(t.Status)), "New or Completed"}
	}
	return nil
}

func (in *Incident) task(id string) int {
	return slices.IndexFunc(in.Tasks, func(t Task) bool { return strings.EqualFold(t.ID, id) })
}
