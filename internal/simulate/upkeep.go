package simulate

import (
	"fmt"
	"strconv"
	"time"
)

// What the platform team and the machines of everybody do.

// internalRule lets one internal network reach another.
func internalRule(s *shift, g *group) {
	nsg := oneOf(s, g, "Microsoft.Network/networkSecurityGroups")
	source := fmt.Sprintf("10.%d.%d.0/24", s.between(1, 60), s.between(0, 250))
	allowInbound(s, nsg, "allow-internal-"+strconv.Itoa(s.between(100, 400)), source, pick(s.dice, []string{"443", "1433", "8443"}))
}

// allowInbound writes a security rule that lets traffic in.
func allowInbound(s *shift, nsg *Resource, name, source, port string) {
	rule := *nsg
	rule.ID, rule.Type, rule.Name = nsg.ID+"/securityRules/"+name, "Microsoft.Network/networkSecurityGroups/securityRules", nsg.Name+"/"+name
	body := `{"name":"` + name + `","properties":{"access":"Allow","direction":"Inbound","priority":` + strconv.Itoa(s.between(100, 900)) +
		`,"protocol":"Tcp","sourceAddressPrefix":"` + source + `","sourcePortRange":"*","destinationAddressPrefix":"*","destinationPortRange":"` + port + `"`
	s.do(call{
		operation: "Microsoft.Network/networkSecurityGroups/securityRules/write", on: &rule, code: "Created", long: 20 * time.Second,
		request: body + `}}`, response: body + `,"provisioningState":"Updating"}}`,
	})
}

// setDiagnostics sends a resource's logs to the company's workspace.
func setDiagnostics(s *shift, g *group) {
	r := pick(s.dice, g.all)
	s.do(call{
		operation: "Microsoft.Insights/diagnosticSettings/write", on: r.under("Microsoft.Insights/diagnosticSettings", "to-workspace"),
		request: `{"properties":{"logs":[{"categoryGroup":"allLogs","enabled":true}]}}`,
	})
}

// lockDown protects a resource from deletion.
func lockDown(s *shift, g *group) {
	r := pick(s.dice, g.all)
	s.do(call{
		operation: "Microsoft.Authorization/locks/write", on: r.under("Microsoft.Authorization/locks", "keep"), code: "Created",
		request: `{"properties":{"level":"CanNotDelete","notes":"Owned by the platform team."}}`,
	})
}

func assignPolicy(s *shift, g *group) {
	name := "require-tags-" + strconv.Itoa(s.between(1, 60))
	s.do(call{
		operation: "Microsoft.Authorization/policyAssignments/write", on: g.under("Microsoft.Authorization/policyAssignments", name), code: "Created",
		request: `{"properties":{"displayName":"Require tags","enforcementMode":"Default"}}`,
	})
}

// grantReader gives a colleague a reading role on one group.
func grantReader(s *shift, g *group) {
	colleague := pick(s.dice, s.company.People)
	for colleague == s.session.Identity {
		colleague = pick(s.dice, s.company.People)
	}
	grant(s, g.Resource, colleague.ObjectID, "User", pick(s.dice, []role{reader, monitorReader, blobReader}))
}

// grant assigns a role on a scope.
func grant(s *shift, scope *Resource, principal GUID, kind string, r role) {
	name := s.guid().String()
	body := `{"properties":{"principalId":"` + principal.String() + `","principalType":"` + kind + `","roleDefinitionId":"` +
		scope.Subscription.self.ID + `/providers/Microsoft.Authorization/roleDefinitions/` + hyphened(r.definition) + `","scope":"` + scope.ID + `"`
	s.do(call{
		operation: "Microsoft.Authorization/roleAssignments/write", on: scope.under("Microsoft.Authorization/roleAssignments", name), code: "Created",
		request: body + `}}`, response: body + `,"createdOn":"` + s.now.Format(timeLayout) + `"},"type":"Microsoft.Authorization/roleAssignments","name":"` + name + `"}`,
	})
}

// hyphened writes a bare GUID with hyphens.
func hyphened(id string) string {
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}

func startRunbook(s *shift, g *group) {
	account := oneOf(s, g, "Microsoft.Automation/automationAccounts")
	job := g.resource("Microsoft.Automation/automationAccounts/jobs", account.Name+"/"+s.guid().String())
	s.do(call{operation: "Microsoft.Automation/automationAccounts/jobs/write", on: job, code: "Created"})
}

func backUp(s *shift, g *group) {
	vault := oneOf(s, g, "Microsoft.RecoveryServices/vaults")
	s.do(call{operation: "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/backup/action", on: vault, code: "Accepted", long: 20 * time.Minute})
}

func snapshot(s *shift, g *group) {
	name := "snap-" + s.now.Format("20060102") + "-" + strconv.Itoa(s.between(1, 99))
	s.do(call{operation: "Microsoft.Compute/snapshots/write", on: g.resource("Microsoft.Compute/snapshots", name), code: "Accepted", long: 2 * time.Minute})
}

// dropSnapshot ends the life of one snapshot of last week.
func dropSnapshot(s *shift, g *group) {
	name := "snap-" + s.now.AddDate(0, 0, -7).Format("20060102") + "-" + strconv.Itoa(s.between(1, 99))
	s.do(call{operation: "Microsoft.Compute/snapshots/delete", on: g.resource("Microsoft.Compute/snapshots", name), code: "Accepted", long: time.Minute})
}

// collectKeys reads the key of the one account that keeps the flow logs.
func collectKeys(s *shift, _ *group) {
	listKeys(s, s.company.teams[0].groups[0].of("Microsoft.Storage/storageAccounts")[0])
}

func setMetricAlert(s *shift, g *group) {
	name := "cpu-high-" + strconv.Itoa(s.between(1, 40))
	s.do(call{
		operation: "Microsoft.Insights/metricAlerts/write", on: g.resource("Microsoft.Insights/metricAlerts", name),
		request: `{"properties":{"severity":3,"enabled":true,"evaluationFrequency":"PT5M"}}`,
	})
}
