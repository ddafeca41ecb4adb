package simulate

import (
	"fmt"
	"time"
)

// foreignRig: a developer's account is used to mine at the company's cost.
func (c *Company) foreignRig(d *dice, at time.Time) *plot {
	p := &plot{Story: Story{
		Name: "Somebody else's mining rig",
		Summary: "The account of " + c.cast.developer.Name + " signs in from a foreign address late in the evening, exempts a sandbox group from " +
			"the policy that limits machine sizes and starts a dozen of the dearest GPU machines in regions the company never uses.",
	}}
	s := c.cast.developer.shift(d, at, "192.0.2.140")
	target := c.cast.developer.team.in("dev")[0]
	p.scene(s, PolicyExempted, func() { exempt(s, target) })
	s.wait(3*time.Minute, 5*time.Minute)
	p.scene(s, ExpensiveCompute, func() {
		for i, region := range []string{"southcentralus", "koreacentral", "brazilsouth", "uaenorth"} {
			for j := range 3 {
				vm := target.resource("Microsoft.Compute/virtualMachines", fmt.Sprintf("node-%d%d", i, j))
				vm.Location = region
				createVirtualMachine(s, vm, "Standard_NC96ads_A100_v4")
				s.now = s.now.Add(-2 * time.Minute)
			}
			s.wait(3*time.Minute, 4*time.Minute)
		}
	})
	return p.end(s)
}

// exempt takes a group out of the reach of a policy.
func exempt(s *shift, g *group) {
	assignment := g.Subscription.self.ID + "/providers/Microsoft.Authorization/policyAssignments/allowed-machine-sizes"
	s.do(call{
		operation: "Microsoft.Authorization/policyExemptions/write", on: g.under("Microsoft.Authorization/policyExemptions", "temp-test"), code: "Created",
		request: `{"properties":{"policyAssignmentId":"` + assignment + `","exemptionCategory":"Waiver","description":"test"}}`,
	})
}
