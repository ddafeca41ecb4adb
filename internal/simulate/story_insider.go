package simulate

import "time"

// lastEvening: a platform engineer on notice stays late.
func (c *Company) lastEvening(d *dice, at time.Time) *plot {
	p := &plot{Story: Story{
		Name: "The last evening",
		Summary: c.cast.insider.Name + ", on notice, stays late: takes the locks off a production group, deletes nearly everything in it " +
			"and purges its key vault so that nothing can be recovered.",
	}}
	s := c.cast.insider.shift(d, at, c.cast.insider.habits.addresses[0])
	target := c.Subscriptions[0].groups[0]
	vault := target.of("Microsoft.KeyVault/vaults")[0]
	p.scene(s, LockRemoved, func() {
		for _, typ := range []string{"Microsoft.Sql/servers", "Microsoft.KeyVault/vaults", "Microsoft.Storage/storageAccounts"} {
			s.do(call{operation: "Microsoft.Authorization/locks/delete", on: target.of(typ)[0].under("Microsoft.Authorization/locks", "keep")})
			s.wait(20*time.Second, time.Minute)
		}
	})
	s.wait(2*time.Minute, 4*time.Minute)
	p.scene(s, MassDeletion, func() {
		for _, r := range target.all {
			s.do(call{operation: r.Type + "/delete", on: r})
			s.wait(10*time.Second, 50*time.Second)
		}
	})
	s.wait(time.Minute, 3*time.Minute)
	p.scene(s, VaultPurged, func() { purge(s, vault) })
	return p.end(s)
}

// purge removes a deleted vault for good.
func purge(s *shift, vault *Resource) {
	gone := *vault
	gone.ID = vault.Subscription.self.ID + "/providers/Microsoft.KeyVault/locations/" + vault.Location + "/deletedVaults/" + vault.Name
	gone.Type, gone.Group, gone.Name = "Microsoft.KeyVault/locations/deletedVaults", "", vault.Location+"/"+vault.Name
	s.do(call{operation: "Microsoft.KeyVault/locations/deletedVaults/purge/action", on: &gone, code: "Accepted", long: time.Minute})
}
