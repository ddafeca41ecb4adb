package rules

import (
	"slices"
	"strings"
)

// An AlertFilter picks alerts of Microsoft's products.
type AlertFilter struct {
	Product    string     // ProductName of the alerts, one of Products
	Severities []Severity // none for any
	// DisplayNames are texts of which the alert's name must contain one, none
	// for any name; DisplayNamesExclude those of which it may contain none.
	// Case does not count.
	DisplayNames, DisplayNamesExclude []string
}

// Products lists the products that a filter can name.
func Products() []string {
	return []string{
		"Microsoft Cloud App Security", "Azure Security Center", "Azure Advanced Threat Protection",
		"Azure Active Directory Identity Protection", "Azure Security Center for IoT",
		"Microsoft Defender Advanced Threat Protection", "Office 365 Advanced Threat Protection",
	}
}

// Matches tells whether an alert with this ProductName, AlertName and severity
// passes the filter.
func (f *AlertFilter) Matches(product, name string, severity Severity) bool {
	contains := func(part string) bool {
		return strings.Contains(strings.ToLower(name), strings.ToLower(part))
	}
	switch {
	case !strings.EqualFold(product, f.Product):
		return false
	case len(f.Severities) > 0 && !slices.Contains(f.Severities, severity):
		return false
	case len(f.DisplayNames) > 0 && !slices.ContainsFunc(f.DisplayNames, contains):
		return false
	}
	return !slices.ContainsFunc(f.DisplayNamesExclude, contains)
}
