package wire

import (
	"context"
	"errors"
	"fmt"

	"nephoscope/internal/remote"
)

// CanSend returns nil if the target's identity may send to its hub. It opens a
// link for that, and sends nothing.
func CanSend(ctx context.Context, t *remote.Target) error {
	client, err := t.Producer()
	if err != nil {
		return fmt.Errorf("open a sender: %w", err)
	}
	_, err = client.NewEventDataBatch(ctx, nil) // asks the link how large a batch may be
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err != nil {
		err = fmt.Errorf("open a sender: %w", explain(err))
	}
	if closed := client.Close(closing); err == nil {
		err = closed
	}
	return err
}

// FromCredential tells whether err is Entra ID's, which gave no token, and not
// the hub's.
func FromCredential(err error) bool {
	var credential interface{ NonRetriable() }
	return errors.As(err, &credential)
}
