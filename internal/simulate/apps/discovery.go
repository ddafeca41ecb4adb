package apps

import (
	"encoding/json"
	"math"
	"time"

	"nephoscope/internal/simulate"
)

// A use is what one user did with one application on one day.
type use struct {
	day      time.Time
	who      *simulate.Identity
	service  service
	uploaded int
	total    int
}

// A service is an application that is not connected, as the catalog knows it.
type service struct {
	id             int
	name, category string
	score          int
	tag            string
	share          float64 // of people who use it on a day
	megabytes      int     // usual traffic of a user's day
	first          int     // day of the window it is used from on
}

var services = []service{
	{1001, "Brightwater Mail", "Webmail", 9, "sanctioned", 0.95, 60, 0},
	{1002, "Freightboard", "Collaboration", 8, "sanctioned", 0.6, 30, 0},
	{1003, "Codebarn", "Code hosting", 9, "sanctioned", 0.3, 80, 0},
	{1004, "Videoloop", "News and entertainment", 7, "", 0.35, 300, 0},
	{1005, "Portside News", "News and entertainment", 8, "", 0.4, 8, 0},
	{1006, "Pocket Translate", "Productivity", 6, "", 0.12, 1, 0},
	{1007, "Sketchwall", "Product design", 7, "", 0.08, 20, 0},
	{1008, "Chart Kitchen", "Data analytics", 6, "monitored", 0.05, 15, 0},
	{1009, "Fileferry", "Cloud storage", 4, "", 0.04, 25, 0},
	{1010, "Clip Paste", "Productivity", 3, "", 0.03, 1, 0},
	{1011, "Pdf Squeeze", "Productivity", 3, "", 0.03, 4, 0},
	{1012, "Old Forum", "Forums", 2, "", 0.02, 1, 0},
	{1013, "Recipe Garden", "Consumer", 5, "", 0.05, 6, 4},
	{1014, "Timer Tree", "Time tracking", 6, "", 0.04, 2, 7},
	{1015, "Font Cupboard", "Product design", 4, "", 0.01, 3, 9},
}

const megabyte = 1_000_000

// discover lets everybody use what they use on working days.
func (e *Estate) discover() {
	opt := e.company.Options()
	from := day(opt.End.AddDate(0, 0, -opt.Days))
	for n := 0; ; n++ {
		at := from.AddDate(0, 0, n)
		if !at.Before(opt.End) {
			return
		}
		for _, id := range e.company.People {
			if id.Level(at.Add(10*time.Hour))+id.Level(at.Add(14*time.Hour)) > 0.3 {
				e.browse(id, at, n)
			}
		}
	}
}

// browse is one person's day.
func (e *Estate) browse(id *simulate.Identity, at time.Time, n int) {
	for _, s := range services {
		if n < s.first || !e.dice.chance(s.share) {
			continue
		}
		bytes := int(float64(s.megabytes) * megabyte * math.Exp(e.dice.NormFloat64()*0.7))
		e.uses = append(e.uses, use{day: at, who: id, service: s, uploaded: bytes / e.dice.between(5, 20), total: bytes})
	}
}

// row writes the use as an exported row.
func (u *use) row(c *simulate.Company) []byte {
	tags := none
	if u.service.tag != "" {
		tags = []string{u.service.tag}
	}
	text, _ := json.Marshal(map[string]any{
		"Type": "McasShadowItReporting", "SourceSystem": "Azure", "TimeGenerated": u.day.Format(time.RFC3339), "StreamName": "Branch firewalls",
		"TotalEvents": 1 + u.total/(2*megabyte), "BlockedEvents": 0,
		"UploadedBytes": u.uploaded, "DownloadedBytes": u.total - u.uploaded, "TotalBytes": u.total,
		"IpAddress": u.who.Addresses()[0], "UserName": u.who.Name, "EnrichedUserName": u.who.UPN,
		"AppName": u.service.name, "AppId": u.service.id, "AppCategory": u.service.category, "AppTags": tags, "AppScore": u.service.score,
		"AadTenantId": c.TenantID.String(),
	}) // texts and numbers
	return text
}

// day returns the beginning of t's day, UTC.
func day(t time.Time) time.Time { return t.Truncate(24 * time.Hour) }
