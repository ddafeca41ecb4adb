// Package azure is our side of Azure's control plane: who we are (Config,
// Credential), the calls of Resource Manager that we need (Client), and the
// two settings that make Azure stream its Activity Log: log profiles and
// diagnostic settings of subscriptions.
//
// It stands beside the journey: a source takes a credential from here, and
// what is set here is what a source receives later.
//
// Invariants: a secret is read from a file or an environment variable, and
// appears in no error, log or printed value. A token leaves the process over
// TLS only, or to a loopback address. Nothing is written to Azure before
// everything that can be checked by reading has been checked.
package azure

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// moduleVersion stands in the user agent of our requests.
const moduleVersion = "v1.0.0"

// ClientOptions are what tests and callers with a clock of their own set.
type ClientOptions struct {
	// Now is the clock by which retirement dates are told, time.Now if nil.
	Now func() time.Time
	// Wait pauses between two looks at something that takes its time. It
	// returns early, with the context's error, when the context ends. The
	// default waits in real time.
	Wait func(ctx context.Context, d time.Duration) error
}

// A Client calls Azure Resource Manager. It may be used by several
// goroutines. Calls that Azure throttles or that fail on its side are
// repeated a few times, as Azure asks for.
type Client struct {
	cloud Cloud
	cred  azcore.TokenCredential
	arm   *arm.Client
	now   func() time.Time
	wait  func(context.Context, time.Duration) error
}

// NewClient returns a client for the cloud and the credential of a
// configuration. Nothing is asked yet.
func NewClient(c Config, opt ClientOptions) (*Client, error) {
	cred, err := Credential(c)
	if err != nil {
		return nil, err
	}
	transport, err := c.options()
	if err != nil {
		return nil, err
	}
	client, err := arm.NewClient("nephoscope", moduleVersion, cred, &arm.ClientOptions{
		ClientOptions: transport,
		// A provider is registered when somebody asks for it, not by the way.
		DisableRPRegistration: true,
	})
	if err != nil {
		return nil, fmt.Errorf("client of Resource Manager: %w", err)
	}
	made := &Client{cloud: c.Which(), cred: cred, arm: client, now: opt.Now, wait: opt.Wait}
	if made.now == nil {
		made.now = time.Now
	}
	if made.wait == nil {
		made.wait = pause
	}
	return made, nil
}

// pause waits in real time.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// A request is one call to Resource Manager.
type request struct {
	method  string
	path    string // below the endpoint, begins with /subscriptions or /providers
	version string // of the API
	body    any    // sent as JSON, nothing if nil
}

// address returns where the request goes.
func (c *Client) address(r request) string {
	return c.cloud.Endpoint + r.path + "?api-version=" + url.QueryEscape(r.version)
}

// get reads one resource.
func (c *Client) get(ctx context.Context, path, version string, into any) error {
	_, err := c.do(ctx, request{method: http.MethodGet, path: path, version: version}, into)
	return err
}

// do makes a call and decodes its answer into a value, unless that is nil or
// the answer is empty. It returns the HTTP status. An answer that says no is
// a *Refusal.
func (c *Client) do(ctx context.Context, r request, into any) (int, error) {
	return c.send(ctx, r.method, c.address(r), r.body, into)
}

func (c *Client) send(ctx context.Context, method, address string, body, into any) (int, error) {
	req, err := runtime.NewRequest(ctx, method, address)
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w", method, address, err)
	}
	req.Raw().Header.Set("Accept", "application/json")
	if body != nil {
		if err := runtime.MarshalAsJSON(req, body); err != nil {
			return 0, fmt.Errorf("%s %s: %w", method, address, err)
		}
	}
	answer, err := c.arm.Pipeline().Do(req)
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w", method, plain(address), shortened(err))
	}
	defer func() { _ = answer.Body.Close() }() // read whole by the pipeline
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return answer.StatusCode, refusal(method, address, answer)
	}
	data, err := runtime.Payload(answer)
	if err == nil && into != nil && len(data) > 0 {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		return answer.StatusCode, fmt.Errorf("read answer to %s %s: %w", method, plain(address), err)
	}
	return answer.StatusCode, nil
}

// plain cuts the query off an address.
func plain(address string) string {
	before, _, _ := strings.Cut(address, "?")
	return before
}

// A page is one page of a list.
type page[T any] struct {
	Value []T    `json:"value"`
	Next  string `json:"nextLink"`
}

// errForeignPage keeps a token from following a link out of the cloud.
var errForeignPage = errors.New("the next page lies on another host: not followed, it would get our token")

// list reads all pages of a list.
func list[T any](ctx context.Context, c *Client, path, version string) ([]T, error) {
	var all []T
	next := c.address(request{path: path, version: version})
	for next != "" {
		var p page[T]
		if _, err := c.send(ctx, http.MethodGet, next, nil, &p); err != nil {
			return nil, err
		}
		all = append(all, p.Value...)
		if next = p.Next; next != "" && !strings.HasPrefix(next, c.cloud.Endpoint+"/") {
			return nil, fmt.Errorf("list %s: %w", path, errForeignPage)
		}
	}
	return all, nil
}

// who returns the object id of whoever the credential stands for, empty if
// its token does not tell.
func (c *Client) who(ctx context.Context) string {
	token, err := c.cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.cloud.Audience + "/.default"}})
	if err != nil {
		return ""
	}
	return claimsOf(token.Token).Object
}

// claims are what we read from a token of Entra ID. Nothing is decided on
// them: they are not verified.
type claims struct {
	Object  string `json:"oid"`
	Expires int64  `json:"exp"`
}

// claimsOf reads a token's claims, none if it is no JSON web token.
func claimsOf(token string) (found claims) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(data, &found) != nil {
		return claims{}
	}
	return found
}
