package azure

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ActivityLogReach is how far back the Activity Log can be asked.
const ActivityLogReach = 90 * 24 * time.Hour

// ActivityLog calls take with the pages of a subscription's Activity Log of a
// time, both ends included: at most 200 events each, the newest first, as
// Azure writes them. The events are the caller's. An error of take ends the
// reading and is returned as it is. Azure may show an event up to 20 minutes
// after its time, and the same one on two pages.
func (c *Client) ActivityLog(ctx context.Context, subscription string, from, to time.Time, take func(events []json.RawMessage) error) error {
	const layout = "2006-01-02T15:04:05.0000000Z"
	path := "/subscriptions/" + url.PathEscape(subscription) + "/providers/Microsoft.Insights/eventtypes/management/values"
	filter := fmt.Sprintf("eventTimestamp ge '%s' and eventTimestamp le '%s'", from.UTC().Format(layout), to.UTC().Format(layout))
	next := c.address(request{path: path, version: "2015-04-01"}) + "&$filter=" + strings.ReplaceAll(url.QueryEscape(filter), "+", "%20")
	for next != "" {
		var p page[json.RawMessage]
		if _, err := c.send(ctx, http.MethodGet, next, nil, &p); err != nil {
			return err
		}
		if err := take(p.Value); err != nil {
			return err
		}
		if next = p.Next; next != "" && !strings.HasPrefix(next, c.cloud.Endpoint+"/") {
			return fmt.Errorf("list %s: %w", path, errForeignPage)
		}
	}
	return nil
}
