package wire

import (
	"encoding/binary"
	"time"
)

// openComposite writes the descriptor of a composite type and opens its list.
// Composites are always written with all their fields: some clients look at
// fields by position without looking at the length.
func openComposite(b []byte, code byte) (_ []byte, at int) {
	return openCompound(append(b, codeDescribed, codeUlong8, code))
}

// The functions below write a field, and null for one that is absent.

func appendText(b []byte, s string) []byte {
	if s == "" {
		return AppendNull(b)
	}
	return AppendString(b, s)
}

func appendSymbol(b []byte, s Symbol) []byte {
	if s == "" {
		return AppendNull(b)
	}
	return AppendSymbol(b, s)
}

func appendSymbols(b []byte, s []Symbol) []byte {
	if len(s) == 0 {
		return AppendNull(b)
	}
	return appendArray(b, anys(s))
}

func appendMapping(b []byte, m Map) []byte {
	if m == nil {
		return AppendNull(b)
	}
	return AppendMap(b, m)
}

func appendOptional(b, v []byte) []byte {
	if v == nil {
		return AppendNull(b)
	}
	return AppendBinary(b, v)
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return AppendNull(b)
	}
	return AppendTimestamp(b, t)
}

func appendUbyte(b []byte, v uint8) []byte { return append(b, codeUbyte, v) }

func appendUshort(b []byte, v uint16) []byte {
	return append(b, codeUshort, byte(v>>8), byte(v))
}

func appendMaybeUint(b []byte, v uint32, present bool) []byte {
	if !present {
		return AppendNull(b)
	}
	return AppendUint(b, v)
}

// descriptor reads the descriptor of a type of the protocol, which is a number
// below 256 or its name, and returns how long it is.
func descriptor(b []byte) (code uint64, n int, err error) {
	if len(b) == 0 {
		return 0, 0, ErrShort
	}
	n, err = primitiveExtent(b)
	if err != nil {
		return 0, 0, err
	}
	switch b[0] {
	case codeUlong8:
		return uint64(b[1]), n, nil
	case codeUlong:
		return binary.BigEndian.Uint64(b[1:]), n, nil
	case codeUlong0:
		return 0, n, nil
	case codeSymbol8, codeSymbol32:
		text, _ := Text(b[:n])
		if code := named(text); code != 0 {
			return code, n, nil
		}
		return 0, 0, malformed("unknown descriptor %.40q", text)
	}
	return 0, 0, malformed("a descriptor of encoding 0x%02x", b[0])
}

// named is the number of the type with the given name, 0 if there is none.
func named(name []byte) uint64 {
	switch string(name) {
	case "amqp:open:list":
		return codeOpen
	case "amqp:begin:list":
		return codeBegin
	case "amqp:attach:list":
		return codeAttach
	case "amqp:flow:list":
		return codeFlow
	case "amqp:transfer:list":
		return codeTransfer
	case "amqp:disposition:list":
		return codeDisposition
	case "amqp:detach:list":
		return codeDetach
	case "amqp:end:list":
		return codeEnd
	case "amqp:close:list":
		return codeClose
	case "amqp:error:list":
		return codeError
	}
	if code := namedState(name); code != 0 {
		return code
	}
	return namedSection(name)
}

func namedState(name []byte) uint64 {
	switch string(name) {
	case "amqp:received:list":
		return codeReceived
	case "amqp:accepted:list":
		return codeAccepted
	case "amqp:rejected:list":
		return codeRejected
	case "amqp:released:list":
		return codeReleased
	case "amqp:modified:list":
		return codeModified
	case "amqp:source:list":
		return codeSource
	case "amqp:target:list":
		return codeTarget
	case "amqp:coordinator:list":
		return codeCoordinator
	case "amqp:sasl-mechanisms:list":
		return codeSASLMechanisms
	case "amqp:sasl-init:list":
		return codeSASLInit
	case "amqp:sasl-outcome:list":
		return codeSASLOutcome
	}
	return 0
}

func namedSection(name []byte) uint64 {
	switch string(name) {
	case "amqp:header:list":
		return SectionHeader
	case "amqp:delivery-annotations:map":
		return SectionDeliveryAnnotations
	case "amqp:message-annotations:map":
		return SectionMessageAnnotations
	case "amqp:properties:list":
		return SectionProperties
	case "amqp:application-properties:map":
		return SectionApplicationProperties
	case "amqp:data:binary":
		return SectionData
	case "amqp:amqp-sequence:list":
		return SectionSequence
	case "amqp:amqp-value:*":
		return SectionValue
	case "amqp:footer:map":
		return SectionFooter
	}
	return 0
}
