package tables

import (
	"testing"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// TestDerived compares what is told to writers with what the mapping does.
func TestDerived(t *testing.T) {
	const id = "/subscriptions/0B1F/resourceGroups/Shop/providers/Microsoft.Web/sites/Shop-Web/slots/Blue"
	const claims = `{"appid":"a-1","http://schemas.microsoft.com/identity/claims/objectidentifier":"o-1","name":" Mina "}`
	rows := mapped(t, AzureActivity(), record(t, event.ShapeHub, `{"resourceId":"`+id+`","identity":{"claims":`+claims+`}}`))
	got := ResourceOf(id)
	want := Resource{cell(rows, 0, "SubscriptionId"), cell(rows, 0, "ResourceGroup"), cell(rows, 0, "ResourceProviderValue"), cell(rows, 0, "_Properties_resource")}
	if got != want || got.Names != "shop-web/blue" {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := CallerOf(claims), cell(rows, 0, "Caller"); got != want || got != "Mina" {
		t.Errorf("caller: got %q, want %q", got, want)
	}
	for _, none := range []schema.DynamicValue{"", "null", "[]", "{}", `{"appid":`} {
		if got := CallerOf(none); got != "" {
			t.Errorf("caller of %s: got %q, want none", none, got)
		}
	}
}
