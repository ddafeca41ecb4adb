package wire

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"
)

// performatives is one of each with everything set, the number of its fields,
// and one with nothing set.
func performatives() []struct {
	full, zero Performative
	fields     int
} {
	filter := Map{{Symbol("apache.org:selector-filter:string"), Described{uint64(0x0000468c00000004), "x > '1'"}}}
	caps := []Symbol{"a", "b"}
	properties := Map{{Symbol("product"), "p"}, {Symbol("n"), int64(1)}}
	fault := &Error{Condition: "amqp:not-found", Description: "gone", Info: Map{{Symbol("k"), "v"}}}
	source := &Terminus{
		Address: "hub", Durable: 1, ExpiryPolicy: "never", Timeout: 2, Dynamic: true, DynamicProperties: Map{},
		DistributionMode: "move", Filter: filter, DefaultOutcome: Described{uint64(codeReleased), List{}},
		Outcomes: caps, Capabilities: caps,
	}
	target := &Terminus{Address: "t", Durable: 2, ExpiryPolicy: "session-end", Timeout: 1, Capabilities: caps}
	return []struct {
		full, zero Performative
		fields     int
	}{
		{&Open{
			ContainerID: "c", Hostname: "h", MaxFrameSize: 65536, ChannelMax: 4999, IdleTimeout: 240 * time.Second,
			OutgoingLocales: caps, IncomingLocales: caps, OfferedCapabilities: caps, DesiredCapabilities: caps, Properties: properties,
		}, &Open{}, 10},
		{&Begin{
			RemoteChannel: 0, HasRemoteChannel: true, NextOutgoingID: 1, IncomingWindow: 5000, OutgoingWindow: 5000,
			HandleMax: 255, OfferedCapabilities: caps, DesiredCapabilities: caps, Properties: properties,
		}, &Begin{}, 8},
		{&Attach{
			Name: "l", Handle: 3, Role: RoleReceiver, SndSettleMode: SenderUnsettled, RcvSettleMode: ReceiverSecond,
			Source: source, Target: target, Unsettled: Map{}, IncompleteUnsettled: true, MaxMessageSize: math.MaxUint64,
			OfferedCapabilities: caps, DesiredCapabilities: caps, Properties: properties,
		}, &Attach{}, 14},
		{&Attach{Name: "l", InitialDeliveryCount: 7, Target: &Terminus{Coordinator: true}}, &Attach{}, 14},
		{&Flow{
			NextIncomingID: 1, HasNextIncomingID: true, IncomingWindow: 2, NextOutgoingID: 3, OutgoingWindow: 4,
			Handle: 5, HasHandle: true, DeliveryCount: 6, HasDeliveryCount: true, LinkCredit: 7, HasLinkCredit: true,
			Available: 8, Drain: true, Echo: true,
		}, &Flow{}, 11},
		{&Transfer{
			Handle: 1, DeliveryID: 2, HasDeliveryID: true, DeliveryTag: []byte{3}, MessageFormat: FormatBatch,
			HasMessageFormat: true, Settled: true, More: true, State: State{Outcome: OutcomeAccepted}, Resume: true, Aborted: true,
		}, &Transfer{}, 11},
		{&Disposition{Role: RoleReceiver, First: 1, Last: 5, Settled: true, State: State{OutcomeRejected, fault}}, &Disposition{}, 6},
		{&Disposition{State: State{Outcome: OutcomeReleased}}, &Disposition{}, 6},
		{&Disposition{State: State{Outcome: OutcomeModified}}, &Disposition{}, 6},
		{&Disposition{State: State{Outcome: OutcomeRejected}}, &Disposition{}, 6},
		{&Detach{Handle: 1, Closed: true, Error: fault}, &Detach{}, 3},
		{&End{Error: fault}, &End{}, 1},
		{&Close{Error: fault}, &Close{}, 1},
	}
}

// TestPerformatives writes and reads each, and counts fields: some clients
// look at them by position without looking at the length.
func TestPerformatives(t *testing.T) {
	for _, c := range performatives() {
		for _, want := range []Performative{c.full, c.zero} {
			b := want.Append(nil)
			got, payload, err := new(Parser).Parse(append(b, "payload"...))
			if err != nil || !reflect.DeepEqual(got, want) || string(payload) != "payload" {
				t.Errorf("%+v comes back as %+v, %q, %v", want, got, payload, err)
			}
			checkFieldCount(t, want, b, c.fields)
		}
	}
}

