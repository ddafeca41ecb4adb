package wire

import (
	"context"
	"errors"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// CanSend returns nil if the target's identity may send to its hub. It opens a
// link for that, and sends nothing.
func CanSend(ctx context.Context, t Target) error {
	opt := &azeventhubs.ProducerClientOptions{
		ApplicationID: "nephoscope", RetryOptions: azeventhubs.RetryOptions{MaxRetries: -1}, NewWebSocketConn: t.dialer(nil),
	}
	var client *azeventhubs.ProducerClient
	var err error
	if t.Credential != nil {
		client, err = azeventhubs.NewProducerClient(t.Host, t.Hub, t.Credential, opt)
	} else {
		client, err = azeventhubs.NewProducerClientFromConnectionString(t.Login.Text(), t.Hub, opt)
	}
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
