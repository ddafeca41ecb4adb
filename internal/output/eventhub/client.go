package eventhub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/go-amqp"

	"nephoscope/internal/output"
	"nephoscope/internal/remote"
)

// client publishes with Microsoft's library. The library is told not to repeat:
// the Runner does that, and says so.
type client struct {
	target remote.Target
	log    *slog.Logger
	hub    *azeventhubs.ProducerClient

	mu     sync.Mutex
	create bool // if the hub is not there
}

func newClient(target remote.Target, create bool, log *slog.Logger) (*client, error) {
	hub, err := target.Producer()
	if err != nil {
		return nil, fmt.Errorf("hub %s: %w", target.Hub, err)
	}
	return &client{target: target, log: log, hub: hub, create: create}, nil
}

// clientBatch is the library's batch.
type clientBatch struct{ *azeventhubs.EventDataBatch }

func (b clientBatch) add(m *message) error {
	err := b.AddEventData(&azeventhubs.EventData{
		Body: m.body, MessageID: to.Ptr(m.id()), ContentType: to.Ptr("application/json"),
	}, nil)
	if errors.Is(err, azeventhubs.ErrEventDataTooLarge) {
		return errFull
	}
	return err
}

func (b clientBatch) count() int { return int(b.NumEvents()) }

func (c *client) batch(ctx context.Context, key string) (batch, error) {
	opt := &azeventhubs.EventDataBatchOptions{}
	if key != "" {
		opt.PartitionKey = &key
	}
	b, err := c.hub.NewEventDataBatch(ctx, opt)
	if absent(err) && c.mayCreate() {
		if err := c.createHub(ctx); err != nil {
			return nil, fmt.Errorf("create hub %s: %w", c.target.Hub, err)
		}
		b, err = c.hub.NewEventDataBatch(ctx, opt)
	}
	if err != nil {
		return nil, c.told(err)
	}
	return clientBatch{b}, nil
}

func (c *client) send(ctx context.Context, b batch) error {
	if err := c.hub.SendEventDataBatch(ctx, b.(clientBatch).EventDataBatch, nil); err != nil {
		return c.told(err)
	}
	return nil
}

func (c *client) close(ctx context.Context) error { return c.hub.Close(ctx) }

// mayCreate tells, once, that the hub is to be made.
func (c *client) mayCreate() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	may := c.create
	c.create = false
	return may
}

// busyWait is what the service asks for when it throttles.
const busyWait = 4 * time.Second

// told adds to an error of the hub what would help, or how long to wait. No
// error of a hub is about one row alone: sizes are checked before.
func (c *client) told(err error) error {
	where := "hub " + c.target.Hub
	var coded *azeventhubs.Error
	switch {
	case absent(err):
		return fmt.Errorf("%s does not exist: create it, or give the policy the Manage right and let it be created: %w", where, err)
	case errors.As(err, &coded) && coded.Code == azeventhubs.ErrorCodeUnauthorizedAccess:
		return fmt.Errorf("%s: give the policy the Send right, or the identity the role Azure Event Hubs Data Sender: %w", where, err)
	case condition(err) == "com.microsoft:server-busy":
		return output.RetryAfter(fmt.Errorf("%s is busy: %w", where, err), busyWait)
	case condition(err) == amqp.ErrCondMessageSizeExceeded:
		return output.Permanent(fmt.Errorf("%s: %w", where, err))
	}
	return fmt.Errorf("%s: %w", where, err)
}

// absent tells whether the hub is not there, by what the link or the token's
// node said.
func absent(err error) bool {
	var status interface{ RPCCode() int }
	return condition(err) == amqp.ErrCondNotFound || errors.As(err, &status) && status.RPCCode() == http.StatusNotFound
}

// condition is the hub's own word for what is wrong, "" for none.
func condition(err error) amqp.ErrCond {
	var said *amqp.Error
	if errors.As(err, &said) {
		return said.Condition
	}
	return ""
}
