package apps

import (
	"strconv"
	"time"
)

// drillsOfFiles are about files that are taken, destroyed or given away.
func drillsOfFiles() []drill {
	return []drill{
		{"files downloaded in mass", func(s *stage) { s.many(260, sharepoint, "DOWNLOAD_FILE", "FileDownloaded", "contract-#.pdf") }},
		{"files deleted in mass", func(s *stage) { s.many(150, sharepoint, "DELETE_OBJECT", "FileDeleted", "contract-#.pdf") }},
		{"files with new extension in mass", func(s *stage) { s.many(60, onedrive, "UPLOAD_FILE", "FileUploaded", "contract-#.pdf.lockd") }},
		{"files shared in mass", func(s *stage) {
			for n := range 45 {
				s.share("AnonymousLinkCreated", "board-"+strconv.Itoa(n+1)+".pptx", "")
				s.wait(10*time.Second, 40*time.Second)
			}
		}},
		{"files shared with personal mail", func(s *stage) {
			for n := range 5 {
				s.share("SharingInvitationCreated", "tariff-"+strconv.Itoa(n+1)+".xlsx", "box77@gmail.com")
				s.wait(time.Minute, 4*time.Minute)
			}
		}},
	}
}

// many does something to many files, # in whose name is their number.
func (s *stage) many(n int, a app, category, operation, name string) {
	for i := range n {
		s.file(a, category, operation, numbered(name, i+1))
		s.wait(time.Second, 10*time.Second)
	}
}
