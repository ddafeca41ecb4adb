package apps

import (
	"maps"
	"time"
)

// A deed is one thing that somebody did in a connected application.
type deed struct {
	at        time.Time
	who       string // user principal name
	from      spot
	app       app
	category  string // what follows EVENT_CATEGORY_
	operation string // as the application calls it
	item      string // what it was done to: a file, an application
	kind      int    // objType of it
	with      string // whom it was shared with
	raw       map[string]any
	fails     bool
	id        string
}

// An app is a connected application.
type app struct {
	id   int
	name string
}

var (
	entra      = app{26318, "Microsoft Entra ID"}
	exchange   = app{20893, "Microsoft Exchange Online"}
	sharepoint = app{20892, "Microsoft SharePoint Online"}
	onedrive   = app{15600, "Microsoft OneDrive for Business"}
)

// The types of objects in activities.
const (
	objectFile = 1
	objectApp  = 6
	objectUser = 23
)

// A hand is somebody at work in applications: what is done goes into the
// estate, each thing a while after the one before.
type hand struct {
	*Estate
	who  string
	from spot
	now  time.Time
}

// do adds a deed.
func (h *hand) do(d deed) {
	d.at, d.who, d.from, d.id = h.now, h.who, h.from, h.dice.guid()
	h.deeds = append(h.deeds, d)
}

// wait lets time pass.
func (h *hand) wait(low, high time.Duration) { h.now = h.now.Add(h.dice.span(low, high)) }

// file does something to one file.
func (h *hand) file(a app, category, operation, name string) {
	h.do(deed{app: a, category: category, operation: operation, item: name, kind: objectFile})
}

// share gives somebody a file.
func (h *hand) share(operation, name, with string) {
	h.do(deed{app: sharepoint, category: "UNSPECIFIED", operation: operation, item: name, kind: objectFile, with: with})
}

// logOn logs on, or tries to.
func (h *hand) logOn(fails bool) {
	d := deed{app: entra, category: "LOGIN", operation: "UserLoggedIn", fails: fails}
	if fails {
		d.category, d.operation = "FAILED_LOGIN", "UserLoginFailed"
	}
	h.do(d)
}

// command runs a command of Exchange, whose parameters stand in the raw event.
func (h *hand) command(name string, parameters ...[2]string) {
	var list []map[string]any
	for _, p := range parameters {
		list = append(list, map[string]any{"Name": p[0], "Value": p[1]})
	}
	h.do(deed{app: exchange, category: "UNSPECIFIED", operation: name, raw: map[string]any{"Parameters": list}})
}

// consent gives an application rights.
func (h *hand) consent(application, rights string) {
	change := map[string]any{"Name": "ConsentAction.Permissions", "NewValue": "Scope: " + rights + ", ConsentType: Principal"}
	h.do(deed{
		app: entra, category: "UNSPECIFIED", operation: "Consent to application.", item: application, kind: objectApp,
		raw: map[string]any{"ModifiedProperties": []any{change}},
	})
}

// event is the original event that the record carries.
func (d *deed) event() map[string]any {
	event := map[string]any{"Operation": d.operation, "UserId": d.who, "ClientIP": d.from.address, "CreationTime": d.at.Format("2006-01-02T15:04:05")}
	maps.Copy(event, d.raw)
	return event
}
