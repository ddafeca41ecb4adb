package rules

import "slices"

// An EntityType is a type that entity mappings can name, with the identifiers
// that its fields can have.
type EntityType struct {
	Name string // in mappings and in grouping: Account
	JSON string // value of Type in an alert's entities: account
	// Strong identifiers: a mapping needs one of them, or every one if All.
	Strong []string
	Other  []string
	All    bool
}

// EntityTypes lists the types in the order of the documentation.
func EntityTypes() []EntityType {
	return []EntityType{
		{
			Name: "Account", JSON: "account",
			Strong: []string{"FullName", "Sid", "Name", "AadUserId", "PUID", "ObjectGuid"},
			Other:  []string{"NTDomain", "DnsDomain", "UPNSuffix", "AadTenantId", "IsDomainJoined", "DisplayName"},
		},
		{
			Name: "Host", JSON: "host",
			Strong: []string{"FullName", "HostName", "NetBiosName", "AzureID", "OMSAgentID"},
			Other:  []string{"DnsDomain", "NTDomain", "OSFamily", "OSVersion", "IsDomainJoined"},
		},
		{Name: "IP", JSON: "ip", Strong: []string{"Address"}, Other: []string{"AddressScope"}},
		{Name: "URL", JSON: "url", Strong: []string{"Url"}},
		{Name: "AzureResource", JSON: "azure-resource", Strong: []string{"ResourceId"}},
		{Name: "CloudApplication", JSON: "cloud-application", Strong: []string{"AppId", "Name"}, Other: []string{"InstanceName"}},
		{Name: "DNS", JSON: "dns", Strong: []string{"DomainName"}},
		{Name: "File", JSON: "file", Strong: []string{"Name"}, Other: []string{"Directory"}},
		{Name: "FileHash", JSON: "filehash", Strong: []string{"Algorithm", "Value"}, All: true},
		{Name: "Malware", JSON: "malware", Strong: []string{"Name"}, Other: []string{"Category"}},
		{Name: "Process", JSON: "process", Strong: []string{"CommandLine", "ProcessId"}, Other: []string{"ElevationToken", "CreationTimeUtc"}},
		{Name: "RegistryKey", JSON: "registry-key", Strong: []string{"Key", "Hive"}},
		{Name: "RegistryValue", JSON: "registry-value", Strong: []string{"Name"}, Other: []string{"Value", "ValueType"}},
		{Name: "SecurityGroup", JSON: "security-group", Strong: []string{"DistinguishedName", "SID", "ObjectGuid"}},
		{
			Name: "Mailbox", JSON: "mailbox", Strong: []string{"MailboxPrimaryAddress"},
			Other: []string{"DisplayName", "Upn", "ExternalDirectoryObjectId", "RiskLevel"},
		},
		{
			Name: "MailMessage", JSON: "mail-message",
			Strong: []string{"NetworkMessageId", "Recipient"},
			Other: []string{
				"Sender", "P1Sender", "P1SenderDisplayName", "P1SenderDomain", "P2Sender", "P2SenderDisplayName",
				"P2SenderDomain", "SenderIP", "Subject", "Urls", "Threats", "ReceivedDate", "InternetMessageId",
				"Language", "ThreatDetectionMethods", "BodyFingerprintBin1", "BodyFingerprintBin2",
				"BodyFingerprintBin3", "BodyFingerprintBin4", "BodyFingerprintBin5", "AntispamDirection",
				"DeliveryAction", "DeliveryLocation",
			},
		},
		{
			Name: "MailCluster", JSON: "mail-cluster",
			Strong: []string{"Query", "Source"},
			Other: []string{
				"NetworkMessageIds", "CountByDeliveryStatus", "CountByThreatType", "CountByProtectionStatus", "Threats",
				"QueryTime", "MailCount", "IsVolumeAnomaly", "ClusterSourceIdentifier", "ClusterSourceType",
				"ClusterQueryStartTime", "ClusterQueryEndTime", "ClusterGroup",
			},
		},
		{
			Name: "SubmissionMail", JSON: "SubmissionMail",
			Strong: []string{"SubmissionId", "NetworkMessageId", "Recipient", "Submitter"},
			Other:  []string{"Timestamp", "Sender", "SenderIp", "Subject", "ReportType", "SubmissionDate"},
		},
		{
			Name: "IoTDevice", JSON: "iotdevice",
			Strong: []string{"DeviceId"},
			Other: []string{
				"DeviceName", "IoTSecurityAgentId", "DeviceType", "Source", "Manufacturer", "Model", "OperatingSystem",
				"MacAddress", "Protocols", "SerialNumber", "FirmwareVersion",
			},
		},
	}
}

// LookupEntityType finds a type by its name in mappings.
func LookupEntityType(name string) (EntityType, bool) {
	all := EntityTypes()
	i := slices.IndexFunc(all, func(t EntityType) bool { return t.Name == name })
	if i < 0 {
		return EntityType{}, false
	}
	return all[i], true
}

func entityNames() []string {
	var names []string
	for _, t := range EntityTypes() {
		names = append(names, t.Name)
	}
	return names
}

// identifiers lists all identifiers of the type.
func (t EntityType) identifiers() []string {
	return slices.Concat(t.Strong, t.Other)
}

// identifiedBy tells whether the fields of a mapping identify an entity.
func (t EntityType) identifiedBy(fields []FieldMapping) bool {
	has := func(id string) bool {
		return slices.ContainsFunc(fields, func(f FieldMapping) bool { return f.Identifier == id })
	}
	if t.All {
		return !slices.ContainsFunc(t.Strong, func(id string) bool { return !has(id) })
	}
	return slices.ContainsFunc(t.Strong, has)
}
