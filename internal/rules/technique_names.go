package rules

// techniqueTitle returns a technique with its name, if it is one of those that
// built-in rules are for.
func techniqueTitle(id string) string {
	if name := techniqueNames()[id]; name != "" {
		return id + " " + name
	}
	return id
}

// techniqueNames are the names that ATT&CK gives to techniques of the cloud.
func techniqueNames() map[string]string {
	return map[string]string{
		"T1021.008": "Direct Cloud VM Connections",
		"T1040":     "Network Sniffing",
		"T1046":     "Network Service Discovery",
		"T1059":     "Command and Scripting Interpreter",
		"T1059.009": "Cloud API",
		"T1070":     "Indicator Removal",
		"T1078.004": "Cloud Accounts",
		"T1090.003": "Multi-hop Proxy",
		"T1098":     "Account Manipulation",
		"T1098.001": "Additional Cloud Credentials",
		"T1098.003": "Additional Cloud Roles",
		"T1098.004": "SSH Authorized Keys",
		"T1133":     "External Remote Services",
		"T1136":     "Create Account",
		"T1199":     "Trusted Relationship",
		"T1213":     "Data from Information Repositories",
		"T1485":     "Data Destruction",
		"T1486":     "Data Encrypted for Impact",
		"T1489":     "Service Stop",
		"T1490":     "Inhibit System Recovery",
		"T1496":     "Resource Hijacking",
		"T1525":     "Implant Internal Image",
		"T1526":     "Cloud Service Discovery",
		"T1528":     "Steal Application Access Token",
		"T1530":     "Data from Cloud Storage",
		"T1531":     "Account Access Removal",
		"T1535":     "Unused/Unsupported Cloud Regions",
		"T1537":     "Transfer Data to Cloud Account",
		"T1546":     "Event Triggered Execution",
		"T1548.005": "Temporary Elevated Cloud Access",
		"T1552":     "Unsecured Credentials",
		"T1555.006": "Cloud Secrets Management Stores",
		"T1556":     "Modify Authentication Process",
		"T1562":     "Impair Defenses",
		"T1562.001": "Disable or Modify Tools",
		"T1562.007": "Disable or Modify Cloud Firewall",
		"T1562.008": "Disable or Modify Cloud Logs",
		"T1567":     "Exfiltration Over Web Service",
		"T1578.001": "Create Snapshot",
		"T1578.005": "Modify Cloud Compute Configurations",
		"T1580":     "Cloud Infrastructure Discovery",
		"T1648":     "Serverless Execution",
		"T1651":     "Cloud Administration Command",
		"T1666":     "Modify Cloud Resource Hierarchy",
	}
}
