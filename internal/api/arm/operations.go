package arm

import (
	"fmt"
	"net/http"

	"nephoscope/internal/api/call"
)

// An operation is a right that can be given.
type operation struct {
	Name    string `json:"name"`
	Display struct {
		Provider    string `json:"provider"`
		Resource    string `json:"resource"`
		Operation   string `json:"operation"`
		Description string `json:"description"`
	} `json:"display"`
}

// listOperations tells what can be done here.
func listOperations(w http.ResponseWriter, _ *http.Request) error {
	list := []operation{}
	for _, resource := range []string{
		"incidents", "incidents/comments", "incidents/relations", "incidents/tasks",
		"alertRules", "watchlists", "watchlists/watchlistItems",
	} {
		for _, verb := range []string{"read", "write", "delete"} {
			op := operation{Name: fmt.Sprintf("%s/%s/%s", provider, resource, verb)}
			op.Display.Provider, op.Display.Resource, op.Display.Operation = provider, resource, verb
			op.Display.Description = fmt.Sprintf("To %s %s.", verb, resource)
			list = append(list, op)
		}
	}
	call.Reply(w, http.StatusOK, call.List[operation]{Value: list})
	return nil
}
