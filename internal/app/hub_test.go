package app

import (
	"testing"

	"nephoscope/internal/hub/access"
)

func TestLocalConnectionString(t *testing.T) {
	p := access.Policy{Name: "reader", PrimaryKey: "c2VjcmV0", Rights: access.Listen}
	for address, want := range map[string]string{
		"127.0.0.1:5672":   "Endpoint=sb://127.0.0.1/;SharedAccessKeyName=reader;SharedAccessKey=c2VjcmV0;EntityPath=logs;UseDevelopmentEmulator=true",
		"127.0.0.1:9000":   "Endpoint=sb://127.0.0.1:9000/;SharedAccessKeyName=reader;SharedAccessKey=c2VjcmV0;EntityPath=logs;UseDevelopmentEmulator=true",
		"localhost:5671":   "Endpoint=sb://localhost:5671/;SharedAccessKeyName=reader;SharedAccessKey=c2VjcmV0;EntityPath=logs;UseDevelopmentEmulator=true",
		"[::1]:9000":       "Endpoint=sb://[::1]:9000/;SharedAccessKeyName=reader;SharedAccessKey=c2VjcmV0;EntityPath=logs;UseDevelopmentEmulator=true",
		"0.0.0.0:5671":     "Endpoint=sb://localhost/;SharedAccessKeyName=reader;SharedAccessKey=c2VjcmV0;EntityPath=logs",
		"192.0.2.7:443":    "Endpoint=sb://192.0.2.7:443/;SharedAccessKeyName=reader;SharedAccessKey=c2VjcmV0;EntityPath=logs",
		"hub.example:5671": "Endpoint=sb://hub.example/;SharedAccessKeyName=reader;SharedAccessKey=c2VjcmV0;EntityPath=logs",
	} {
		got := LocalConnectionString(address, p, "logs")
		if got.Text() != want {
			t.Errorf("%s: got %s, want %s", address, got.Text(), want)
		}
		if again, err := access.ParseConnectionString(got.Text()); err != nil || again != got {
			t.Errorf("%s: read back as %v, %v", address, again, err)
		}
	}
}
