package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"nephoscope/internal/remote"
)

// kafkaClient reads a hub through its Kafka endpoint: the hub is a topic, and
// an event's sequence number is its Kafka offset. Consumer groups of Kafka are
// not used: who reads what, and how far, is known here.
type kafkaClient struct {
	target Target
	asks   *kgo.Client
}

func newKafkaClient(t Target) (*kafkaClient, error) {
	asks, err := kgo.NewClient(t.kafka()...)
	if err != nil {
		return nil, fmt.Errorf("make Kafka client: %w", err)
	}
	return &kafkaClient{target: t, asks: asks}, nil
}

// kafka are the settings of a client that the service's endpoint is at ease
// with: it closes connections that were idle for four minutes, and wants a
// minute for a request.
func (t *Target) kafka() []kgo.Opt {
	opt := []kgo.Opt{
		kgo.SeedBrokers(t.HostPort()),
		kgo.ClientID(cmp.Or(t.Reader, "nephoscope")),
		kgo.ConnIdleTimeout(3 * time.Minute),
		kgo.MetadataMaxAge(3 * time.Minute),
		kgo.RequestTimeoutOverhead(time.Minute),
		kgo.RequestRetries(2),
		kgo.RetryTimeout(remote.ConnectTimeout),
		kgo.Dialer(t.dialKafka),
	}
	switch {
	case t.Credential != nil:
		opt = append(opt, kgo.SASL(oauth.Oauth(t.bearer)))
	case t.Login.Key != "":
		opt = append(opt, kgo.SASL(plain.Auth{User: "$ConnectionString", Pass: t.Login.Text()}.AsMechanism()))
	}
	return opt
}

// bearer returns a token of Entra ID.
func (t *Target) bearer(ctx context.Context) (oauth.Auth, error) {
	token, err := t.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://" + t.Host + "/.default"}})
	return oauth.Auth{Token: token.Token}, err
}

// dialKafka connects to a broker.
func (t *Target) dialKafka(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, remote.ConnectTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, network, cmp.Or(t.Address, address))
	if err != nil || t.Plain {
		return conn, err
	}
	return t.Secure(ctx, conn)
}

func (c *kafkaClient) Partitions(ctx context.Context) ([]string, error) {
	topic, err := c.topic(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the properties of hub %s: %w", c.target.Hub, explainKafka(err))
	}
	var names []string
	slices.SortFunc(topic.Partitions, func(a, b kmsg.MetadataResponseTopicPartition) int { return cmp.Compare(a.Partition, b.Partition) })
	for _, p := range topic.Partitions {
		names = append(names, strconv.Itoa(int(p.Partition)))
	}
	return names, nil
}

// topic asks for the topic that is the hub. It is not created if it is missing.
func (c *kafkaClient) topic(ctx context.Context) (kmsg.MetadataResponseTopic, error) {
	request := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(c.target.Hub)
	request.Topics = append(request.Topics, topic)
	response, err := request.RequestWith(ctx, c.asks)
	if err != nil {
		return kmsg.MetadataResponseTopic{}, err
	}
	if len(response.Topics) != 1 {
		return kmsg.MetadataResponseTopic{}, kerr.UnknownTopicOrPartition
	}
	return response.Topics[0], kerr.ErrorForCode(response.Topics[0].ErrorCode)
}

// Properties tells the sequence numbers; when the last event came is not
// known.
func (c *kafkaClient) Properties(ctx context.Context, partition string) (Properties, error) {
	p := Properties{}
	for timestamp, at := range map[int64]*int64{-2: &p.First, -1: &p.Last} {
		var err error
		if *at, err = c.offset(ctx, partition, timestamp); err != nil {
			return Properties{}, fmt.Errorf("read the properties of partition %s: %w", partition, explainKafka(err))
		}
	}
	p.Last-- // it was that of the next event
	p.Empty = p.Last < p.First
	return p, nil
}

