package remote

import (
	"context"
	"net"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// Producer returns Microsoft's client that sends to the hub. It dials through
// the library's hook for websockets whatever the transport is, so that a port
// in the connection string does no harm, and is told not to repeat: whoever
// sends knows better when, and says so. It connects when it is used.
func (t *Target) Producer() (*azeventhubs.ProducerClient, error) {
	opt := &azeventhubs.ProducerClientOptions{
		ApplicationID: "nephoscope",
		RetryOptions:  azeventhubs.RetryOptions{MaxRetries: -1},
		NewWebSocketConn: func(ctx context.Context, _ azeventhubs.WebSocketConnParams) (net.Conn, error) {
			return t.Dial(ctx)
		},
	}
	if t.Credential != nil {
		return azeventhubs.NewProducerClient(t.Host, t.Hub, t.Credential, opt)
	}
	return azeventhubs.NewProducerClientFromConnectionString(t.Login.Text(), t.Hub, opt)
}
