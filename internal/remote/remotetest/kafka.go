package remotetest

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"nephoscope/internal/hub/access"
)

// A Broker speaks Kafka in the clear, and lets in whoever has its connection
// string.
type Broker struct {
	Host  string
	Port  int
	Login access.ConnectionString
}

// ServeKafka starts a broker that has one hub.
func ServeKafka(t testing.TB, hub string, partitions int32) *Broker {
	t.Helper()
	login := access.ConnectionString{Host: "127.0.0.1", KeyName: "reader", Key: "a2V5", Emulator: true}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, hub), kfake.EnableSASL(),
		kfake.Superuser("PLAIN", "$ConnectionString", login.Text()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	cluster.ControlKey(int16(kmsg.SASLAuthenticate), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl() // the broker itself would hang up on a wrong key
		if strings.HasSuffix(string(request.(*kmsg.SASLAuthenticateRequest).SASLAuthBytes), login.Text()) {
			return nil, nil, false
		}
		refused := request.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		refused.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return refused, nil, true
	})
	host, text, err := net.SplitHostPort(cluster.ListenAddrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	login.Port = 0 // it is no AMQP that is there
	return &Broker{Host: host, Port: port, Login: login}
}

// Publish sends a message for each body to a partition.
func (b *Broker) Publish(t testing.TB, hub string, partition int, bodies ...[]byte) {
	t.Helper()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(net.JoinHostPort(b.Host, strconv.Itoa(b.Port))), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.SASL(plain.Auth{User: "$ConnectionString", Pass: b.Login.Text()}.AsMechanism()),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var records []*kgo.Record
	for _, body := range bodies {
		records = append(records, &kgo.Record{Topic: hub, Partition: int32(partition), Value: body})
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}