// offset asks for the first offset of a partition (timestamp -2), or for the
// one after the last (-1).
func (c *kafkaClient) offset(ctx context.Context, partition string, timestamp int64) (int64, error) {
	number, err := strconv.ParseInt(partition, 10, 32)
	if err != nil {
		return 0, kerr.UnknownTopicOrPartition
	}
	request := kmsg.NewPtrListOffsetsRequest()
	request.ReplicaID = -1
	topic, asked := kmsg.NewListOffsetsRequestTopic(), kmsg.NewListOffsetsRequestTopicPartition()
	topic.Topic, asked.Partition, asked.Timestamp = c.target.Hub, int32(number), timestamp
	topic.Partitions = append(topic.Partitions, asked)
	request.Topics = append(request.Topics, topic)
	response, err := request.RequestWith(ctx, c.asks)
	if err != nil {
		return 0, err
	}
	if len(response.Topics) != 1 || len(response.Topics[0].Partitions) != 1 {
		return 0, kerr.UnknownTopicOrPartition
	}
	answer := response.Topics[0].Partitions[0]
	return answer.Offset, kerr.ErrorForCode(answer.ErrorCode)
}

func (c *kafkaClient) Close() error {
	c.asks.Close()
	return nil
}

func (c *kafkaClient) Open(partition string, opt Opening) (Reader, error) {
	number, err := strconv.ParseInt(partition, 10, 32)
	if err != nil {
		return nil, &Error{Kind: BadPartition, Err: fmt.Errorf("open partition %q: Kafka's partitions are numbers", partition)}
	}
	buffer := int32(opt.buffer())
	settings := append(c.target.kafka(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.target.Hub: {int32(number): opt.Start.kafka()}}),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), // the events that we want are not kept any more
		kgo.KeepRetryableFetchErrors(),
		kgo.FetchMaxBytes(buffer), kgo.FetchMaxPartitionBytes(buffer),
	)
	reads, err := kgo.NewClient(settings...)
	if err != nil {
		return nil, fmt.Errorf("open partition %s: %w", partition, err)
	}
	return &kafkaReader{partition: partition, reads: reads}, nil
}

// kafka says in Kafka's words where to start.
func (s Start) kafka() kgo.Offset {
	offset := kgo.NewOffset()
	switch {
	case s.After:
		return offset.At(s.Sequence + 1)
	case !s.At.IsZero():
		return offset.AfterMilli(s.At.UnixMilli())
	case s.Latest:
		return offset.AtEnd()
	}
	return offset.AtStart()
}

// kafkaReader is one partition with its own connections.
type kafkaReader struct {
	partition string
	reads     *kgo.Client
}

// Receive polls until there is enough. What there is when something fails is
// returned first; the error comes again.
func (r *kafkaReader) Receive(ctx context.Context, most int) ([]Event, error) {
	var events []Event
	for len(events) < most {
		fetches := r.reads.PollRecords(ctx, most-len(events))
		fetches.EachRecord(func(rec *kgo.Record) {
			events = append(events, Event{Body: rec.Value, Sequence: rec.Offset, Enqueued: rec.Timestamp})
		})
		if err := r.failed(ctx, fetches); err != nil {
			if len(events) > 0 {
				return events, nil
			}
			return nil, err
		}
	}
	return events, nil
}

// failed returns what is wrong with fetches.
func (r *kafkaReader) failed(ctx context.Context, fetches kgo.Fetches) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, f := range fetches.Errors() {
		var reset *kgo.ErrDataLoss // told once, and reading goes on
		if !errors.As(f.Err, &reset) {
			return fmt.Errorf("read partition %s: %w", r.partition, explainKafka(f.Err))
		}
	}
	return nil
}

func (r *kafkaReader) Close() error {
	r.reads.Close()
	return nil
}

// explainKafka makes an *Error of an error of the Kafka client.
func explainKafka(err error) error {
	var untrusted *tls.CertificateVerificationError
	kind := Lost
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &untrusted):
		return err
	case errors.Is(err, kerr.SaslAuthenticationFailed), errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		kind = Unauthorized
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnknownTopicID):
		kind = NotFound
	case errors.Is(err, kerr.OffsetOutOfRange):
		kind = BadOffset
	}
	return &Error{Kind: kind, Err: err}
}
