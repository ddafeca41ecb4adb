package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	later = noon.Add(time.Hour)
)

// The clients make their tokens differently: which characters are encoded and
// how, and in which order the fields stand. What is signed is always the
// encoded resource as it stands in the token, a line feed, and the expiry.
var clients = []struct {
	name  string
	token func(resource, name, key string, expiry int64) string
}{
	{"Go", func(resource, name, key string, expiry int64) string {
		sr := strings.ToLower(url.QueryEscape(resource)) // the hex digits too
		return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s", sr, url.QueryEscape(hash(key, sr, expiry)), expiry, name)
	}},
	{"JavaScript", func(resource, name, key string, expiry int64) string {
		sr := component(resource)
		return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s", sr, component(hash(key, sr, expiry)), expiry, component(name))
	}},
	{"Python", func(resource, name, key string, expiry int64) string {
		sr := url.QueryEscape(resource)
		return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s", sr, url.QueryEscape(hash(key, sr, expiry)), expiry, name)
	}},
	{"Java", func(resource, name, key string, expiry int64) string {
		sr := url.QueryEscape(resource)
		return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s", sr, url.QueryEscape(hash(key, sr, expiry)), expiry, url.QueryEscape(name))
	}},
	{"other order, plus sign as it is", func(resource, name, key string, expiry int64) string {
		sr := component(resource)
		return fmt.Sprintf("SharedAccessSignature skn=%s&se=%d&sig=%s&sr=%s", name, expiry, strings.ReplaceAll(hash(key, sr, expiry), "=", "%3d"), sr)
	}},
	{"Sign", func(resource, name, key string, expiry int64) string {
		return Sign(resource, name, key, time.Unix(expiry, 0))
	}},
}

func hash(key, sr string, expiry int64) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write(fmt.Appendf(nil, "%s\n%d", sr, expiry))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// component encodes as JavaScript's encodeURIComponent, which leaves more
// characters alone.
func component(s string) string {
	s = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	for _, c := range "!'()*" {
		s = strings.ReplaceAll(s, url.QueryEscape(string(c)), string(c))
	}
	return s
}

// A scene is a namespace with a policy of its own and one of a hub.
type scene struct {
	root, hub Policy
	now       time.Time
	Verifier
}

func newScene(t testing.TB) *scene {
	s := &scene{root: mustPolicy(t, "RootManageSharedAccessKey", Manage), hub: mustPolicy(t, "sender", Send), now: noon}
	s.Verifier = Verifier{
		Namespace: func() Policies { return Policies{s.root} },
		Hub: func(name string) Policies {
			if strings.EqualFold(name, "Logs") {
				return Policies{s.hub}
			}
			return nil
		},
		Now: func() time.Time { return s.now },
	}
	return s
}

