package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// bodyOf returns an event's body as bytes. Nearly always it is one section of
// data, and is not copied. Several follow one another. A value is its text or
// its bytes if that is what it is; any other value, and a sequence, is written
// as JSON: publishers that send a map mean an object.
func bodyOf(e *azeventhubs.ReceivedEventData) []byte {
	if e.Body != nil || e.RawAMQPMessage == nil {
		return e.Body
	}
	body := &e.RawAMQPMessage.Body
	switch {
	case len(body.Data) > 0:
		return join(body.Data)
	case len(body.Sequence) > 0:
		return written(elements(body.Sequence))
	}
	switch v := body.Value.(type) {
	case nil:
		return nil
	case []byte:
		return v
	case string:
		return []byte(v)
	default:
		return written(v)
	}
}

func join(sections [][]byte) []byte {
	var whole []byte
	for _, s := range sections {
		whole = append(whole, s...)
	}
	return whole
}

// elements are those of all sequences.
func elements(sequences [][]any) []any {
	var all []any
	for _, s := range sequences {
		all = append(all, s...)
	}
	return all
}

// written returns a value as JSON.
func written(v any) []byte {
	text, err := json.Marshal(jsonOf(v))
	if err != nil { // a number that JSON has no words for
		return fmt.Append(nil, v)
	}
	return text
}

// jsonOf turns a value of AMQP into one that JSON has.
func jsonOf(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = jsonOf(v[i])
		}
		return list
	case map[any]any:
		object := make(map[string]any, len(v))
		for key, value := range v {
			object[fmt.Sprint(key)] = jsonOf(value)
		}
		return object
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, value := range v {
			object[key] = jsonOf(value)
		}
		return object
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case []byte:
		if json.Valid(v) {
			return json.RawMessage(v)
		}
		return base64.StdEncoding.EncodeToString(v)
	case fmt.Stringer:
		return v.String()
	}
	return v
}
