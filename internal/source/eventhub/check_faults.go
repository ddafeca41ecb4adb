package eventhub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"

	"nephoscope/internal/remote"
	"nephoscope/internal/source/eventhub/wire"
)

// timedOut tells whether the peer was silent for too long.
func timedOut(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}

// unconnected says why no connection came about.
func unconnected(address string, transport remote.Transport, err error) outcome {
	o := outcome{status: Failed, detail: address + " cannot be reached: " + err.Error(), remedy: "check the network"}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		o.detail, o.remedy = address+" refuses connections", "check host and port: nothing listens there"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		o.detail, o.remedy = "there is no way to "+address, "check the route, or the private endpoint"
	case timedOut(err):
		o.detail, o.remedy = address+" does not answer", "a firewall may drop the connection: let the port through"
		if transport == remote.AMQP {
			o.remedy += ", or use transport websocket, which needs 443 only"
		}
	}
	return o
}

// unsecured says why the handshake failed.
func unsecured(host string, err error) outcome {
	o := outcome{status: Failed, detail: "the handshake with " + host + " failed: " + err.Error(), remedy: "check what stands between: a proxy that looks into TLS would do this"}
	var (
		other     tls.RecordHeaderError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &other):
		o.detail, o.remedy = host+" does not speak TLS at this port", "check the port; for an emulator, add UseDevelopmentEmulator=true to the connection string"
	case errors.As(err, &authority):
		o.detail, o.remedy = "the certificate of "+host+" is signed by nobody that is trusted here", "name the authority's certificate in caFile"
	case errors.As(err, &name):
		o.detail, o.remedy = "the certificate is not for "+host+": "+name.Error(), "use the namespace's own name; customEndpoint says what to dial"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		o.detail, o.remedy = "the certificate of "+host+" has expired, or this machine's clock is wrong", "check the clock first"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		o.detail, o.remedy = host+" hung up during the handshake", "a firewall of the namespace may shut this address out: see its Networking page"
	case timedOut(err):
		o.detail, o.remedy = host+" does not go on with the handshake", "a firewall may hold it up; try transport websocket"
	}
	return o
}

// noSocket says why there is no websocket.
func noSocket(host string, proxy *url.URL, err error) outcome {
	var verification *tls.CertificateVerificationError
	var other tls.RecordHeaderError
	if errors.As(err, &verification) || errors.As(err, &other) {
		return unsecured(host, err)
	}
	o := outcome{status: Failed, detail: host + " takes no websocket: " + err.Error(), remedy: "check that this is the host of an Event Hubs namespace"}
	if proxy != nil {
		o.remedy = "check that the proxy " + proxy.Host + " lets CONNECT to port 443 of " + host + " through, and its user and password"
	}
	return o
}

// notLetIn says why the namespace does not let us in.
func notLetIn(t *wire.Target, err error) outcome {
	o := outcome{status: Failed, detail: err.Error(), remedy: "try again"}
	switch kind := wire.KindOf(err); {
	case kind == wire.Unauthorized && t.Credential != nil:
		o.detail, o.remedy = noToken(err)
	case kind == wire.Unauthorized:
		o.detail, o.remedy = badKey(t, err)
	case kind == wire.Busy:
		o.detail, o.remedy = "the namespace is at its limit", "try again later, or give it more throughput units"
	case timedOut(err):
		o.detail, o.remedy = t.DialAddress()+" takes the connection but does not answer", "check that it is an Event Hubs namespace, and the port: "+spoken(t.Transport)
	case errors.Is(err, io.EOF) && t.Transport == remote.Kafka:
		o.detail, o.remedy = t.DialAddress()+" hung up when it was greeted", "check key and policy, and that the namespace has a tier with Kafka: Standard or above"
	case kind == wire.Lost:
		o.remedy = "check that this is an Event Hubs namespace, and the port: " + spoken(t.Transport)
	}
	return o
}

func spoken(transport remote.Transport) string {
	return map[remote.Transport]string{
		remote.AMQP: "AMQP is at 5671", remote.WebSocket: "websockets are at 443", remote.Kafka: "Kafka is at 9093",
	}[transport]
}

// noToken tells a credential that gives no token from one that the namespace
// does not take.
func noToken(err error) (detail, remedy string) {
	if wire.FromCredential(err) {
		return "Entra ID gave no token: " + err.Error(), "check tenant, client and secret of the credential"
	}
	return "the namespace does not take the identity: " + err.Error(), "give it the role Azure Event Hubs Data Receiver; a new role takes some minutes"
}

// badKey tells the reasons for which a token that was made with a key is
// refused. The service has one code for all and tells them in its text, which
// is looked at for the words to say only.
func badKey(t *wire.Target, err error) (detail, remedy string) {
	policy := who(t)
	text := strings.ToLower(err.Error())
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("expired"):
		return "the token of " + policy + " has expired for the namespace", "check this machine's clock: tokens are made with it"
	case has("unknown policy", "issuer"):
		return "the namespace has no " + policy, "check the policy's name; a policy of one hub is good for that hub only"
	case has("signature"):
		return "the key is not that of " + policy, "copy the key again: it may have been regenerated"
	case has("another resource", "audience"):
		return "the token of " + policy + " is for another hub or namespace", "use a policy of this hub or of the namespace"
	}
	return "the namespace refuses " + policy + ": " + err.Error(), "check policy and key"
}
