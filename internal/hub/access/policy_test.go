package access

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func mustPolicy(t testing.TB, name string, rights Rights) Policy {
	t.Helper()
	p, err := NewPolicy(name, rights)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRights(t *testing.T) {
	for _, c := range []struct {
		text string
		want Rights
		back string
	}{
		{"Listen", Listen, "Listen"},
		{"listen, SEND", Send | Listen, "Send, Listen"},
		{"send listen", Send | Listen, "Send, Listen"},
		{"Manage", Manage, "Manage, Send, Listen"},
		{"Manage,Send,Listen", Manage, "Manage, Send, Listen"},
	} {
		got, err := ParseRights(c.text)
		if err != nil || got != c.want || got.String() != c.back {
			t.Errorf("%q: got %v, %v, want %v", c.text, got, err, c.back)
		}
	}
	for _, text := range []string{"", " ", "Read", "Send;Listen", "Send, Receive"} {
		if _, err := ParseRights(text); !errors.Is(err, ErrRights) {
			t.Errorf("%q: got %v, want ErrRights", text, err)
		}
	}
	if !Manage.Has(Send) || !Manage.Has(Listen) || Send.Has(Listen) || (Send | Listen).Has(Manage) {
		t.Error("Manage holds Send and Listen, and nothing else holds another")
	}
}

func TestPolicyValidate(t *testing.T) {
	good := mustPolicy(t, "RootManageSharedAccessKey", Manage)
	if key, err := base64.StdEncoding.DecodeString(good.PrimaryKey); err != nil || len(key) != 32 {
		t.Errorf("primary key is not 32 bytes in base64")
	}
	if good.PrimaryKey == good.SecondaryKey {
		t.Error("both keys are equal")
	}
	for _, name := range []string{"", "-a", "a-", "a b", "a/b", "ä", strings.Repeat("a", 51)} {
		if _, err := NewPolicy(name, Send); !errors.Is(err, ErrPolicyName) {
			t.Errorf("name %q: got %v, want ErrPolicyName", name, err)
		}
	}
	for _, rights := range []Rights{0, 4, 5, 8} {
		if _, err := NewPolicy("a", rights); !errors.Is(err, ErrRights) {
			t.Errorf("rights %d: got %v, want ErrRights", rights, err)
		}
	}
	for _, key := range []string{"", "a;b", "a b", "ä", strings.Repeat("a", 257)} {
		p := good
		p.SecondaryKey = key
		if err := p.Validate(); !errors.Is(err, ErrPolicyKey) || key != "" && strings.Contains(err.Error(), key) {
			t.Errorf("key %q: got %v, want ErrPolicyKey without the key", key, err)
		}
	}
}

func TestPoliciesChange(t *testing.T) {
	var none Policies
	one, err := none.With(mustPolicy(t, "send", Send))
	if err != nil {
		t.Fatal(err)
	}
	two, err := one.With(mustPolicy(t, "listen", Listen))
	if err != nil || len(none) != 0 || len(one) != 1 || len(two) != 2 {
		t.Fatalf("sets have changed: %v %v %v, %v", none, one, two, err)
	}
	if _, err := two.With(mustPolicy(t, "SEND", Listen)); !errors.Is(err, ErrPolicyExists) {
		t.Errorf("same name in other case: got %v, want ErrPolicyExists", err)
	}
	left, err := two.Without("Send")
	if err != nil || len(left) != 1 || left[0].Name != "listen" || two[0].Name != "send" {
		t.Errorf("without: got %v, %v", left, err)
	}
	if _, err := left.Without("send"); !errors.Is(err, ErrPolicyUnknown) {
		t.Errorf("without unknown: got %v, want ErrPolicyUnknown", err)
	}
}

func TestPoliciesRegenerate(t *testing.T) {
	before := Policies{mustPolicy(t, "a", Send), mustPolicy(t, "b", Send)}
	after, p, err := before.Regenerated("B", Secondary)
	if err != nil || p != after[1] {
		t.Fatalf("got %v, %v", p, err)
	}
	if after[1].SecondaryKey == before[1].SecondaryKey || after[1].PrimaryKey != before[1].PrimaryKey || after[0] != before[0] {
		t.Error("not just the secondary key of b has changed")
	}
	if after, _, _ = before.Regenerated("b", Primary); after[1].PrimaryKey == before[1].PrimaryKey {
		t.Error("the primary key of b has not changed")
	}
	if _, _, err := before.Regenerated("c", Primary); !errors.Is(err, ErrPolicyUnknown) {
		t.Errorf("unknown: got %v, want ErrPolicyUnknown", err)
	}
}

func TestPoliciesLimit(t *testing.T) {
	var s Policies
	var err error
	for i := range MaxPolicies {
		if s, err = s.With(mustPolicy(t, fmt.Sprintf("p%d", i), Send)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = s.With(mustPolicy(t, "more", Send)); !errors.Is(err, ErrPolicyLimit) {
		t.Errorf("got %v, want ErrPolicyLimit", err)
	}
}

func TestPoliciesJSON(t *testing.T) {
	s := Policies{mustPolicy(t, "all", Manage), mustPolicy(t, "in", Send|Listen)}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var got Policies
	if err := json.Unmarshal(text, &got); err != nil || got.Validate() != nil || len(got) != 2 || got[0] != s[0] || got[1] != s[1] {
		t.Errorf("got %v, %v from %s", got, err, text)
	}
	if err := json.Unmarshal([]byte(`[{"name":"a","rights":"Read"}]`), &got); !errors.Is(err, ErrRights) {
		t.Errorf("bad rights: got %v, want ErrRights", err)
	}
	if _, err := json.Marshal(Policies{{Name: "a"}}); !errors.Is(err, ErrRights) {
		t.Errorf("no rights: got %v, want ErrRights", err)
	}
	twice := Policies{s[0], s[0]}
	if err := twice.Validate(); !errors.Is(err, ErrPolicyExists) {
		t.Errorf("twice: got %v, want ErrPolicyExists", err)
	}
}

func TestPolicyKeepsItsKeysToItself(t *testing.T) {
	p := mustPolicy(t, "all", Manage)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("policy added", "policy", p)
	for _, text := range []string{fmt.Sprint(p), fmt.Sprintf("%+v", p), fmt.Sprintf("%#v", p), fmt.Sprintf("%+v", Policies{p}), log.String()} {
		if strings.Contains(text, p.PrimaryKey) || strings.Contains(text, p.SecondaryKey) {
			t.Errorf("a key shows in %q", text)
		}
		if !strings.Contains(text, "all") {
			t.Errorf("no name in %q", text)
		}
	}
}
