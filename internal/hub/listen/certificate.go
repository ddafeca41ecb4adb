package listen

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The files of an authority, in its folder.
const (
	authorityCert = "ca.pem"
	authorityKey  = "ca-key.pem"
)

const (
	authorityYears = 10
	leafFor        = 365 * 24 * time.Hour
	renewBefore    = 30 * 24 * time.Hour
)

// An Authority is a certificate authority of our own, kept in a folder. It
// makes the server's certificate for the names that the server is called by,
// so that clients that are told of the authority's file can verify it:
// SSL_CERT_FILE (Go), NODE_EXTRA_CA_CERTS (Node), connection_verify (Python).
type Authority struct {
	// Path is the file with the authority's certificate.
	Path string

	names []string
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	now   func() time.Time

	mu   sync.Mutex
	leaf *tls.Certificate
}

// OpenAuthority opens the authority in a folder, or makes one if there is none
// or the old one has run out. Its certificates are valid for localhost,
// 127.0.0.1, ::1 and the names and IP addresses given. A nil now is time.Now.
func OpenAuthority(dir string, names []string, now func() time.Time) (*Authority, error) {
	if now == nil {
		now = time.Now
	}
	a := &Authority{
		Path:  filepath.Join(dir, authorityCert),
		names: append([]string{"localhost", "127.0.0.1", "::1"}, names...),
		now:   now,
	}
	err := a.load(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && now().Add(leafFor).After(a.cert.NotAfter) {
		err = a.create(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("certificate authority in %s: %w", dir, err)
	}
	_, err = a.certificate(nil)
	return a, err
}

// Config is a TLS configuration for a server with the authority's certificate,
// which is made anew before it runs out.
func (a *Authority) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: a.certificate}
}

// certificate is the server's certificate, whatever name the client asks for.
func (a *Authority) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.leaf != nil && a.now().Add(renewBefore).Before(a.leaf.Leaf.NotAfter) {
		return a.leaf, nil
	}
	leaf, err := a.issue()
	if err != nil {
		return nil, fmt.Errorf("make the server's certificate: %w", err)
	}
	a.leaf = leaf
	return leaf, nil
}

func (a *Authority) issue() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	from := a.now()
	template, err := newTemplate("nephoscope hub", from, from.Add(leafFor))
	if err != nil {
		return nil, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range a.names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, err
}

// newTemplate is what all of our certificates have in common. They are valid
// from an hour before, for clients whose clock is late.
func newTemplate(name string, from, to time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             from.Add(-time.Hour),
		NotAfter:              to,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
	}, err
}

func (a *Authority) load(dir string) error {
	pair, err := tls.LoadX509KeyPair(a.Path, filepath.Join(dir, authorityKey))
	if err != nil {
		return err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return fmt.Errorf("%s holds a %T: want an elliptic curve key; remove both files to make a new authority",
			authorityKey, pair.PrivateKey)
	}
	a.cert, a.key = pair.Leaf, key
	return nil
}

func (a *Authority) create(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	from := a.now()
	template, err := newTemplate("nephoscope hub authority", from, from.AddDate(authorityYears, 0, 0))
	if err != nil {
		return err
	}
	template.IsCA, template.MaxPathLenZero = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	a.key = key
	return a.save(dir, der)
}

// save writes the key first: a certificate without its key would be refused at
// the next start.
func (a *Authority) save(dir string, der []byte) error {
	secret, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, authorityKey), "PRIVATE KEY", secret, 0o600); err != nil {
		return err
	}
	return writePEM(a.Path, "CERTIFICATE", der, 0o644)
}

// writePEM makes a file durable before it has its name: an empty one would keep
// the server from starting after a crash.
func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: der})
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