func TestVerifyClientTokens(t *testing.T) {
	s := newScene(t)
	for _, c := range clients {
		for _, resource := range []string{
			"sb://localhost:5671/Logs", "amqp://127.0.0.1:5672/Logs/ConsumerGroups/$Default/Partitions/0",
			"amqps://example.com/logs/$management", "https://example.com/Logs/Publishers/a b+c",
		} {
			t.Run(c.name+" "+resource, func(t *testing.T) {
				for _, key := range []string{s.root.PrimaryKey, s.root.SecondaryKey} {
					g, err := s.Verify(c.token(resource, s.root.Name, key, later.Unix()), resource)
					if err != nil {
						t.Fatal(err)
					}
					want := Grant{Rights: Manage, Path: g.Path, Expires: later, Policy: s.root.Name}
					if g != want || !strings.EqualFold(g.Path, EntityPath(resource)) {
						t.Errorf("got %+v, want %+v", g, want)
					}
				}
				g, err := s.Verify(c.token(resource, "sender", s.hub.PrimaryKey, later.Unix()), resource)
				if err != nil || g.Rights != Send || g.Policy != "sender" {
					t.Errorf("policy of the hub: got %+v, %v", g, err)
				}
			})
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	s := newScene(t)
	sign := func(resource string, p Policy) string { return Sign(resource, p.Name, p.PrimaryKey, later) }
	good := sign("sb://h/logs", s.root)
	for _, c := range []struct {
		name, token, audience string
		want                  error
	}{
		{"good", good, "amqps://h/Logs/Partitions/1", nil},
		{"namespace covers all", sign("sb://h/", s.root), "amqps://h/logs/ConsumerGroups/x/Partitions/1", nil},
		{"namespace without slash", sign("sb://h", s.root), "logs", nil},
		{"namespace by a hub's policy", sign("sb://h/", s.hub), "amqps://h/logs", ErrUnknownPolicy},
		{"another hub's policy", sign("sb://h/other", s.hub), "amqps://h/other", ErrUnknownPolicy},
		{"unknown policy", Sign("sb://h/logs", "nobody", "x", later), "logs", ErrUnknownPolicy},
		{"wrong key", Sign("sb://h/logs", s.root.Name, NewKey(), later), "logs", ErrSignature},
		{"key of another policy", Sign("sb://h/logs", s.root.Name, s.hub.PrimaryKey, later), "logs", ErrSignature},
		{"longer expiry", strings.Replace(good, "&se=1", "&se=2", 1), "logs", ErrSignature},
		{"other resource", strings.Replace(good, "logs", "Logs", 1), "logs", ErrSignature},
		{"expired", Sign("sb://h/logs", s.root.Name, s.root.PrimaryKey, noon), "logs", ErrExpired},
		{"expired and badly signed", Sign("sb://h/logs", s.root.Name, "x", noon), "logs", ErrSignature},
		{"other hub", good, "amqps://h/other", ErrAudience},
		{"longer name", good, "amqps://h/logs2/Partitions/0", ErrAudience},
		{"above", good, "amqps://h/", ErrAudience},
		{"group", sign("sb://h/logs/ConsumerGroups/a", s.root), "sb://h/logs/ConsumerGroups/b/Partitions/0", ErrAudience},
		{"nothing", "", "logs", ErrMalformed},
		{"a JWT", "eyJhbGciOiJub25lIn0.e30.", "logs", ErrMalformed},
	} {
		if _, err := s.Verify(c.token, c.audience); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

func TestVerifyAfterRotation(t *testing.T) {
	s := newScene(t)
	old := Sign("sb://h/logs", s.root.Name, s.root.PrimaryKey, later)
	_, s.root, _ = Policies{s.root}.Regenerated(s.root.Name, Primary)
	if _, err := s.Verify(old, "logs"); !errors.Is(err, ErrSignature) {
		t.Errorf("token of the old key: got %v, want ErrSignature", err)
	}
	if _, err := s.Verify(Sign("sb://h/logs", s.root.Name, s.root.SecondaryKey, later), "logs"); err != nil {
		t.Errorf("token of the other key: %v", err)
	}
}

// A hub and its namespace may have policies of one name: each key works.
func TestVerifySameNameTwice(t *testing.T) {
	s := newScene(t)
	s.hub.Name = s.root.Name
	for _, p := range []Policy{s.root, s.hub} {
		g, err := s.Verify(Sign("sb://h/logs", p.Name, p.SecondaryKey, later), "logs")
		if err != nil || g.Rights != p.Rights {
			t.Errorf("%v: got %+v, %v", p, g, err)
		}
	}
}

func TestParseTokenMalformed(t *testing.T) {
	good := Sign("sb://h/logs", "a", "key", later)
	for _, c := range []struct{ name, token, field string }{
		{"no sr", strings.Replace(good, "sr=", "xx=", 1), "sr is missing"},
		{"no sig", strings.Replace(good, "sig=", "xx=", 1), "sig is missing"},
		{"no se", strings.Replace(good, "se=", "xx=", 1), "se is missing"},
		{"no skn", strings.Replace(good, "skn=", "xx=", 1), "skn is missing"},
		{"empty", "SharedAccessSignature ", "sr is missing"},
		{"twice", good + "&se=1", "se is there twice"},
		{"bad se", strings.Replace(good, "se=1", "se=-1", 1), "se is not"},
		{"huge se", strings.Replace(good, "se=1", "se=99999999999991", 1), "se is not"},
		{"bad escape in sr", strings.Replace(good, "sr=sb", "sr=%zz", 1), "sr is not"},
		{"no scheme", Sign("h/logs", "a", "key", later), "sr does not begin"},
		{"other scheme", Sign("ftp://h/logs", "a", "key", later), "sr does not begin"},
		{"bad escape in skn", good + "%", "skn is not"},
		{"long skn", Sign("sb://h/", strings.Repeat("a", 257), "key", later), "skn is not"},
		{"short sig", "SharedAccessSignature sr=sb%3a%2f%2fh&sig=YWJj&se=1&skn=a", "sig is not"},
		{"bad escape in sig", "SharedAccessSignature sr=sb%3a%2f%2fh&sig=%&se=1&skn=a", "sig is not"},
		{"too long", good + "&x=" + strings.Repeat("a", maxToken), "longer than"},
	} {
		_, err := ParseToken(c.token)
		if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), c.field) {
			t.Errorf("%s: got %v, want ErrMalformed with %q", c.name, err, c.field)
		}
	}
	if _, err := ParseToken(good + "&new=field"); err != nil {
		t.Errorf("unknown field: %v", err)
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		granted, path string
		want          bool
	}{
		{"", "", true},
		{"", "hub/Partitions/0", true},
		{"hub", "HUB", true},
		{"hub", "hub/consumergroups/$Default/partitions/0", true},
		{"hub/", "/hub//Partitions/0", true},
		{"hub", "hub2", false},
		{"hub", "", false},
		{"hub/Partitions/1", "hub/Partitions/10", false},
		{"hub/Partitions/1", "hub", false},
	} {
		if got := Covers(c.granted, c.path); got != c.want {
			t.Errorf("Covers(%q, %q): got %v, want %v", c.granted, c.path, got, c.want)
		}
	}
}

func TestEntityPath(t *testing.T) {
	for address, want := range map[string]string{
		"amqps://host:5671/Hub/Partitions/0": "Hub/Partitions/0",
		"/Hub/Partitions/0":                  "Hub/Partitions/0",
		"hub":                                "hub",
		"sb://host":                          "",
		"sb://host/":                         "",
		"sb://host//hub/":                    "hub",
	} {
		if got := EntityPath(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}

func TestGrantAllows(t *testing.T) {
	g := Grant{Rights: Listen, Path: "logs", Expires: later}
	for _, c := range []struct {
		path string
		want Rights
		now  time.Time
		ok   bool
	}{
		{"logs/ConsumerGroups/a", Listen, noon, true},
		{"logs", Send, noon, false},
		{"other", Listen, noon, false},
		{"logs", Listen, later, false},
	} {
		if got := g.Allows(c.path, c.want, c.now); got != c.ok {
			t.Errorf("%+v: got %v", c, got)
		}
	}
	if forever := (Grant{Rights: Send}); !forever.Allows("any", Send, later.AddDate(100, 0, 0)) {
		t.Error("a grant without expiry has run out")
	}
}

func TestLogin(t *testing.T) {
	s := newScene(t)
	for _, c := range []struct {
		hub, name, key string
		want           Grant
		err            error
	}{
		{"", s.root.Name, s.root.SecondaryKey, Grant{Rights: Manage, Policy: s.root.Name}, nil},
		{"logs", s.root.Name, s.root.PrimaryKey, Grant{Rights: Manage, Path: "logs", Policy: s.root.Name}, nil},
		{"logs", "Sender", s.hub.PrimaryKey, Grant{Rights: Send, Path: "logs", Policy: "sender"}, nil},
		{"", "sender", s.hub.PrimaryKey, Grant{}, ErrUnknownPolicy},
		{"logs", "sender", s.root.PrimaryKey, Grant{}, ErrKey},
		{"logs", "sender", "", Grant{}, ErrKey},
	} {
		if got, err := s.Login(c.hub, c.name, c.key); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q %q: got %+v, %v, want %+v, %v", c.hub, c.name, got, err, c.want, c.err)
		}
	}
}

func TestNoKeyFitsAPolicyWithoutKeys(t *testing.T) {
	s := newScene(t)
	s.root = Policy{Name: "a", Rights: Manage}
	if _, err := s.Verify(Sign("sb://h/", "a", "", later), ""); !errors.Is(err, ErrSignature) {
		t.Errorf("token: got %v, want ErrSignature", err)
	}
	if _, err := s.Login("", "a", ""); !errors.Is(err, ErrKey) {
		t.Errorf("login: got %v, want ErrKey", err)
	}
}

func FuzzParseToken(f *testing.F) {
	for _, c := range clients {
		f.Add(c.token("amqps://localhost:5671/logs/Partitions/0", "name", "key", later.Unix()))
	}
	f.Add("SharedAccessSignature sr=&sig=&se=&skn=")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseToken(text)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v, want ErrMalformed", err)
			}
			return
		}
		if token.KeyName == "" || len(token.signature) != sha256.Size || token.Expires.Unix() < 0 {
			t.Errorf("incomplete token %+v", token)
		}
		if token.signedBy(Policy{PrimaryKey: "a key", SecondaryKey: "another"}) {
			t.Error("a guessed signature is good")
		}
		if EntityPath(token.Path) != token.Path || !Covers(token.Path, token.Path+"/below") {
			t.Errorf("path %q is not in its plain form", token.Path)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	s := newScene(b)
	token := Sign("amqps://localhost:5671/logs/ConsumerGroups/$Default/Partitions/0", s.root.Name, s.root.SecondaryKey, later)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Verify(token, "logs/ConsumerGroups/$Default/Partitions/0"); err != nil {
			b.Fatal(err)
		}
	}
}
