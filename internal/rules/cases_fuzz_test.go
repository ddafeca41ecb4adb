package rules

import "testing"

// FuzzReadCaseFile reads any bytes: what is no file of cases is an error with a
// place, and the calls of the others can be written out.
func FuzzReadCaseFile(f *testing.F) {
	f.Add([]byte(caseText))
	f.Add([]byte("cases: [{name: a, at: 2026-03-02T09:00:00Z, alerts: [{customDetails: {A: [1]}}]}]"))
	f.Add([]byte("cases:\n- &a {name: x, rows: {T: [{A: 1}]}}\n- {<<: *a, name: y}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ReadCaseFile("x.cases.yaml", data)
		if err != nil {
			fault, ok := err.(*CaseError) //nolint:errorlint // it is returned as it is
			if !ok || fault.Message == "" {
				t.Errorf("got %v, want an error with a place", err)
			}
			return
		}
		for i := range file.Cases {
			c := &file.Cases[i]
			for j := range c.Events {
				c.Events[j].Repeat = min(c.Events[j].Repeat, 10)
			}
			if len(c.Hub()) != len(c.REST()) {
				t.Errorf("got %d hub records and %d REST events", len(c.Hub()), len(c.REST()))
			}
		}
	})
}
