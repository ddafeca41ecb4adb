package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// A Setting is one of the two ways to make Azure stream the Activity Log of a
// subscription. Its Validate reads nothing.
type Setting[T any] interface {
	Profile | DiagnosticSetting
	// Title is the setting's name.
	Title() string
	// Validate returns what is wrong with the forms, joined, each problem a
	// *field.Error.
	Validate() error

	spelling[T]
	checking[T]
}

// spelling is a setting in words: ours and those on the wire.
type spelling[T any] interface {
	normal() T    // in Azure's spelling
	body() any    // as it is sent
	equal(T) bool // the same export, whatever the spelling
}

// checking is a setting against what is in Azure.
type checking[T any] interface {
	inspect(context.Context, *inspection) T    // checked by reading
	makeRoom(have []T, in *inspection) room[T] // what stands in its way
}

// room says what has to happen before a setting can be written.
type room[T any] struct {
	done   bool // it is there already, nothing has to happen
	remove []T  // have to go first
}

// A kind is what Azure calls one of the ways, and where it lies.
type kind[T any] struct {
	noun    string // log profile
	path    string // below /subscriptions/{id}
	version string
	action  string // what permissions begin with
	parse   func(resource) (T, error)
}

// A resource is a setting as Azure answers it.
type resource struct {
	Name       string          `json:"name"`
	Properties json.RawMessage `json:"properties"`
}

// Settings reads and writes settings of one kind.
type Settings[T Setting[T]] struct {
	c    *Client
	kind kind[T]
}

// ErrNoSetting is in the error of a Get that finds nothing.
var ErrNoSetting = errors.New("no such setting")

// List returns the settings of a subscription.
func (s Settings[T]) List(ctx context.Context, subscription string) ([]T, error) {
	all, err := list[resource](ctx, s.c, s.path(subscription, ""), s.kind.version)
	if err != nil {
		return nil, fmt.Errorf("list %ss: %w", s.kind.noun, explained(err, subscription))
	}
	settings := make([]T, 0, len(all))
	for _, r := range all {
		setting, err := s.kind.parse(r)
		if err != nil {
			return nil, fmt.Errorf("read %s %s: %w", s.kind.noun, quote(r.Name), err)
		}
		settings = append(settings, setting)
	}
	return settings, nil
}

// Get returns a setting by its name. If there is none the error is
// ErrNoSetting and names those there are.
func (s Settings[T]) Get(ctx context.Context, subscription, name string) (T, error) {
	var none T
	var r resource
	err := s.c.get(ctx, s.path(subscription, name), s.kind.version, &r)
	if _, missing := refused(err, http.StatusNotFound); missing {
		return none, s.missing(ctx, subscription, name)
	}
	if err != nil {
		return none, fmt.Errorf("get %s %s: %w", s.kind.noun, quote(name), explained(err, subscription))
	}
	return s.kind.parse(r)
}

func (s Settings[T]) missing(ctx context.Context, subscription, name string) error {
	have, err := s.List(ctx, subscription)
	switch {
	case err != nil:
		return err
	case len(have) == 0:
		return fmt.Errorf("%w: the subscription has no %s", ErrNoSetting, s.kind.noun)
	default:
		return fmt.Errorf("%w: the subscription has no %s %s, but %s", ErrNoSetting, s.kind.noun, quote(name), titles(have))
	}
}

// titles names settings.
func titles[T Setting[T]](list []T) string {
	var names []string
	for _, s := range list {
		names = append(names, quote(s.Title()))
	}
	return strings.Join(names, ", ")
}

func (s Settings[T]) path(subscription, name string) string {
	path := "/subscriptions/" + subscription + s.kind.path
	if name != "" {
		path += "/" + escaped(name)
	}
	return path
}

// SetOptions say what Set may do besides writing the setting.
type SetOptions struct {
	// Replace removes or overwrites what stands in the way.
	Replace bool
	// Register registers the provider microsoft.insights if it is not.
	Register bool
	// DryRun makes every check and changes nothing.
	DryRun bool
}

// A Step is a request that changes something in Azure.
type Step struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	Body   any    `json:"body,omitempty"`
}

// An Outcome is what Set or Delete did, or would do.
type Outcome struct {
	Name string `json:"name"`
	// Steps are the requests in their order; none if nothing had to be done.
	Steps []Step `json:"steps"`
	// Warnings are sentences for people.
	Warnings []string `json:"warnings,omitempty"`
}

// Set makes the export of a subscription be as wanted. Everything that can be
// checked by reading is checked first, and all problems are reported
// together; only then something is changed. If what is wanted is there
// already, nothing is. If a setting had to be removed and the new one is
// refused, the old one is put back.
func (s Settings[T]) Set(ctx context.Context, subscription string, want T, opt SetOptions) (Outcome, error) {
	out := Outcome{Name: want.Title()}
	if err := want.Validate(); err != nil {
		return out, err
	}
	in := &inspection{c: s.c, subscription: subscription, opt: opt}
	changes, err := s.prepare(ctx, in, want.normal())
	out.Warnings = in.warnings
	if err != nil {
		return out, err
	}
	for _, r := range changes.requests() {
		out.Steps = append(out.Steps, Step{r.method, s.c.address(r), r.body})
	}
	if opt.DryRun || len(out.Steps) == 0 {
		return out, nil
	}
	err = s.apply(ctx, subscription, changes, &out)
	return out, err
}

