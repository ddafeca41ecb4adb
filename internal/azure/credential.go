package azure

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Credential returns what a configuration describes. It reads secrets and
// certificates but asks nobody: whether Entra ID accepts them shows with the
// first token. The credential may be used by several goroutines.
func Credential(c Config) (azcore.TokenCredential, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("azure credential: %w", err)
	}
	opt, err := c.options()
	if err != nil {
		return nil, err
	}
	cred, err := c.credential(opt)
	if err != nil {
		return nil, fmt.Errorf("azure credential, method %s: %w", cmp.Or(c.Method, MethodDefault), err)
	}
	return cred, nil
}

// private tells whether the authority is one that Microsoft's list of
// instances cannot know, so that it must not be asked.
func (c Config) private() bool { return c.Authority != "" }

func (c Config) credential(opt policy.ClientOptions) (azcore.TokenCredential, error) {
	switch c.Method {
	case MethodSecret:
		secret, err := c.Secret.Read()
		if err != nil {
			return nil, err
		}
		return azidentity.NewClientSecretCredential(c.Tenant, c.Client, secret,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: opt, DisableInstanceDiscovery: c.private()})
	case MethodCertificate:
		return c.certificate(opt)
	case MethodManaged:
		managed := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: opt}
		if c.Client != "" {
			managed.ID = azidentity.ClientID(c.Client)
		}
		return azidentity.NewManagedIdentityCredential(managed)
	case MethodWorkload:
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions: opt, TenantID: c.Tenant, ClientID: c.Client, TokenFilePath: c.Token.File, DisableInstanceDiscovery: c.private(),
		})
	case MethodCLI:
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: c.Tenant})
	case MethodToken:
		return given{c.Token}, nil
	default:
		return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
			ClientOptions: opt, TenantID: c.Tenant, DisableInstanceDiscovery: c.private(),
		})
	}
}

func (c Config) certificate(opt policy.ClientOptions) (azcore.TokenCredential, error) {
	data, err := os.ReadFile(c.Certificate)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	var password []byte
	if c.Password != (Secret{}) {
		text, err := c.Password.Read()
		if err != nil {
			return nil, err
		}
		password = []byte(text)
	}
	certs, key, err := azidentity.ParseCertificates(data, password)
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", c.Certificate, err)
	}
	return azidentity.NewClientCertificateCredential(c.Tenant, c.Client, certs, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: opt, DisableInstanceDiscovery: c.private()})
}

// options returns how clients of the SDK talk: to which cloud, trusting whom.
func (c Config) options() (policy.ClientOptions, error) {
	cloud := c.Which()
	opt := policy.ClientOptions{
		Cloud:     cloud.configuration(),
		Telemetry: policy.TelemetryOptions{ApplicationID: "nephoscope"},
		// Validate lets plain HTTP through for loopback only.
		InsecureAllowCredentialWithHTTP: strings.HasPrefix(cloud.Endpoint, "http:"),
		Retry:                           policy.RetryOptions{ShouldRetry: worthRepeating},
	}
	if c.CA == "" {
		return opt, nil
	}
	trusted, err := trusting(c.CA)
	if err != nil {
		return opt, err
	}
	opt.Transport = trusted
	return opt, nil
}

// worthRepeating tells whether a request may go better the next time: when the
// service was busy or broken, or the network was. A name that does not exist
// or a certificate that is not trusted stay so.
func worthRepeating(answer *http.Response, err error) bool {
	var unknown *net.DNSError
	var distrust *tls.CertificateVerificationError
	if err != nil {
		return !errors.As(err, &distrust) && (!errors.As(err, &unknown) || !unknown.IsNotFound)
	}
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// trusting returns a client that trusts the certificates of a file beside
// those of the system.
func trusting(path string) (*http.Client, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("ca: %s holds no certificate: want PEM", path)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport}, nil
}

// given is a token that somebody else renews. It is read again each time.
type given struct{ Secret }

// GetToken returns the token, whatever scope is asked for.
func (g given) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := g.Read()
	if err != nil {
		return azcore.AccessToken{}, err
	}
	expires := time.Now().Add(10 * time.Minute) // unless the token tells: look again soon
	if end := claimsOf(token).Expires; end > 0 {
		expires = time.Unix(end, 0)
	}
	if !expires.After(time.Now()) {
		return azcore.AccessToken{}, fmt.Errorf("the token of %s ran out at %s: renew it, for example with 'az account get-access-token'",
			g, expires.UTC().Format(time.RFC3339))
	}
	return azcore.AccessToken{Token: token, ExpiresOn: expires}, nil
}
