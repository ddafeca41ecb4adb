package address

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	f := func(text string, want Address) {
		t.Helper()
		got, err := Parse(text)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", text, diff)
		}
	}
	f("hub", Address{Kind: Hub, Hub: "hub"})
	f("/Hub/", Address{Kind: Hub, Hub: "Hub"})
	f("hub/Partitions/3", Address{Kind: Partition, Hub: "hub", Partition: "3"})
	f("/hub/PARTITIONS/3", Address{Kind: Partition, Hub: "hub", Partition: "3"})
	f("amqps://ns.example:5671/hub/Partitions/0", Address{Kind: Partition, Hub: "hub", Partition: "0"})
	f("amqps://localhost/hub/ConsumerGroups/%24Default/Partitions/0",
		Address{Kind: Reader, Hub: "hub", Group: "$Default", Partition: "0"})
	f("hub/consumergroups/audit/partitions/12", Address{Kind: Reader, Hub: "hub", Group: "audit", Partition: "12"})
	f("$cbs", Address{Kind: CBS})
	f("$CBS", Address{Kind: CBS})
	f("$management", Address{Kind: Management})
	f("hub/$management", Address{Kind: Management})
	f("amqp://localhost/$management", Address{Kind: Management})
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "/", "amqps://host", "hub/Partitions", "hub/Partitions/", "hub/Partitions/1/2", "hub/Queues/1",
		"hub/ConsumerGroups/g", "hub/ConsumerGroups/g/Partitions", "sb://h/%zz", strings.Repeat("a", MaxLen+1),
	} {
		if got, err := Parse(text); err == nil {
			t.Errorf("Parse(%.40q) = %+v, want an error", text, got)
		}
	}
}

func TestNames(t *testing.T) {
	for _, good := range []string{"a", "insights-operational-logs", "A.b_c-9", strings.Repeat("x", 256)} {
		if err := CheckHub(good); err != nil {
			t.Errorf("CheckHub(%q): %v", good, err)
		}
	}
	for _, bad := range []string{"", "-a", "a-", ".", "..", "a/b", "a b", "$Default", "ä", "a\x00", strings.Repeat("x", 257)} {
		if CheckHub(bad) == nil {
			t.Errorf("CheckHub(%q) = nil, want an error", bad)
		}
	}
	if CheckGroup(strings.Repeat("g", 50)) != nil || CheckGroup(strings.Repeat("g", 51)) == nil {
		t.Error("a consumer group's name has 50 characters at most")
	}
}

// An address that was read is read again from what it prints.
func FuzzParse(f *testing.F) {
	f.Add("hub")
	f.Add("amqps://h/hub/ConsumerGroups/$Default/Partitions/0")
	f.Add("/hub/$management")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil || strings.Contains(a.String(), "://") || strings.Trim(a.String(), "/") != a.String() {
			return
		}
		b, err := Parse(a.String())
		if err != nil || a != b {
			t.Errorf("Parse(%q) = %+v, printed and read again: %+v, %v", text, a, b, err)
		}
	})
}