// changes are what Set is going to do, in this order.
type changes[T any] struct {
	register *request
	remove   []request
	put      *request

	removed []T // what remove takes away
	want    T
}

func (c changes[T]) requests() (list []request) {
	if c.register != nil {
		list = append(list, *c.register)
	}
	list = append(list, c.remove...)
	if c.put != nil {
		list = append(list, *c.put)
	}
	return list
}

// prepare checks everything and decides what has to be done.
func (s Settings[T]) prepare(ctx context.Context, in *inspection, want T) (changes[T], error) {
	var c changes[T]
	unregistered, err := in.provider(ctx)
	if err != nil {
		return c, err
	}
	if unregistered {
		r := registering(in.subscription)
		c.register = &r
	}
	have, err := s.List(ctx, in.subscription)
	if missing := (*RegistrationError)(nil); err != nil && (!unregistered || !errors.As(err, &missing)) {
		return c, err
	}
	c.want = want.inspect(ctx, in)
	room := c.want.makeRoom(have, in)
	actions := []string{s.kind.action + "/write"}
	if len(room.remove) > 0 {
		actions = append(actions, s.kind.action+"/delete")
	}
	if unregistered {
		actions = append(actions, "microsoft.insights/register/action")
	}
	if !room.done {
		in.permit(ctx, "/subscriptions/"+in.subscription, actions...)
		c.removed = room.remove
		for _, old := range room.remove {
			c.remove = append(c.remove, s.deleting(in.subscription, old.Title()))
		}
		put := s.putting(in.subscription, c.want)
		c.put = &put
	}
	return c, errors.Join(in.problems...)
}

func (s Settings[T]) putting(subscription string, setting T) request {
	return request{method: http.MethodPut, path: s.path(subscription, setting.Title()), version: s.kind.version, body: setting.body()}
}

func (s Settings[T]) deleting(subscription, name string) request {
	return request{method: http.MethodDelete, path: s.path(subscription, name), version: s.kind.version}
}

// timeToWrite bounds the changes of one subscription. They are finished even
// if somebody loses patience: between removing and writing there is no export.
const timeToWrite = 3 * time.Minute

// apply makes the changes.
func (s Settings[T]) apply(ctx context.Context, subscription string, c changes[T], out *Outcome) error {
	if c.register != nil {
		if _, err := s.c.do(ctx, *c.register, nil); err != nil {
			return fmt.Errorf("register %s: %w", insights, explained(err, subscription))
		}
		if err := s.c.awaitRegistration(ctx, subscription); err != nil {
			return err
		}
	}
	if c.put == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeToWrite)
	defer cancel()
	for i, r := range c.remove {
		if _, err := s.c.do(ctx, r, nil); err != nil {
			err = fmt.Errorf("remove %s %s: %w", s.kind.noun, quote(c.removed[i].Title()), explained(err, subscription))
			return s.restore(ctx, subscription, c.removed[:i], err)
		}
	}
	var answer resource
	if _, err := s.c.do(ctx, *c.put, &answer); err != nil {
		err = fmt.Errorf("write %s %s: %w", s.kind.noun, quote(c.want.Title()), explained(err, subscription))
		return s.restore(ctx, subscription, c.removed, err)
	}
	out.Warnings = append(out.Warnings, s.differences(answer, c.want)...)
	return nil
}

// restore puts removed settings back after an error and says whether it could.
func (s Settings[T]) restore(ctx context.Context, subscription string, removed []T, cause error) error {
	for _, old := range removed {
		put := s.putting(subscription, old)
		if _, err := s.c.do(ctx, put, nil); err != nil {
			text, _ := json.Marshal(put.body) // of strings and numbers only
			return fmt.Errorf("%w; the earlier %s %s is gone and could not be put back (%w), it was: %s",
				cause, s.kind.noun, quote(old.Title()), explained(err, subscription), text)
		}
	}
	if len(removed) > 0 {
		return fmt.Errorf("%w; the earlier %s %s was put back", cause, s.kind.noun, titles(removed))
	}
	return cause
}

// differences tells when Azure kept something else than what was sent.
func (s Settings[T]) differences(answer resource, want T) []string {
	if len(answer.Properties) == 0 {
		return nil
	}
	kept, err := s.kind.parse(answer)
	if err != nil || kept.equal(want) {
		return nil
	}
	return []string{fmt.Sprintf("Azure keeps %s %s in another way than it was sent: %s", s.kind.noun, quote(want.Title()), answer.Properties)}
}

// Delete removes a setting. An Outcome without steps means that there was
// none of that name.
func (s Settings[T]) Delete(ctx context.Context, subscription, name string, dryRun bool) (Outcome, error) {
	out := Outcome{Name: name}
	if _, err := s.Get(ctx, subscription, name); err != nil {
		if errors.Is(err, ErrNoSetting) {
			out.Warnings = append(out.Warnings, err.Error())
			return out, nil
		}
		return out, err
	}
	r := s.deleting(subscription, name)
	out.Steps = []Step{{Method: r.method, URL: s.c.address(r)}}
	if dryRun {
		return out, nil
	}
	if _, err := s.c.do(ctx, r, nil); err != nil {
		return out, fmt.Errorf("remove %s %s: %w", s.kind.noun, quote(name), explained(err, subscription))
	}
	return out, nil
}
