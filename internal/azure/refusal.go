package azure

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// A Refusal is an answer of Resource Manager that says no.
type Refusal struct {
	// Request is method and address, without the query.
	Request string
	// Status is the HTTP status.
	Status int
	// Code is Azure's word for the reason, for example AuthorizationFailed.
	Code string
	// Message is Azure's text.
	Message string
}

// Error says what was asked and what Azure answered.
func (r *Refusal) Error() string {
	text := fmt.Sprintf("%s: %d %s", r.Request, r.Status, http.StatusText(r.Status))
	if r.Code != "" && !strings.EqualFold(r.Code, strings.ReplaceAll(http.StatusText(r.Status), " ", "")) {
		text += ", " + r.Code
	}
	if r.Message != "" {
		text += ": " + r.Message
	}
	return text
}

// maxMessage bounds what is repeated of a foreign answer.
const maxMessage = 2_000

// refusal reads an answer that is not 2xx. Azure has three ways to put code
// and message, and proxies have more.
func refusal(method, address string, answer *http.Response) error {
	r := &Refusal{Request: method + " " + plain(address), Status: answer.StatusCode}
	data, err := runtime.Payload(answer)
	if err != nil {
		return r
	}
	var body struct {
		Code    string // both cases occur; the decoder ignores case
		Message string
		Error   json.RawMessage
	}
	if json.Unmarshal(data, &body) != nil {
		r.Message = clipped(strings.TrimSpace(string(data)))
		return r
	}
	var inner struct{ Code, Message string }
	if json.Unmarshal(body.Error, &inner) == nil && inner.Code+inner.Message != "" {
		body.Code, body.Message = inner.Code, inner.Message
	}
	r.Code, r.Message = body.Code, clipped(strings.Join(strings.Fields(body.Message), " "))
	return r
}

func clipped(text string) string {
	if len(text) > maxMessage {
		return strings.ToValidUTF8(text[:maxMessage], "") + "..."
	}
	return text
}

// refused returns the refusal in an error if it has one of the statuses.
func refused(err error, status ...int) (*Refusal, bool) {
	var r *Refusal
	if !errors.As(err, &r) {
		return nil, false
	}
	for _, s := range status {
		if r.Status == s {
			return r, true
		}
	}
	return nil, false
}

// shortened replaces the page-long errors of the identity library by the
// sentence in them that helps.
func shortened(err error) error {
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) {
		return err
	}
	return &SignInError{Reason: reasonOf(failed), cause: err}
}

// A SignInError says why Entra ID gave no token.
type SignInError struct {
	// Reason is Entra ID's own sentence, with its AADSTS code if it has one.
	Reason string

	cause error
}

// Error gives the reason and what to do about the usual ones.
func (e *SignInError) Error() string {
	text := "sign in to Entra ID: " + e.Reason
	for _, known := range []struct{ code, remedy string }{
		{"AADSTS7000215", "the secret is wrong: want the secret's value, not its id"},
		{"AADSTS7000222", "the secret has run out: make a new one in the app registration"},
		{"AADSTS700016", "there is no such application in this tenant: check client and tenant"},
		{"AADSTS90002", "there is no such tenant: check tenant and cloud"},
		{"AADSTS700027", "the certificate is not the one that the app registration knows: upload it there"},
		{"AADSTS700213", "no federated credential of the app registration matches the token's issuer and subject"},
	} {
		if strings.Contains(e.Reason, known.code) {
			return text + " (" + known.remedy + ")"
		}
	}
	return text
}

// Unwrap returns the library's error.
func (e *SignInError) Unwrap() error { return e.cause }

// reasonOf returns the first sentences of what Entra ID said.
func reasonOf(failed *azidentity.AuthenticationFailedError) string {
	if failed.RawResponse != nil {
		var body struct {
			Description string `json:"error_description"`
		}
		data, err := runtime.Payload(failed.RawResponse)
		if err == nil && json.Unmarshal(data, &body) == nil && body.Description != "" {
			text, _, _ := strings.Cut(body.Description, "Trace ID:")
			text, _, _ = strings.Cut(text, "\n")
			return clipped(strings.TrimSpace(text))
		}
	}
	return clipped(strings.Join(sentences(failed.Error()), " "))
}

// sentences returns the words of a text without rulers of hyphens and without
// the library's pointers to its own pages.
func sentences(text string) (words []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.Trim(line, "-") != "" && !strings.HasPrefix(line, "To troubleshoot, visit ") {
			words = append(words, strings.Fields(line)...)
		}
	}
	return words
}
