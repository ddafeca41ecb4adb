package wire

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/go-amqp"
)

func TestBodyAsBytes(t *testing.T) {
	for name, c := range map[string]struct {
		body azeventhubs.AMQPAnnotatedMessageBody
		want string
	}{
		"nothing":         {azeventhubs.AMQPAnnotatedMessageBody{}, ""},
		"data":            {azeventhubs.AMQPAnnotatedMessageBody{Data: [][]byte{[]byte("{}")}}, "{}"},
		"empty data":      {azeventhubs.AMQPAnnotatedMessageBody{Data: [][]byte{nil}}, ""},
		"several":         {azeventhubs.AMQPAnnotatedMessageBody{Data: [][]byte{[]byte(`{"a":`), []byte(`1}`)}}, `{"a":1}`},
		"text":            {azeventhubs.AMQPAnnotatedMessageBody{Value: `{"a":1}`}, `{"a":1}`},
		"bytes":           {azeventhubs.AMQPAnnotatedMessageBody{Value: []byte(`{"a":1}`)}, `{"a":1}`},
		"map":             {azeventhubs.AMQPAnnotatedMessageBody{Value: map[string]any{"a": int32(1)}}, `{"a":1}`},
		"map of any":      {azeventhubs.AMQPAnnotatedMessageBody{Value: map[any]any{amqpSymbol("a"): []any{true, nil}}}, `{"a":[true,null]}`},
		"number":          {azeventhubs.AMQPAnnotatedMessageBody{Value: int64(9007199254740993)}, "9007199254740993"},
		"time":            {azeventhubs.AMQPAnnotatedMessageBody{Value: time.Unix(0, 0)}, `"1970-01-01T00:00:00Z"`},
		"uuid":            {azeventhubs.AMQPAnnotatedMessageBody{Value: amqp.UUID{15: 1}}, `"00000000-0000-0000-0000-000000000001"`},
		"sequence":        {azeventhubs.AMQPAnnotatedMessageBody{Sequence: [][]any{{map[string]any{"a": "b"}}, {"c"}}}, `[{"a":"b"},"c"]`},
		"bytes that JSON": {azeventhubs.AMQPAnnotatedMessageBody{Sequence: [][]any{{[]byte(`{"a":1}`)}, {[]byte{0xff}}}}, `[{"a":1},"/w=="]`},
	} {
		e := &azeventhubs.ReceivedEventData{RawAMQPMessage: &azeventhubs.AMQPAnnotatedMessage{Body: c.body}}
		if len(c.body.Data) == 1 {
			e.Body = c.body.Data[0] // as the library does
		}
		if got := string(bodyOf(e)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

type amqpSymbol string

func (s amqpSymbol) String() string { return string(s) }
