package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// A Comment is a remark. An incident has 100 at most.
type Comment struct {
	ID           string    `json:"name"`
	Etag         string    `json:"etag"`
	Message      string    `json:"message"`
	Author       Author    `json:"author"`
	Created      time.Time `json:"createdTimeUtc"`
	LastModified time.Time `json:"lastModifiedTimeUtc"`
}

// An Author is who wrote a comment or made a task.
type Author struct {
	Name string `json:"name"`
}

// PutComment adds the comment with this id, or changes its text; an empty id
// adds one. s.Etag is that of the comment. The error is ErrNotFound, a
// *ConflictError or an *InvalidError where one of them fits.
func (k *Keeper) PutComment(ctx context.Context, number int, id, message string, s Stamp) (*Comment, error) {
	var put Comment
	_, err := k.change(ctx, number, func(d *draft) (err error) {
		if err = d.stamp(k.opt.Now(), s.By); err == nil {
			put, err = d.putComment(id, message, s)
		}
		return err
	})
	return &put, err
}

// DeleteComment removes a comment or returns ErrNoComment. s.Etag is that of
// the comment.
func (k *Keeper) DeleteComment(ctx context.Context, number int, id string, s Stamp) error {
	_, err := k.change(ctx, number, func(d *draft) error {
		i := d.comment(id)
		if i < 0 {
			return fmt.Errorf("comment %s: %w", short(id), ErrNoComment)
		}
		if err := d.agreeOn("comment", id, s.Etag, d.Comments[i].Etag, d.Comments[i].Author.Name); err != nil {
			return err
		}
		d.Comments = slices.Delete(slices.Clone(d.Comments), i, i+1)
		d.Additional.Comments = len(d.Comments)
		return d.stamp(k.opt.Now(), s.By)
	})
	return err
}

// putComment adds or changes a comment of a draft that is touched already.
func (d *draft) putComment(id, message string, s Stamp) (Comment, error) {
	i := d.comment(id)
	if i < 0 {
		return d.addComment(id, message, s)
	}
	if err := checkMessage(message); err != nil {
		return Comment{}, err
	}
	c := d.Comments[i]
	if err := d.agreeOn("comment", id, s.Etag, c.Etag, c.Author.Name); err != nil {
		return c, err
	}
	c.Message, c.Etag, c.LastModified = message, d.Etag, d.LastModified
	d.Comments = slices.Clone(d.Comments)
	d.Comments[i] = c
	return c, nil
}

func (d *draft) addComment(id, message string, s Stamp) (Comment, error) {
	if !anyEtag(s.Etag) {
		return Comment{}, fmt.Errorf("comment %s: %w", short(id), ErrNoComment)
	}
	if err := checkMessage(message); err != nil {
		return Comment{}, err
	}
	if len(d.Comments) >= maxComments {
		return Comment{}, tooMany("comments", maxComments)
	}
	id, err := partID(id)
	if err != nil {
		return Comment{}, err
	}
	c := Comment{ID: id, Etag: d.Etag, Message: message, Author: Author{s.By}, Created: d.LastModified, LastModified: d.LastModified}
	d.Comments = append(d.Comments, c)
	d.Additional.Comments = len(d.Comments)
	return c, nil
}

// maxPartID bounds the ids of comments and tasks, in characters.
const maxPartID = 128

// partID returns the id of a new comment or task, one that is made up for none.
func partID(id string) (string, error) {
	if id == "" {
		return uuid.NewString(), nil
	}
	odd := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_'
	}
	if len(id) > maxPartID || strings.ContainsFunc(id, odd) {
		return "", &InvalidError{"name", short(id), fmt.Sprintf("at most %d letters, digits, - or _, such as a GUID", maxPartID)}
	}
	return id, nil
}

func checkMessage(message string) error {
	if n := utf8.RuneCountInString(message); strings.TrimSpace(message) == "" || n > maxMessage {
		return &InvalidError{"comment", short(message), fmt.Sprintf("1 to %d characters", maxMessage)}
	}
	return nil
}

func (in *Incident) comment(id string) int {
	return slices.IndexFunc(in.Comments, func(c Comment) bool { return strings.EqualFold(c.ID, id) })
}

// agreeOn checks that the change of a part starts from its present state.
func (in *Incident) agreeOn(kind, id, etag, stored, by string) error {
	if anyEtag(etag) || etag == stored {
		return nil
	}
	return &ConflictError{Number: in.Number, Part: kind + " " + id, Etag: etag, Stored: stored, ModifiedBy: by}
}
