package access

import (
	"net"
	"strconv"
	"strings"
)

// endpoint reads sb://HOST[:PORT][/].
func endpoint(text string) (host string, port int, err error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || !strings.EqualFold(scheme, "sb") {
		return "", 0, bad(partEndpoint, "%s does not begin with sb://", visible(text))
	}
	address, path, _ := strings.Cut(rest, "/")
	if strings.Trim(path, "/") != "" {
		return "", 0, bad(partEndpoint, "%s has a path; the hub belongs into %s", visible(text), partEntity)
	}
	host, digits := address, ""
	if i := strings.LastIndexByte(address, ':'); i >= 0 && !strings.HasSuffix(address, "]") {
		host, digits = address[:i], address[i+1:]
		if port, err = strconv.Atoi(digits); err != nil || port < 1 || port > 65535 {
			return "", 0, bad(partEndpoint, "%s has a bad port; 1 to 65535 was expected", visible(text))
		}
	}
	host, valid := hostName(host)
	if !valid {
		return "", 0, bad(partEndpoint, "%s has no good host name", visible(text))
	}
	return host, port, nil
}

// visible quotes an endpoint, unless another part with a key may have slipped
// into it.
func visible(text string) string {
	if strings.Contains(text, "=") || len(text) > 200 {
		return "(not shown)"
	}
	return strconv.Quote(text)
}

// hostName checks a host name, or an IPv6 address in brackets, which it takes
// off.
func hostName(host string) (string, bool) {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		return inner, ok && net.ParseIP(inner) != nil
	}
	for i := range len(host) {
		if c := host[i]; !alphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return "", false
		}
	}
	return host, host != ""
}

// Address is "host:port" to dial for AMQP, with the default port if none was
// written.
func (c ConnectionString) Address() string {
	port := c.Port
	switch {
	case port == 0 && c.Emulator:
		port = 5672
	case port == 0:
		port = 5671
	}
	return net.JoinHostPort(c.Host, strconv.Itoa(port))
}

// Resource is the address to sign tokens for: "sb://host/hub".
func (c ConnectionString) Resource() string {
	return "sb://" + c.authority() + "/" + c.EntityPath
}

// authority is host and port as they are written in an address.
func (c ConnectionString) authority() string {
	if c.Port != 0 {
		return net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	}
	if strings.Contains(c.Host, ":") {
		return "[" + c.Host + "]"
	}
	return c.Host
}
