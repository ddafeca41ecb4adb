package access

import "log/slog"

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

// ParseConnectionString reads
//
//	Endpoint=sb://HOST[:PORT]/;SharedAccessKeyName=N;SharedAccessKey=K[;EntityPath=HUB][;UseDevelopmentEmulator=true]
//
// in any order and case of the names, or SharedAccessSignature=TOKEN in place
// of name and key. Errors are *ConnectionStringError and never show a key.
func ParseConnectionString(text string) (ConnectionString, error) { return ConnectionString{}, nil }

// A ConnectionStringError says which part is wrong and how.
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

// Text is the whole connection string, with its key.
func (c ConnectionString) Text() string { return "" }

// String is the connection string with its key or token hidden.
func (c ConnectionString) String() string { return "" }

// GoString is String, so that no verb of fmt shows the key.
func (c ConnectionString) GoString() string { return c.String() }

// LogValue is String.
func (c ConnectionString) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Address is "host:port" to dial for AMQP, with the default port if none was
// written.
func (c ConnectionString) Address() string { return "" }

// Resource is the address to sign tokens for: "sb://host/hub".
func (c ConnectionString) Resource() string { return "" }
