package hub

import (
	"fmt"
	"net/http"
	"strings"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/address"
)

// putToken is the node $cbs: a client brings a token for an audience, and its
// connection may do there what the token says until it runs out. Failures have
// a status and no condition: one client drops the status where there is one,
// and with it the reason, and all the others make one of the status.
func (p *peer) putToken(req request) reply {
	if op := req.text("operation"); op != "put-token" {
		return failed(http.StatusBadRequest, "", "operation %q: want put-token", op)
	}
	token := text(req.body)
	// What the client calls the type is not looked at: one calls them all jwt.
	if !access.IsSAS(token) {
		return failed(http.StatusUnauthorized, "",
			"the token is no shared access signature: this hub takes no others, such as those of Microsoft Entra ID")
	}
	path := access.EntityPath(req.text("name"))
	if len(path) > address.MaxLen {
		return failed(http.StatusBadRequest, "", "the name is longer than %d bytes", address.MaxLen)
	}
	again := func() (access.Grant, error) { return p.ns.verifier.Verify(token, path) }
	grant, err := again()
	if err != nil {
		return failed(http.StatusUnauthorized, "", "%s", err)
	}
	if p.isMissing(path) && !grant.Rights.Has(access.Manage) {
		return failed(http.StatusNotFound, "", "%s", p.notFound(path).Description)
	}
	if err := p.grant(path, again); err != nil {
		return failed(http.StatusForbidden, "", "%s", err)
	}
	return reply{code: http.StatusAccepted, description: "Accepted"}
}

// isMissing says whether a path leads to a hub that there is not.
func (p *peer) isMissing(path string) bool {
	name, _, _ := strings.Cut(path, "/")
	if name == "" || strings.HasPrefix(name, "$") {
		return false
	}
	_, err := p.ns.Hub(name)
	return err != nil
}

func failed(code int32, condition amqp.Symbol, format string, args ...any) reply {
	return reply{code: code, condition: condition, description: wire.Brief(fmt.Sprintf(format, args...))}
}
