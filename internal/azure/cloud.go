package azure

import (
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// A Cloud is one of Azure's separate clouds: where tokens come from and where
// Resource Manager listens.
type Cloud struct {
	// Authority is the base address of Entra ID.
	Authority string
	// Endpoint is the base address of Resource Manager.
	Endpoint string
	// Audience is what a token for Resource Manager is asked for.
	Audience string
}

// clouds returns the clouds that have a name, as Microsoft documents them.
func clouds() map[string]Cloud {
	return map[string]Cloud{
		"public":       {Authority: "https://login.microsoftonline.com/", Endpoint: "https://management.azure.com"},
		"usgovernment": {Authority: "https://login.microsoftonline.us/", Endpoint: "https://management.usgovcloudapi.net"},
		"china":        {Authority: "https://login.chinacloudapi.cn/", Endpoint: "https://management.chinacloudapi.cn"},
	}
}

// CloudNames returns the names that Config.Cloud may have, sorted.
func CloudNames() []string { return slices.Sorted(maps.Keys(clouds())) }

// configuration returns the cloud in the words of the SDK.
func (c Cloud) configuration() cloud.Configuration {
	return cloud.Configuration{
		ActiveDirectoryAuthorityHost: c.Authority,
		Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: c.Endpoint, Audience: c.Audience},
		},
	}
}

// checkAddress returns what is wrong with the base address of a service, or
// nothing. Plain HTTP is for loopback only, and where plain says so.
func checkAddress(address string, plain bool) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "is no base address: want https://host[:port]"
	case u.Scheme == "https":
		return ""
	case u.Scheme == "http" && plain && loopback(u.Hostname()):
		return ""
	case u.Scheme == "http" && plain:
		return "would send tokens without TLS: want https://, or http:// to a loopback address"
	default:
		return "has scheme " + quote(u.Scheme) + ": want https"
	}
}

// loopback tells whether a host can only be this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && net.IP(ip.AsSlice()).IsLoopback()
}
