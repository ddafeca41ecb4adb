package eventhub

import (
	"github.com/zeebo/xxh3"

	"nephoscope/internal/schema"
)

// A message is what one event of the hub holds: records of one key, in order.
type message struct {
	records []record
	body    []byte
}

// id identifies the message by what is in it: the same records delivered again
// in the same message have the same id.
func (m *message) id() string {
	h := xxh3.New()
	for i := range m.records {
		_, _ = h.WriteString(m.records[i].id + "\n") // a hash takes everything
	}
	return schema.ID(h.Sum128().Bytes()).String()
}

// fill puts records into messages.
func (c *Config) fill(list []record) (messages []message) {
	for len(list) > 0 {
		n, size := 1, len(c.open())+len(list[0].text)+len(c.shut())
		for n < len(list) && n < c.Records && size+1+len(list[n].text) <= c.MessageBytes {
			size += 1 + len(list[n].text)
			n++
		}
		messages = append(messages, c.message(list[:n]))
		list = list[n:]
	}
	return messages
}

// message makes the message of some records.
func (c *Config) message(list []record) message {
	size := len(c.open()) + len(c.shut())
	for i := range list {
		size += len(list[i].text) + 1
	}
	body := append(make([]byte, 0, size), c.open()...)
	for i := range list {
		if i > 0 {
			body = append(body, c.between())
		}
		body = append(body, list[i].text...)
	}
	return message{records: list, body: append(body, c.shut()...)}
}

func (c *Config) open() string {
	if c.Envelope == Lines {
		return ""
	}
	return `{"records":[`
}

func (c *Config) between() byte {
	if c.Envelope == Lines {
		return '\n'
	}
	return ','
}

func (c *Config) shut() string {
	if c.Envelope == Lines {
		return "\n"
	}
	return "]}"
}
