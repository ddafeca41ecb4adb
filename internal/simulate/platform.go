package simulate

import (
	"strconv"
	"time"
)

// An emitter is a part of the platform that writes events by itself.
type emitter struct {
	weight float64
	caller string // the provider's name, empty if the events have no caller
	run    func(*shift, *group)
}

func emitters() []emitter {
	return []emitter{
		{0.4, "", policySweep},
		{0.35, "Microsoft.Insights/autoscaleSettings", scale},
		{0.2, "Microsoft.Insights/alertRules", metricAlert},
		{0.15, "", resourceHealth},
		{0.08, "Microsoft.Advisor", recommend},
		{0.04, "", serviceHealth},
		{0.03, "", securityAlert},
	}
}

// provider makes the identity of a platform service.
func (c *Company) provider(name string) *Identity {
	id := &Identity{Name: name, company: c, habits: habits{addresses: []string{""}}}
	key := "spn"
	if name == "Microsoft.Advisor" {
		key = "emailaddress"
	}
	id.static = appendMember(nil, claims2005+key, name)
	return id
}

// audit is the policy engine's remark on a change that was just made.
func audit(s *shift, r *Resource) {
	effect, level := "audit", "Warning"
	if s.chance(0.15) {
		effect = "auditIfNotExists"
	}
	s.note(Event{
		Category: Policy, Operation: "Microsoft.Authorization/policies/" + effect + "/action",
		Status: Success, Substatus: "OK", Level: level, Resource: r, Properties: policyProperties(s, r, effect, "False"),
	})
}

// policySweep is the daily compliance scan.
func policySweep(s *shift, g *group) {
	for range s.between(1, 3) {
		r := pick(s.dice, g.all)
		s.note(Event{
			Category: Policy, Operation: "Microsoft.Authorization/policies/auditIfNotExists/action",
			Status: Success, Substatus: "OK", Level: "Warning", Resource: r, Properties: policyProperties(s, r, "auditIfNotExists", "True"),
		})
		s.wait(time.Second, 20*time.Second)
	}
}

func policyProperties(s *shift, r *Resource, effect, compliance string) []Property {
	name := strconv.Itoa(s.between(1, 12))
	return []Property{
		{"isComplianceCheck", compliance},
		{"resourceLocation", r.Location},
		{"ancestors", "mg-brightwater," + s.company.TenantID.String()},
		{"policies", `[{"policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/brightwater-` + name +
			`","policyDefinitionName":"brightwater-` + name + `","policyDefinitionEffect":"` + effect +
			`","policyAssignmentId":"` + r.Subscription.self.ID + `/providers/Microsoft.Authorization/policyAssignments/baseline","policyAssignmentName":"baseline","policyAssignmentScope":"` +
			r.Subscription.self.ID + `"}]`},
		{"eventCategory", string(Policy)},
		{"entity", r.ID},
		{"message", "Microsoft.Authorization/policies/" + effect + "/action"},
		{"hierarchy", r.Subscription.hierarchy},
	}
}

func scale(s *shift, g *group) {
	set := oneOf(s, g, "Microsoft.Compute/virtualMachineScaleSets")
	from, verb, to := s.between(2, 5), "Scaleup", 0
	to = from + 1
	if s.chance(0.5) {
		verb, to = "Scaledown", from-1
	}
	s.note(Event{
		Category: Autoscale, Operation: "Microsoft.Insights/AutoscaleSettings/" + verb + "/Action", Status: Succeeded, Resource: set,
		Description: "The autoscale engine changed the number of instances of " + set.Name + ".",
		Properties: []Property{
			{"Description", "The autoscale engine attempting to scale resource '" + set.ID + "' from " + strconv.Itoa(from) + " instances count to " + strconv.Itoa(to) + " instances count."},
			{"ResourceName", set.ID},
			{"OldInstancesCount", strconv.Itoa(from)},
			{"NewInstancesCount", strconv.Itoa(to)},
			{"LastScaleActionTime", s.now.Format(time.RFC1123)},
		},
	})
}

