package simulate

import "time"

// A shift is one identity doing one thing. Its calls follow each other and
// share a correlation id unless next starts another.
type shift struct {
	*dice
	company     *Company
	session     *Session // nil for the platform
	now         time.Time
	correlation GUID
	events      []Event
}

// A call is one request to Resource Manager.
type call struct {
	operation string
	on        *Resource
	request   string // body, JSON text
	response  string
	code      string        // substatus of success, OK if empty
	fails     string        // substatus of failure; empty for success
	long      time.Duration // above 0 the request is accepted first and done after that time
}

// next begins another correlation.
func (s *shift) next() { s.correlation = s.guid() }

// wait lets time pass.
func (s *shift) wait(low, high time.Duration) { s.now = s.now.Add(s.span(low, high)) }

// do appends the records of a call: its start, and how it ended.
func (s *shift) do(c call) {
	began, operation := s.now, s.guid()
	s.record(c, Start, "", operation, 0, s.began(c))
	if c.fails != "" {
		s.wait(20*time.Millisecond, 900*time.Millisecond)
		s.record(c, Failure, c.fails, operation, s.now.Sub(began), s.failed(c))
		return
	}
	if c.code == "" {
		c.code = "OK"
	}
	s.wait(80*time.Millisecond, 4*time.Second)
	if c.long == 0 {
		s.record(c, Success, c.code, operation, s.now.Sub(began), s.ended(c, c.code, c.response))
		return
	}
	s.record(c, Accept, c.code, operation, s.now.Sub(began), s.ended(c, c.code, c.response))
	s.wait(c.long/2, c.long)
	s.record(c, Success, "OK", s.guid(), s.now.Sub(began), s.ended(c, "OK", ""))
}

// record appends one event of Resource Manager.
func (s *shift) record(c call, status Status, substatus string, operation GUID, took time.Duration, properties []Property) {
	level := "Informational"
	if status == Failure {
		level = "Error"
	}
	s.events = append(s.events, Event{
		Time: s.now, Submitted: s.now.Add(s.span(20*time.Second, 160*time.Second)),
		Category: Administrative, Operation: c.operation, Status: status, Substatus: substatus, Level: level,
		Resource: c.on, Caller: s.session, Duration: took,
		Correlation: s.correlation, OperationID: operation, ID: s.guid(), Properties: properties,
	})
}

// note appends an event outside Resource Manager.
func (s *shift) note(e Event) {
	e.Time, e.Submitted, e.Caller = s.now, s.now.Add(s.span(20*time.Second, 160*time.Second)), s.session
	e.Correlation, e.OperationID, e.ID = s.correlation, s.guid(), s.guid()
	if e.Level == "" {
		e.Level = "Informational"
	}
	s.events = append(s.events, e)
}

func (s *shift) began(c call) []Property {
	common := s.common(c)
	if c.request == "" {
		return common
	}
	return append([]Property{{"requestbody", c.request}}, common...)
}

func (s *shift) ended(c call, code, response string) []Property {
	return append([]Property{
		{"statusCode", code}, {"serviceRequestId", s.guid().String()}, {"responseBody", response},
	}, s.common(c)...)
}

func (s *shift) failed(c call) []Property {
	message := `{"error":{"code":"` + c.fails + `","message":"` + failureTexts[c.fails] + `"}}`
	return append([]Property{
		{"statusCode", c.fails}, {"serviceRequestId", s.guid().String()}, {"statusMessage", message},
	}, s.common(c)...)
}

func (s *shift) common(c call) []Property {
	return []Property{
		{"eventCategory", string(Administrative)},
		{"entity", c.on.ID},
		{"message", c.operation},
		{"hierarchy", c.on.Subscription.hierarchy},
	}
}

// failureTexts maps a failure's code to what the service says about it.
var failureTexts = map[string]string{
	"Conflict":   "Another operation is in progress on this resource.",
	"BadRequest": "The request body has a value that is not allowed here.",
	"NotFound":   "The resource was not found.",
	"Forbidden":  "The client does not have authorization to perform this action over this scope.",
}