func checkFieldCount(t *testing.T, p Performative, b []byte, want int) {
	t.Helper()
	v, _, err := Decode(b)
	if err != nil {
		t.Fatalf("%T: %v", p, err)
	}
	if n := len(v.(Described).Value.(List)); n != want {
		t.Errorf("%T has %d fields, want %d", p, n, want)
	}
}

func TestSASL(t *testing.T) {
	for _, c := range []struct {
		p      Performative
		fields int
	}{
		{&SASLMechanisms{Mechanisms: []Symbol{"ANONYMOUS"}}, 1},
		{&SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("\x00u\x00p"), Hostname: "h"}, 3},
		{&SASLInit{Mechanism: "ANONYMOUS", InitialResponse: []byte{}}, 3},
		{&SASLOutcome{Code: SASLAuth}, 2},
	} {
		b := c.p.Append(nil)
		got, err := ParseSASL(b)
		if err != nil || !reflect.DeepEqual(got, c.p) {
			t.Errorf("%+v comes back as %+v, %v", c.p, got, err)
		}
		checkFieldCount(t, c.p, b, c.fields)
	}
	if p, err := ParseSASL((&Open{}).Append(nil)); err == nil {
		t.Errorf("an open passes as %T of SASL", p)
	}
}

// TestGoldenFrames holds the bytes of frames to those worked out by hand from
// the specification.
func TestGoldenFrames(t *testing.T) {
	for _, c := range []struct {
		p    Performative
		want string
	}{
		{nil, "00000008" + "0200" + "0003"},
		{
			&Begin{RemoteChannel: 3, HasRemoteChannel: true, NextOutgoingID: 1, IncomingWindow: 5000, OutgoingWindow: 5000, HandleMax: 255},
			"00000022" + "0200" + "0003" + "005311" + "c01508" + "600003" + "5201" + "7000001388" + "7000001388" + "52ff" + "404040",
		},
		{
			&Disposition{Role: RoleReceiver, First: 1, Last: 3, Settled: true, State: State{Outcome: OutcomeAccepted}},
			"00000019" + "0200" + "0003" + "005315" + "c00c06" + "41" + "5201" + "5203" + "41" + "00532445" + "42",
		},
		{&Detach{Handle: 1, Closed: true}, "00000012" + "0200" + "0003" + "005316" + "c00503" + "5201" + "41" + "40"},
		{
			&Transfer{Handle: 0, DeliveryID: 300, HasDeliveryID: true, DeliveryTag: []byte{1, 2}, HasMessageFormat: true, Settled: true},
			"00000020" + "0200" + "0003" + "005314" + "c0130b" + "43" + "700000012c" + "a0020102" + "43" + "41" + "42" + "40" + "40" + "42" + "42" + "42",
		},
	} {
		got := AppendFrame([]byte{9}, FrameAMQP, 3, c.p)[1:]
		if want := unhex(t, c.want); !bytes.Equal(got, want) {
			t.Errorf("%T is\n%x, want\n%x", c.p, got, want)
		}
	}
}

func TestTransferFrameHead(t *testing.T) {
	widest := Transfer{
		Handle: math.MaxUint32, DeliveryID: math.MaxUint32, HasDeliveryID: true, DeliveryTag: make([]byte, 8),
		MessageFormat: math.MaxUint32, HasMessageFormat: true, Settled: true, More: true,
	}
	b := widest.AppendFrameHead(nil, 7, 3)
	if len(b) > MaxTransferHead {
		t.Errorf("a head of %d bytes, want at most %d", len(b), MaxTransferHead)
	}
	f, err := NewReader(bytes.NewReader(append(b, "abc"...)), 1000).Next()
	if err != nil {
		t.Fatal(err)
	}
	p, payload, err := new(Parser).Parse(f.Body)
	if err != nil || f.Channel != 7 || string(payload) != "abc" || !reflect.DeepEqual(p, &widest) {
		t.Errorf("the frame is %+v with %q on channel %d, %v", p, payload, f.Channel, err)
	}
}

