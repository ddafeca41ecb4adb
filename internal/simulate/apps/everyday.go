package apps

import (
	"strconv"
	"time"

	"nephoscope/internal/simulate"
)

// work lets everybody have ordinary days in the applications.
func (e *Estate) work() {
	opt := e.company.Options()
	from := opt.End.AddDate(0, 0, -opt.Days)
	for hour := from; hour.Before(opt.End); hour = hour.Add(time.Hour) {
		for n, id := range e.company.People {
			e.hour(id, n, hour)
		}
		e.strangers(hour)
		if hour.Hour() == 1 {
			e.archive(hour)
		}
	}
}

// hour lets a person work for an hour: four things in a usual one.
func (e *Estate) hour(id *simulate.Identity, n int, hour time.Time) {
	level := id.Level(hour.Add(30 * time.Minute))
	for range 8 {
		if !e.dice.chance(level / 2) {
			continue
		}
		h := &hand{Estate: e, who: id.UPN, from: e.whereabouts(id, n, hour), now: hour.Add(e.dice.span(0, 50*time.Minute))}
		h.act(id)
	}
}

// whereabouts says where a person works from: mostly at the office, on some
// days at home, one in nine for two days at another office, and now and then
// through the company's VPN.
func (e *Estate) whereabouts(id *simulate.Identity, n int, hour time.Time) spot {
	number := int(id.Local(hour).Unix() / 86400)
	switch {
	case n%9 == 4 && number%11 < 2:
		there := e.company.People[(n+4)%len(e.company.People)]
		return office(there)
	case e.dice.chance(0.02):
		return spot{place: frankfurt, address: "203.0.113.250", category: vpn, provider: "Brightwater Freight"}
	case (number+n)%4 == 0:
		return home(id)
	}
	return office(id)
}

// act does one of the things of an ordinary day.
func (h *hand) act(id *simulate.Identity) {
	d := h.dice
	switch n := d.IntN(1000); {
	case n < 330:
		h.file(sharepoint, "UNSPECIFIED", "FileAccessed", h.document())
	case n < 470:
		h.file(onedrive, "UNSPECIFIED", "FileModified", h.document())
	case n < 590:
		h.file(sharepoint, "DOWNLOAD_FILE", "FileDownloaded", h.document())
	case n < 710:
		h.file(onedrive, "UPLOAD_FILE", "FileUploaded", h.document())
	case n < 740:
		h.file(onedrive, "DELETE_OBJECT", "FileDeleted", h.document())
	case n < 780:
		h.share("CompanyLinkCreated", h.document(), "")
	case n < 800:
		h.share("SharingInvitationCreated", h.document(), "ops@quaysideit.example")
	case n < 802:
		h.share("SharingInvitationCreated", h.document(), "somebody@gmail.com")
	case n < 806:
		h.share("AnonymousLinkCreated", h.document(), "")
	case n < 945:
		h.logOn(false)
	case n < 965:
		h.mistype()
	case n < 975:
		h.folder()
	case n < 985:
		h.rarely(id)
	default:
		h.file(sharepoint, "VIEW_REPORT", "FileViewed", h.document())
	}
}

var extensions = []string{"docx", "docx", "xlsx", "xlsx", "pptx", "pdf", "pdf", "csv", "png", "one", "vsdx", "zip", "dwg"}

// document is the name of a file.
func (h *hand) document() string {
	words := []string{"manifest", "tariff", "route-plan", "invoice", "roster", "minutes", "offer", "claim"}
	return pick(h.dice, words) + "-" + strconv.Itoa(h.dice.between(1, 4000)) + "." + pick(h.dice, extensions)
}

// mistype gets the password wrong a few times.
func (h *hand) mistype() {
	for range h.dice.between(1, 3) {
		h.logOn(true)
		h.wait(5*time.Second, 30*time.Second)
	}
	h.logOn(false)
}

// folder moves, takes or clears a whole folder.
func (h *hand) folder() {
	category, operation, most := "DOWNLOAD_FILE", "FileDownloaded", 60
	switch h.dice.IntN(3) {
	case 0:
		category, operation, most = "DELETE_OBJECT", "FileDeleted", 30
	case 1:
		category, operation, most = "UPLOAD_FILE", "FileUploaded", 50
	}
	for range h.dice.between(5, most) {
		h.file(sharepoint, category, operation, h.document())
		h.wait(100*time.Millisecond, 5*time.Second)
	}
}

// rarely is what happens once a month to a person; administration to those who
// have it.
func (h *hand) rarely(id *simulate.Identity) {
	colleague := pick(h.dice, h.company.People).UPN
	switch n := h.dice.IntN(10); {
	case id.Team() == "platform" && n < 6:
		operation := pick(h.dice, []string{"Reset user password.", "Add member to role.", "Update conditional access policy."})
		h.do(deed{app: entra, category: "UNSPECIFIED", operation: operation, item: colleague, kind: objectUser})
	case n < 4:
		h.command("New-InboxRule", [2]string{"Name", "newsletters"}, [2]string{"MoveToFolder", "Later"})
	case n < 5:
		h.command("New-InboxRule", [2]string{"Name", "holiday"}, [2]string{"ForwardTo", colleague})
	case n < 8:
		h.consent("Meeting Polls", "openid profile User.Read")
	default:
		for range h.dice.between(2, 8) {
			h.share("SharingInvitationCreated", h.document(), "ops@quaysideit.example")
		}
	}
}

// strangers try passwords from anonymising networks, in vain.
func (e *Estate) strangers(hour time.Time) {
	if !e.dice.chance(0.2) {
		return
	}
	h := &hand{Estate: e, who: pick(e.dice, e.company.People).UPN, from: exit("192.0.2." + strconv.Itoa(e.dice.between(1, 9))), now: hour.Add(e.dice.span(0, 50*time.Minute))}
	for range e.dice.between(1, 6) {
		h.logOn(true)
		h.wait(2*time.Second, 20*time.Second)
	}
}

// archive is the nightly job that clears what is older than the law demands.
func (e *Estate) archive(hour time.Time) {
	h := &hand{Estate: e, who: "svc-archive@" + e.company.Domain, from: office(e.company.People[0]), now: hour}
	for range e.dice.between(120, 180) {
		h.file(sharepoint, "DELETE_OBJECT", "FileDeleted", h.document())
		h.wait(time.Second, 15*time.Second)
	}
}
