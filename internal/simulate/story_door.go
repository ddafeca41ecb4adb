package simulate

import "time"

// openDoor: a contractor opens remote access for convenience, and uses it.
func (c *Company) openDoor(d *dice, at time.Time) *plot {
	p := &plot{Story: Story{
		Name: "The door left open",
		Summary: "The contractor " + c.cast.contractor.Name + " opens remote desktop and SSH of a production network to the whole internet " +
			"and adds a local administrator to a machine behind it with a run-command.",
	}}
	s := c.cast.contractor.shift(d, at, "192.0.2.19")
	target := c.cast.contractor.team.in("prod")[0]
	nsg := target.of("Microsoft.Network/networkSecurityGroups")[0]
	p.scene(s, OpenedToWorld, func() {
		allowInbound(s, nsg, "temp-rdp", "*", "3389")
		s.wait(time.Minute, 2*time.Minute)
		allowInbound(s, nsg, "temp-ssh", "0.0.0.0/0", "22")
	})
	s.wait(6*time.Minute, 12*time.Minute)
	p.scene(s, CommandRun, func() {
		runCommand(s, target.of("Microsoft.Compute/virtualMachines")[0], "RunPowerShellScript", "net localgroup administrators quayside /add")
	})
	return p.end(s)
}
