package wire

import "time"

// Properties are the standard properties of a message (spec section 3.2.4).
// Zero values are absent ones.
type Properties struct {
	MessageID          any // uint64, UUID, []byte or string
	UserID             []byte
	To                 string
	Subject            string
	ReplyTo            string
	CorrelationID      any // uint64, UUID, []byte or string
	ContentType        Symbol
	ContentEncoding    Symbol
	AbsoluteExpiryTime time.Time
	CreationTime       time.Time
	GroupID            string
	GroupSequence      uint32
	ReplyToGroupID     string
}

// DecodeProperties reads a properties section. Nil gives none. Binaries are
// slices of the section.
func DecodeProperties(section []byte) (Properties, error) {
	if len(section) == 0 {
		return Properties{}, nil
	}
	code, f, _, err := describedList(section)
	if err != nil {
		return Properties{}, err
	}
	if code != SectionProperties {
		return Properties{}, malformed("section 0x%02x where properties are due", code)
	}
	var p Properties
	p.MessageID = f.messageID()
	p.UserID = f.binary()
	p.To = f.string()
	p.Subject = f.string()
	p.ReplyTo = f.string()
	p.CorrelationID = f.messageID()
	p.ContentType = f.symbol()
	p.ContentEncoding = f.symbol()
	p.AbsoluteExpiryTime = f.timestamp()
	p.CreationTime = f.timestamp()
	p.GroupID = f.string()
	p.GroupSequence = f.uint(0)
	p.ReplyToGroupID = f.string()
	return p, f.end()
}

// messageID reads the identifier of a message.
func (f *fields) messageID() any {
	raw := f.next()
	if raw == nil {
		return nil
	}
	switch v := f.decode(raw).(type) {
	case uint64, UUID, []byte, string:
		return v
	}
	f.wrong(raw, "a message id")
	return nil
}

// AppendProperties writes a properties section with all its fields.
func AppendProperties(b []byte, p *Properties) []byte {
	b, at := openComposite(b, SectionProperties)
	b = AppendValue(b, p.MessageID)
	b = appendOptional(b, p.UserID)
	b = appendText(b, p.To)
	b = appendText(b, p.Subject)
	b = appendText(b, p.ReplyTo)
	b = AppendValue(b, p.CorrelationID)
	b = appendSymbol(b, p.ContentType)
	b = appendSymbol(b, p.ContentEncoding)
	b = appendTime(b, p.AbsoluteExpiryTime)
	b = appendTime(b, p.CreationTime)
	b = appendText(b, p.GroupID)
	b = AppendUint(b, p.GroupSequence)
	b = appendText(b, p.ReplyToGroupID)
	return closeCompound(b, at, codeList8, 13)
}
