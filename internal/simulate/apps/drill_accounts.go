package apps

import (
	"strconv"
	"strings"
	"time"
)

// drillsOfAccounts are about accounts in other hands.
func drillsOfAccounts() []drill {
	return []drill{
		{"apps from risky address", func(s *stage) {
			s.from = exit(s.foreign)
			s.logOn(false)
		}},
		{"apps impossible travel", func(s *stage) {
			s.logOn(false)
			s.wait(10*time.Minute, 20*time.Minute)
			s.from = abroad(singapore, s.foreign)
			s.file(sharepoint, "UNSPECIFIED", "FileAccessed", s.document())
		}},
		{"apps admin from new country", func(s *stage) {
			s.person = s.company.People[0]
			s.who, s.from = s.person.UPN, abroad(panama, s.foreign)
			s.do(deed{app: entra, category: "UNSPECIFIED", operation: "Add member to role.", item: "helper@" + s.company.Domain, kind: objectUser})
		}},
		{"apps logon after failures", func(s *stage) {
			s.from = abroad(panama, s.foreign)
			for range 15 {
				s.logOn(true)
				s.wait(20*time.Second, time.Minute)
			}
			s.logOn(false)
		}},
		{"oauth app given wide rights", func(s *stage) { s.consent("Label Printer", "openid Mail.ReadWrite Files.ReadWrite.All") }},
		{"mail forwarded outside", func(s *stage) {
			s.command("New-InboxRule", [2]string{"Name", "."}, [2]string{"ForwardTo", "box77@parcelpost.example"})
		}},
		{"terminated user in apps", func(s *stage) {
			s.who = "ruud.veenstra@" + s.company.Domain
			s.leavers = append(s.leavers, s.who)
			s.from = abroad(rotterdam, s.foreign)
			s.file(sharepoint, "DOWNLOAD_FILE", "FileDownloaded", s.document())
		}},
	}
}

// numbered puts a number in the place of #.
func numbered(name string, n int) string { return strings.ReplaceAll(name, "#", strconv.Itoa(n)) }