// metricAlert fires and, a while later, resolves.
func metricAlert(s *shift, g *group) {
	vm := oneOf(s, g, "Microsoft.Compute/virtualMachines")
	rule := g.resource("Microsoft.Insights/metricAlerts", "cpu-high")
	properties := []Property{
		{"RuleUri", rule.ID},
		{"RuleName", rule.Name},
		{"RuleDescription", ""},
		{"Threshold", "90"},
		{"WindowSizeInMinutes", "5"},
		{"Aggregation", "Average"},
		{"Operator", "GreaterThan"},
		{"MetricName", "Percentage CPU"},
		{"MetricUnit", "Percent"},
	}
	s.note(Event{Category: Alert, Operation: "Microsoft.Insights/metricAlerts/Activated/Action", Status: Active, Resource: vm, Properties: properties})
	s.wait(5*time.Minute, 30*time.Minute)
	s.note(Event{Category: Alert, Operation: "Microsoft.Insights/metricAlerts/Resolved/Action", Status: Resolved, Resource: vm, Properties: properties})
}

func resourceHealth(s *shift, g *group) {
	vm := oneOf(s, g, "Microsoft.Compute/virtualMachines")
	health := func(operation string, status Status, now, before, title string) {
		s.note(Event{
			Category: ResourceHealth, Operation: "Microsoft.Resourcehealth/healthevent/" + operation + "/action", Status: status, Resource: vm,
			Properties: []Property{
				{"title", title},
				{"details", ""},
				{"currentHealthStatus", now},
				{"previousHealthStatus", before},
				{"type", "Downtime"},
				{"cause", "PlatformInitiated"},
			},
		})
	}
	health("Activated", Active, "Unavailable", "Available", "Remote disk disconnected")
	s.wait(3*time.Minute, 25*time.Minute)
	health("Resolved", Resolved, "Available", "Unavailable", "Available")
}

func recommend(s *shift, g *group) {
	s.note(Event{
		Category: Recommendation, Operation: "Microsoft.Advisor/recommendations/available/action", Status: Active, Resource: pick(s.dice, g.all),
		Description: "A new recommendation is available.",
		Properties: []Property{
			{"recommendationSchemaVersion", "1.0"},
			{"recommendationCategory", pick(s.dice, []string{"Cost", "Security", "HighAvailability", "Performance"})},
			{"recommendationImpact", pick(s.dice, []string{"Low", "Medium", "High"})},
			{"recommendationName", pick(s.dice, []string{"Right-size underused machines", "Enable soft delete", "Use zone-redundant storage"})},
			{"recommendationType", s.guid().String()},
		},
	})
}

func serviceHealth(s *shift, g *group) {
	service := pick(s.dice, []string{"Virtual Machines", "App Service", "Azure SQL Database", "Storage"})
	title, tracking := service+" - connectivity issues in "+g.Location, s.token(4)+"-"+s.token(3)
	for _, step := range []struct {
		stage  string
		status Status
	}{{"Active", Active}, {"Resolved", Resolved}} {
		s.note(Event{
			Category: ServiceHealth, Operation: "Microsoft.ServiceHealth/incident/action", Status: step.status, Resource: g.Subscription.self,
			Description: title,
			Properties: []Property{
				{"title", title},
				{"service", service},
				{"region", g.Location},
				{"communication", "<p>Customers may see errors when connecting to " + service + ". Next update within 60 minutes.</p>"},
				{"incidentType", "Incident"},
				{"trackingId", tracking},
				{"impactStartTime", s.now.Format(timeLayout)},
				{"impactedServices", `[{"ImpactedRegions":[{"RegionName":"` + g.Location + `"}],"ServiceName":"` + service + `"}]`},
				{"defaultLanguageTitle", title},
				{"stage", step.stage},
				{"version", "1"},
				{"IsSynthetic", "False"},
			},
		})
		s.wait(20*time.Minute, 40*time.Minute)
	}
}

func securityAlert(s *shift, g *group) {
	vm := oneOf(s, g, "Microsoft.Compute/virtualMachines")
	s.note(Event{
		Category: Security, Operation: "Microsoft.Security/locations/alerts/activate/action", Status: Active, Resource: vm,
		Description: "An executable with a double extension ran on " + vm.Name + ".",
		Properties: []Property{
			{"Severity", "Low"},
			{"ActionTaken", "Detected"},
			{"processName", `c:\tools\invoice.pdf.exe`},
			{"processId", strconv.Itoa(s.between(400, 9000))},
			{"commandLine", `c:\tools\invoice.pdf.exe -q`},
			{"userName", "svc-scan"},
			{"eventCategory", string(Security)},
		},
	})
}