// TestForgivenPerformatives reads what clients write that differs from us.
func TestForgivenPerformatives(t *testing.T) {
	composite := func(code uint64, fields ...any) []byte {
		return AppendValue(nil, Described{code, List(fields)})
	}
	source := Described{uint64(codeSource), List{"a"}}
	for _, c := range []struct {
		name string
		b    []byte
		want Performative
	}{
		{"trailing fields left out", composite(codeDisposition, true, uint32(4)), &Disposition{Role: RoleReceiver, First: 4, Last: 4}},
		{"no fields", composite(codeClose), &Close{}},
		{"more fields than known", composite(codeEnd, nil, "new"), &End{}},
		{"unlimited frames", composite(codeOpen, "c"), &Open{ContainerID: "c", MaxFrameSize: math.MaxUint32, ChannelMax: math.MaxUint16}},
		{"a short source", composite(codeAttach, "n", uint32(1), false, nil, nil, source), &Attach{
			Name: "n", Handle: 1, SndSettleMode: SenderMixed, Source: &Terminus{Address: "a"},
		}},
		{"one capability", composite(codeAttach, "n", uint32(1), false, nil, nil, nil, nil, nil, nil, nil, nil, nil, Symbol("c")), &Attach{
			Name: "n", Handle: 1, SndSettleMode: SenderMixed, DesiredCapabilities: []Symbol{"c"},
		}},
		{"a named descriptor", AppendValue(nil, Described{Symbol("amqp:detach:list"), List{uint32(2)}}), &Detach{Handle: 2}},
		{
			"a state of the transaction layer", composite(codeDisposition, true, uint32(0), nil, nil, Described{uint64(codeTransactional), List{[]byte{1}}}),
			&Disposition{Role: RoleReceiver},
		},
	} {
		got, _, err := new(Parser).Parse(c.b)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
}

func TestRefusedPerformatives(t *testing.T) {
	composite := func(code uint64, fields ...any) []byte {
		return AppendValue(nil, Described{code, List(fields)})
	}
	described := func(code uint64, v any) Described { return Described{code, v} }
	for name, b := range map[string][]byte{
		"nothing":                  nil,
		"no descriptor":            AppendValue(nil, List{}),
		"an unknown descriptor":    composite(0x19),
		"an unknown name":          AppendValue(nil, Described{Symbol("amqp:x"), List{}}),
		"a descriptor of text":     AppendValue(nil, Described{"amqp:open:list", List{}}),
		"a map":                    AppendValue(nil, described(codeOpen, Map{})),
		"a name of a number":       composite(codeOpen, uint32(1)),
		"a flag of a number":       composite(codeDetach, uint32(1), uint32(1)),
		"a handle of text":         composite(codeDetach, "1"),
		"a channel of a uint":      composite(codeBegin, uint32(1)),
		"an id of a long":          composite(codeTransfer, uint32(0), int64(1)),
		"a tag of text":            composite(codeTransfer, uint32(0), nil, "tag"),
		"properties of a list":     composite(codeOpen, "c", nil, nil, nil, nil, nil, nil, nil, nil, List{}),
		"capabilities of numbers":  composite(codeOpen, "c", nil, nil, nil, nil, nil, nil, Array{uint32(1)}),
		"a capability of a number": composite(codeOpen, "c", nil, nil, nil, nil, nil, nil, uint32(1)),
		"a source of a target":     composite(codeAttach, "n", uint32(0), true, nil, nil, described(codeTarget, List{})),
		"a target of a source":     composite(codeAttach, "n", uint32(0), true, nil, nil, nil, described(codeSource, List{})),
		"a source with a fault":    composite(codeAttach, "n", uint32(0), true, nil, nil, described(codeSource, List{uint32(1)})),
		"a settle mode of 3":       composite(codeAttach, "n", uint32(0), true, uint8(3)),
		"an error of a state":      composite(codeClose, described(codeAccepted, List{})),
		"a state of an error":      composite(codeDisposition, true, uint32(0), nil, nil, described(codeError, List{})),
		"fewer bytes than fields":  {0, codeUlong8, codeEnd, codeList8, 1, 2},
	} {
		if p, _, err := new(Parser).Parse(b); err == nil {
			t.Errorf("%s passes as %+v", name, p)
		}
	}
}

func TestHotPathsAllocateNothing(t *testing.T) {
	var p Parser
	transfer := &Transfer{Handle: 1, DeliveryID: 9, HasDeliveryID: true, DeliveryTag: []byte{1}, HasMessageFormat: true}
	disposition := &Disposition{Role: RoleReceiver, First: 1, Last: 2, Settled: true, State: State{Outcome: OutcomeAccepted}}
	flow := &Flow{HasHandle: true, LinkCredit: 1, HasLinkCredit: true}
	buf := make([]byte, 0, 1024)
	for _, v := range []Performative{transfer, disposition, flow} {
		t.Run(fmt.Sprintf("%T", v), func(t *testing.T) {
			if n := testing.AllocsPerRun(100, func() {
				b := AppendFrame(buf, FrameAMQP, 1, v)
				if _, _, err := p.Parse(b[frameHead:]); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}
