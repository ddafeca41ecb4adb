package tables

import (
	"strings"
	"testing"
)

func TestParseResourceID(t *testing.T) {
	for _, c := range []struct{ id, subscription, group, provider, names, last, hidden string }{
		{"/subscriptions/S", "S", "", "", "", "S", "/subscriptions/s"},
		{"/subscriptions/S/resourceGroups/G", "S", "G", "", "", "G", "/subscriptions/s/resourcegroups/g"},
		{"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/P.Q/T/N", "S", "G", "P.Q", "n", "N", "/subscriptions/s/resourcegroups/g/providers/p.q/t/n"},
		{"/subscriptions/S/resourcegroups/G/providers/P.Q/t/N/u/M/", "S", "G", "P.Q", "n/m", "M", "/subscriptions/s/resourcegroups/g/providers/p.q/t/n/u/m"},
		{"subscriptions/S/providers/P.Q", "S", "", "P.Q", "", "P.Q", "/subscriptions/s/providers/p.q"},
		{"/subscriptions/S/providers/P.Q/t", "S", "", "P.Q", "", "t", "/subscriptions/s/providers/p.q/t"},
		{"/subscriptions/S/resourceGroups/G/providers/P.Q/w/W/providers/R.S/rules/X", "S", "G", "P.Q", "w/r.s/x", "X", "/subscriptions/s/resourcegroups/g/providers/p.q/w/w/providers/r.s/rules/x"},
		{"/subscriptions/S/resourceGroups/G/providers/P.Q/w/W/providers/R.S", "S", "G", "P.Q", "w", "R.S", "/subscriptions/s/resourcegroups/g/providers/p.q/w/w/providers/r.s"},
		{"/TeNaNtS/T/PrOvIdErS/Microsoft.aadiam", "", "", "Microsoft.aadiam", "", "Microsoft.aadiam", "/tenants/t/providers/microsoft.aadiam"},
		{"/providers/Microsoft.Management/managementGroups/MG", "", "", "Microsoft.Management", "mg", "MG", "/providers/microsoft.management/managementgroups/mg"},
		{"providers/Microsoft.Authorization", "", "", "Microsoft.Authorization", "", "Microsoft.Authorization", "/providers/microsoft.authorization"},
		{"", "", "", "", "", "", ""},
		{"///", "", "", "", "", "", ""},
		{"00000003-0000", "", "", "", "", "00000003-0000", "00000003-0000"},
		{"/subscriptions", "", "", "", "", "subscriptions", "/subscriptions"},
	} {
		r := parseResourceID([]byte(c.id))
		got := []string{string(r.subscription), string(r.group), string(r.provider), string(r.appendNames(nil)), string(r.last), string(appendResourceID(nil, []byte(c.id)))}
		want := []string{c.subscription, c.group, c.provider, c.names, c.last, c.hidden}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q:\n got %q\nwant %q", c.id, got, want)
		}
	}
}

func FuzzResourceID(f *testing.F) {
	f.Add("/subscriptions/S/resourceGroups/G/providers/P.Q/w/W/providers/R.S/rules/X")
	f.Add("///providers//x/")
	f.Fuzz(func(t *testing.T, id string) {
		r := parseResourceID([]byte(id))
		names := r.appendNames([]byte("keep"))
		if !strings.HasPrefix(string(names), "keep") || len(names) > 2*len(id)+4+len(strings.ToLower(id)) {
			t.Fatalf("%q: names %q", id, names)
		}
		if hidden := string(appendResourceID(nil, []byte(id))); strings.HasSuffix(hidden, "/") {
			t.Fatalf("%q: _ResourceId %q", id, hidden)
		}
	})
}
