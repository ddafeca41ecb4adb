package simulate

import (
	"cmp"
	"strings"
	"time"
)

// A Category is an event category of the Activity Log.
type Category string

// The categories.
const (
	Administrative Category = "Administrative"
	Security       Category = "Security"
	ServiceHealth  Category = "ServiceHealth"
	Alert          Category = "Alert"
	Recommendation Category = "Recommendation"
	Policy         Category = "Policy"
	Autoscale      Category = "Autoscale"
	ResourceHealth Category = "ResourceHealth"
)

// A Status is an event's status in the words of the Event Hubs stream.
type Status string

// The statuses. Succeeded is the word of emitters outside Resource Manager.
const (
	Start     Status = "Start"
	Accept    Status = "Accept"
	Success   Status = "Success"
	Failure   Status = "Failure"
	Succeeded Status = "Succeeded"
	Active    Status = "Active"
	Resolved  Status = "Resolved"
	Updated   Status = "Updated"
)

// Long returns the status as the REST API words it.
func (s Status) Long() string {
	switch s {
	case Start:
		return "Started"
	case Accept:
		return "Accepted"
	case Success:
		return "Succeeded"
	case Failure:
		return "Failed"
	default:
		return string(s)
	}
}

// An Event is one entry of the Activity Log, before any shape is chosen. It
// is valid until the iteration goes on.
type Event struct {
	Time      time.Time
	Submitted time.Time // when the log could be asked for it
	Category  Category
	Operation string // for example Microsoft.Compute/virtualMachines/write
	Status    Status
	Substatus string // for example Created; may be empty
	Level     string // Informational, Warning, Error, Critical
	Resource  *Resource
	// Caller is nil for events of the platform itself.
	Caller      *Session
	Duration    time.Duration
	Description string
	Correlation GUID
	OperationID GUID
	ID          GUID
	// Properties are the event's own, in order.
	Properties []Property
}

// Verb returns the kind of operation as a log profile words it: Write, Delete
// or Action.
func (e *Event) Verb() string {
	switch last := e.Operation[strings.LastIndexByte(e.Operation, '/')+1:]; last {
	case "write":
		return "Write"
	case "delete":
		return "Delete"
	default:
		return "Action"
	}
}

// Region returns where the event was processed: the region of its resource, or
// global for what belongs to none.
func (e *Event) Region() string {
	switch e.Category {
	case ServiceHealth, Security, Recommendation:
		return "global"
	default:
		return cmp.Or(e.Resource.Location, "global")
	}
}

// A Property is one member of an event's properties.
type Property struct{ Key, Value string }

// A Session is an identity at work: a token that was issued to it at some
// time for some address, and the address that calls come from.
type Session struct {
	*Identity
	IP     string
	issued time.Time
	token  string // unique token identifier
}

// An Identity is a person or a service principal.
type Identity struct {
	Name     string // display name
	UPN      string // empty for service principals
	ObjectID GUID
	AppID    GUID // the client application used, or the principal's own

	given, surname string
	company        *Company
	team           *team
	role           role
	scope          string  // where its role is assigned
	assignment     GUID    // the role assignment
	habits         habits  // when and from where it works
	static         []byte  // the claims that never change, rendered
	skill          []skill // what it does on an ordinary day
}

// Caller returns what the log shows as the caller: the UPN of a person, the
// object id of a service principal.
func (id *Identity) Caller() string {
	if id.UPN != "" {
		return id.UPN
	}
	return id.ObjectID.String()
}

// A role is one of Azure's built-in roles.
type role struct{ name, definition string }

var (
	owner         = role{"Owner", "8e3af657a8ff443ca75c2fe8c4bcb635"}
	contributor   = role{"Contributor", "b24988ac618042a0ab8820f7382dd24c"}
	reader        = role{"Reader", "acdd72a7338548efbd42f606fba81ae7"}
	monitorReader = role{"Monitoring Reader", "43d0d8ad25c7471493378ba259a9fe05"}
	blobReader    = role{"Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"}
)
