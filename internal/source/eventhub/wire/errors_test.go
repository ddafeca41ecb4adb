package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/Azure/go-amqp"
)

// answer is what the library makes of an answer of a node.
type answer int

func (a answer) Error() string { return fmt.Sprint("status code ", int(a)) }
func (a answer) RPCCode() int  { return int(a) }

// login is an error of Entra ID.
type login struct{ error }

func (login) NonRetriable() {}

func TestKindOfAnError(t *testing.T) {
	said := func(condition amqp.ErrCond) error {
		return fmt.Errorf("attach: %w", &amqp.Error{Condition: condition})
	}
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{said("amqp:link:stolen"), Stolen},
		{said("amqp:unauthorized-access"), Unauthorized},
		{said("amqp:not-found"), NotFound},
		{said("amqp:resource-limit-exceeded"), Crowded},
		{said("amqp:not-allowed"), Refused},
		{said("com.microsoft:entity-disabled"), Disabled},
		{said("com.microsoft:argument-error"), BadOffset},
		{said("com.microsoft:argument-out-of-range"), BadPartition},
		{said("com.microsoft:georeplication:invalid-offset"), BadOffset},
		{said("com.microsoft:server-busy"), Busy},
		{said("amqp:connection:forced"), Lost},
		{said("something new"), Lost},
		{answer(401), Unauthorized},
		{answer(404), NotFound},
		{answer(400), BadPartition},
		{answer(503), Busy},
		{answer(500), Lost},
		{login{io.EOF}, Unauthorized},
		{io.ErrUnexpectedEOF, Lost},
		{errors.New("anything"), Lost},
	} {
		if got := KindOf(explain(c.err)); got != c.want {
			t.Errorf("%v: got %s, want %s", c.err, got, c.want)
		}
	}
	if err := explain(context.Canceled); KindOf(err) != Lost || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it as it is", err)
	}
}

func TestUnreadableIsWhatIsNothingElse(t *testing.T) {
	if !unreadable(errors.New("partition key cannot be converted to a string")) {
		t.Error("an error without a type is not held to be about the event")
	}
	for _, err := range []error{io.EOF, &amqp.LinkError{}, &amqp.ConnError{}, &amqp.SessionError{}, &amqp.Error{}, answer(500), login{io.EOF}} {
		if unreadable(fmt.Errorf("receive: %w", err)) {
			t.Errorf("%T is held to be about an event", err)
		}
	}
}
