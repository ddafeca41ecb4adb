package simulate

import (
	"fmt"
	"strconv"
	"time"
)

// A skill is something an identity does on an ordinary day.
type skill struct {
	weight int
	run    func(*shift, *group)
}

// choose throws for one of the skills by weight.
func choose(d *dice, skills []skill) skill {
	total := 0
	for _, s := range skills {
		total += s.weight
	}
	n := d.IntN(total)
	for _, s := range skills {
		if n -= s.weight; n < 0 {
			return s
		}
	}
	return skills[0]
}

func skillsOfDeveloper() []skill {
	return append(chores(), []skill{
		{16, restartApp},
		{14, setAppSettings},
		{12, startMachine},
		{12, stopMachine},
		{12, tag},
		{8, readAppSettings},
		{6, openDatabaseToOffice},
		{5, createMachine},
		{5, validate},
		{4, conflict},
		{3, deleteDisk},
		{1, denied},
	}...)
}

func skillsOfPipeline() []skill {
	return append(choresOfPipelines(), []skill{{40, deploy}, {10, listOwnKeys}, {8, swapSlots}, {6, setDiagnostics}, {3, conflict}}...)
}

func skillsOfPlatform() []skill {
	return append(choresOfPlatform(), []skill{
		{14, internalRule},
		{10, tag},
		{8, setDiagnostics},
		{6, lockDown},
		{6, assignPolicy},
		{6, startMachine},
		{5, grantReader},
		{4, startRunbook},
		{3, conflict},
	}...)
}

func skillsOfBackup() []skill {
	return []skill{{10, backUp}, {6, snapshot}, {3, dropSnapshot}, {2, protect}, {1, restore}}
}

func skillsOfMonitoring() []skill {
	return []skill{{10, collectKeys}, {5, setMetricAlert}, {2, routine("Microsoft.Insights/dataCollectionRules/write", "")}}
}

func skillsOfGovernance() []skill {
	return []skill{{6, remediate}, {3, assignPolicy}, {2, grantToApp}, {2, setDiagnostics}, {1, extension("Microsoft.Authorization/policyAssignments/delete", "")}}
}

// deploy is a template deployment: the deployment and what it changes, all in
// one correlation, with the policy records that go with it.
func deploy(s *shift, g *group) {
	name := "release-" + strconv.Itoa(s.between(1000, 99999))
	deployment := g.resource("Microsoft.Resources/deployments", name)
	first := len(s.events)
	s.do(call{
		operation: "Microsoft.Resources/deployments/write", on: deployment, code: "Created", long: 4 * time.Minute,
		request:  `{"properties":{"mode":"Incremental","templateLink":{"uri":"https://templates.` + s.company.Domain + `/` + g.team.name + `/main.json"}}}`,
		response: `{"id":"` + deployment.ID + `","name":"` + name + `","properties":{"provisioningState":"Accepted"}}`,
	})
	s.now = s.events[first].Time.Add(2 * time.Second)
	for range s.between(1, 4) {
		r := pick(s.dice, g.all)
		s.do(call{
			operation: r.Type + "/write", on: r, code: pick(s.dice, []string{"OK", "Created"}),
			request:  `{"location":"` + g.Location + `","tags":{"release":"` + name + `"}}`,
			response: `{"id":"` + r.ID + `","location":"` + g.Location + `","properties":{"provisioningState":"Succeeded"}}`,
		})
		if s.chance(0.5) {
			audit(s, r)
		}
	}
}

func restartApp(s *shift, g *group) {
	s.do(call{operation: "Microsoft.Web/sites/restart/action", on: oneOf(s, g, "Microsoft.Web/sites")})
}

func setAppSettings(s *shift, g *group) {
	app := oneOf(s, g, "Microsoft.Web/sites")
	s.do(call{operation: "Microsoft.Web/sites/config/list/action", on: app})
	s.do(call{
		operation: "Microsoft.Web/sites/config/write", on: app,
		request: fmt.Sprintf(`{"properties":{"FEATURE_%d":"on"}}`, s.between(1, 90)),
	})
}

func readAppSettings(s *shift, g *group) {
	s.do(call{operation: "Microsoft.Web/sites/config/list/action", on: oneOf(s, g, "Microsoft.Web/sites")})
}

func startMachine(s *shift, g *group) {
	s.do(call{
		operation: "Microsoft.Compute/virtualMachines/start/action", on: oneOf(s, g, "Microsoft.Compute/virtualMachines"),
		code: "Accepted", long: time.Minute,
	})
}

