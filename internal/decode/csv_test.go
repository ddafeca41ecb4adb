package decode

import (
	"slices"
	"testing"

	"nephoscope/internal/event"
)

// TestCSV has files as spreadsheets and the portal write them.
func TestCSV(t *testing.T) {
	row := func(a, b string) string { return `{"TimeGenerated":"` + a + `","Caller":"` + b + `"}` }
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"line feeds", "TimeGenerated [UTC],Caller\na,b\nc,d", []string{row("a", "b"), row("c", "d")}},
		{"local time", "TimeGenerated [Local Time],Level\na,b\n", []string{`{"TimeGenerated [Local Time]":"a","Level":"b"}`}},
		{"both", "TimeGenerated,Caller\r\na,b\r\n\"c\r\nd\",e\r\n", []string{row("a", "b"), row(`c\r\nd`, "e")}},
		{"carriage returns", "TimeGenerated,Caller\ra,b\r\"c\rd\",e\r", []string{row("a", "b"), row(`c\rd`, "e")}},
		{"carriage returns, bad row", "TimeGenerated,Caller\ra,b\ronly\rc,d", []string{row("a", "b"), "syntax only", row("c", "d")}},
		{"carriage returns, empty lines", "\r\rTimeGenerated,Caller\r\ra,b\r\n\rc,d", []string{row("a", "b"), row("c", "d")}},
		{"sep", "sep=,\r\nTimeGenerated,Caller\r\na,b\r\n", []string{row("a", "b")}},
		{"sep, semicolon, mark", "\ufeffSEP=;\nTimeGenerated;Caller\na;b,c,d\n", []string{row("a", "b,c,d")}},
		{"sep, rare", "sep=^\rTimeGenerated^Caller\ra^b,c;d\r", []string{row("a", "b,c;d")}},
		{"header twice", "sep=,\nTimeGenerated,Caller\na,b\nTimeGenerated,Caller\nc,d\n", []string{row("a", "b"), row("c", "d")}},
		{"text after sep", "sep=,\nno table\n", []string{"syntax sep=", "syntax no table"}},
		{
			"portal's list", "Correlation ID,Operation name,Status,Event category,Level,Time,Subscription,Event initiated by,Resource group\n1,2,3,4,5,6,7,8,9\n",
			[]string{`{"CorrelationId":"1","OperationName":"2","ActivityStatus":"3","CategoryValue":"4","Level":"5","TimeGenerated":"6","Subscription":"7","Caller":"8","ResourceGroup":"9"}`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := outcomes(t, New(Options{}), []byte(c.body)); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for block := 1; block < 40; block += 4 {
				checkCuts(t, []byte(c.body), Options{Block: block})
				checkCuts(t, []byte(c.body), Options{Block: block, Format: event.FormatTable})
			}
		})
	}
}
