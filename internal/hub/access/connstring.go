package access

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// A ConnectionString says where a namespace is and how to get in, with a key
// or with a ready token.
type ConnectionString struct {
	// Host is the namespace's host name, without port.
	Host string
	// Port is the port that was written, 0 for none: 5671 for AMQP, 5672 with
	// Emulator.
	Port int
	// KeyName and Key are a policy's; empty with Signature.
	KeyName, Key string
	// Signature is a ready token, with its prefix; empty with Key.
	Signature string
	// EntityPath is the hub, "" if the string is for the namespace.
	EntityPath string
	// Emulator is UseDevelopmentEmulator=true: plain AMQP.
	Emulator bool
}

// The names of the parts.
const (
	partEndpoint  = "Endpoint"
	partKeyName   = "SharedAccessKeyName"
	partKey       = "SharedAccessKey"
	partSignature = "SharedAccessSignature"
	partEntity    = "EntityPath"
	partEmulator  = "UseDevelopmentEmulator"
)

// A ConnectionStringError says which part is wrong and how. It shows no key.
type ConnectionStringError struct {
	// Part is the name of the part ("Endpoint"), "" if it has none.
	Part string
	// Problem is what is wrong, with what is expected.
	Problem string
}

func (e *ConnectionStringError) Error() string {
	if e.Part == "" {
		return "connection string: " + e.Problem
	}
	return "connection string: " + e.Part + ": " + e.Problem
}

func bad(part, format string, args ...any) error {
	return &ConnectionStringError{Part: part, Problem: fmt.Sprintf(format, args...)}
}

// ParseConnectionString reads
//
//	Endpoint=sb://HOST[:PORT]/;SharedAccessKeyName=N;SharedAccessKey=K[;EntityPath=HUB][;UseDevelopmentEmulator=true]
//
// in any order and case of the names, or SharedAccessSignature=TOKEN in place
// of name and key. Errors are *ConnectionStringError.
func ParseConnectionString(text string) (ConnectionString, error) {
	values, err := parts(text)
	if err != nil {
		return ConnectionString{}, err
	}
	if err := complete(values); err != nil {
		return ConnectionString{}, err
	}
	c := ConnectionString{
		KeyName: values[partKeyName], Key: values[partKey], Signature: values[partSignature], EntityPath: values[partEntity],
	}
	if c.Host, c.Port, err = endpoint(values[partEndpoint]); err != nil {
		return ConnectionString{}, err
	}
	switch flag := values[partEmulator]; {
	case strings.EqualFold(flag, "true"):
		c.Emulator = true
	case flag != "" && !strings.EqualFold(flag, "false"):
		return ConnectionString{}, bad(partEmulator, "it is neither true nor false")
	}
	return c, nil
}

// parts cuts the text into named values.
func parts(text string) (map[string]string, error) {
	values := map[string]string{}
	for i, part := range strings.Split(text, ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, bad("", "part %d has no '='; a name was expected: %s", i+1, partNames())
		}
		known := partName(strings.TrimSpace(name))
		switch _, twice := values[known]; {
		case known == "":
			return nil, bad("", "part %d has the unknown name %s; known are %s", i+1, shown(name), partNames())
		case twice:
			return nil, bad(known, "it is there twice")
		}
		if values[known] = strings.TrimSpace(value); values[known] == "" {
			return nil, bad(known, "it is empty")
		}
	}
	return values, nil
}

func partNames() string {
	return strings.Join([]string{partEndpoint, partKeyName, partKey, partSignature, partEntity, partEmulator}, ", ")
}

// partName is a name as we write it, "" if we do not know it.
func partName(name string) string {
	for _, known := range []string{partEndpoint, partKeyName, partKey, partSignature, partEntity, partEmulator} {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return ""
}

// shown quotes a name, unless it looks like a piece of a key.
func shown(name string) string {
	name = strings.TrimSpace(name)
	for _, c := range name {
		if c != ' ' && c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "(not shown)"
		}
	}
	if len(name) > 30 {
		return "(not shown)"
	}
	return strconv.Quote(name)
}

// complete tells which part is missing, or one too many.
func complete(values map[string]string) error {
	has := func(part string) bool { _, ok := values[part]; return ok }
	switch {
	case len(values) == 0:
		return bad("", "it is empty")
	case !has(partEndpoint):
		return bad(partEndpoint, "it is missing; sb://HOST/ was expected")
	case has(partSignature) && (has(partKeyName) || has(partKey)):
		return bad(partSignature, "it stands beside %s or %s; only one way in can be used", partKeyName, partKey)
	case has(partSignature):
		if !IsSAS(values[partSignature]) {
			return bad(partSignature, "it does not begin with %q", tokenPrefix)
		}
		return nil
	case !has(partKeyName) && !has(partKey):
		return bad(partKeyName, "it is missing, and so is %s; %s would do in their place", partKey, partSignature)
	case !has(partKeyName):
		return bad(partKeyName, "it is missing; the name of the policy that %s is of was expected", partKey)
	case !has(partKey):
		return bad(partKey, "it is missing; a key of the policy that %s names was expected", partKeyName)
	}
	return nil
}

// Text is the whole connection string, with its key.
func (c ConnectionString) Text() string { return c.write(c.Key, c.Signature) }

// String is the connection string with its key or token hidden.
func (c ConnectionString) String() string { return c.write("***", "***") }

func (c ConnectionString) write(key, signature string) string {
	text := partEndpoint + "=sb://" + c.authority() + "/"
	if c.Signature != "" {
		text += ";" + partSignature + "=" + signature
	} else {
		text += ";" + partKeyName + "=" + c.KeyName + ";" + partKey + "=" + key
	}
	if c.EntityPath != "" {
		text += ";" + partEntity + "=" + c.EntityPath
	}
	if c.Emulator {
		text += ";" + partEmulator + "=true"
	}
	return text
}

// GoString is String, so that no verb of fmt shows the key.
func (c ConnectionString) GoString() string { return c.String() }

// LogValue is String.
func (c ConnectionString) LogValue() slog.Value { return slog.StringValue(c.String()) }