func stopMachine(s *shift, g *group) {
	s.do(call{
		operation: "Microsoft.Compute/virtualMachines/deallocate/action", on: oneOf(s, g, "Microsoft.Compute/virtualMachines"),
		code: "Accepted", long: 2 * time.Minute,
	})
}

func tag(s *shift, g *group) {
	r := pick(s.dice, g.all)
	s.do(call{
		operation: "Microsoft.Resources/tags/write", on: r.under("Microsoft.Resources/tags", "default"),
		request: `{"operation":"Merge","properties":{"tags":{"costcenter":"` + strconv.Itoa(s.between(4000, 4090)) + `"}}}`,
	})
}

// createMachine makes a small machine in the group's own region.
func createMachine(s *shift, g *group) {
	size := pick(s.dice, []string{"Standard_B2ms", "Standard_D2s_v5", "Standard_D4s_v5"})
	vm := g.resource("Microsoft.Compute/virtualMachines", fmt.Sprintf("vm-%s-%s-%03d", g.team.name, g.stage, s.between(1, 400)))
	createVirtualMachine(s, vm, size)
	audit(s, vm)
}

// createVirtualMachine is the call that creates vm.
func createVirtualMachine(s *shift, vm *Resource, size string) {
	s.do(call{
		operation: "Microsoft.Compute/virtualMachines/write", on: vm, code: "Created", long: 3 * time.Minute,
		request:  machineBody(vm, size, ""),
		response: machineBody(vm, size, `,"provisioningState":"Creating"`),
	})
}

func machineBody(vm *Resource, size, more string) string {
	return `{"id":"` + vm.ID + `","name":"` + vm.Name + `","location":"` + vm.Location +
		`","properties":{"hardwareProfile":{"vmSize":"` + size + `"},"storageProfile":{"osDisk":{"createOption":"FromImage"}}` + more + `}}`
}

func openDatabaseToOffice(s *shift, g *group) {
	server := oneOf(s, g, "Microsoft.Sql/servers")
	rule := g.resource("Microsoft.Sql/servers/firewallRules", server.Name+"/office-"+strconv.Itoa(s.between(1, 40)))
	s.do(call{
		operation: "Microsoft.Sql/servers/firewallRules/write", on: rule, code: "Created",
		request: `{"properties":{"startIpAddress":"` + s.session.IP + `","endIpAddress":"` + s.session.IP + `"}}`,
	})
}

func validate(s *shift, g *group) {
	s.do(call{operation: "Microsoft.Resources/deployments/validate/action", on: g.resource("Microsoft.Resources/deployments", "check-"+strconv.Itoa(s.between(1, 9999)))})
}

// conflict is a change that meets another one in progress.
func conflict(s *shift, g *group) {
	r := pick(s.dice, g.all)
	s.do(call{operation: r.Type + "/write", on: r, fails: pick(s.dice, []string{"Conflict", "BadRequest", "NotFound"})})
}

// denied is a call without the right to make it.
func denied(s *shift, _ *group) {
	foreign := s.company.group(s.dice)
	s.do(call{operation: foreign.all[0].Type + "/write", on: foreign.all[0], fails: "Forbidden"})
}

// deleteDisk tidies up one disk that nothing uses.
func deleteDisk(s *shift, g *group) {
	disk := g.resource("Microsoft.Compute/disks", "disk-old-"+strconv.Itoa(s.between(1, 900)))
	s.do(call{operation: "Microsoft.Compute/disks/delete", on: disk, code: "Accepted", long: 30 * time.Second})
}

func swapSlots(s *shift, g *group) {
	app := oneOf(s, g, "Microsoft.Web/sites")
	s.do(call{operation: "Microsoft.Web/sites/slots/slotsswap/action", on: app, code: "Accepted", long: time.Minute})
}

// listOwnKeys reads the key of one account of the pipeline's own team.
func listOwnKeys(s *shift, g *group) {
	listKeys(s, oneOf(s, g, "Microsoft.Storage/storageAccounts"))
}

func listKeys(s *shift, account *Resource) {
	s.do(call{operation: "Microsoft.Storage/storageAccounts/listKeys/action", on: account})
}

// oneOf returns a resource of a type from the group, or from any other group
// of the company if it has none.
func oneOf(s *shift, g *group, typ string) *Resource {
	for range 50 {
		if found := g.of(typ); len(found) > 0 {
			return pick(s.dice, found)
		}
		g = s.company.group(s.dice)
	}
	return g.resource(typ, "spare")
}
