package decode

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nephoscope/internal/event"
)

// samples are the collected sample files with the true number of events in
// each. The expected documents of other parsers and the recorded calls hold no
// events of ours: one unknown record for each document or line.
var samples = []struct {
	path  string
	count int
	shape event.Shape
}{
	{"arm-export/azure-cli--test_monitor_diagnostic_settings_subscription.ndjson", 7, event.ShapeUnknown},
	{"event-hub/beats--activity_log.json", 2, event.ShapeHub},
	{"event-hub/elastic-integrations--test-acitivitylogs-responsebody.log", 1, event.ShapeHub},
	{"event-hub/elastic-integrations--test-activitylogs-edgecases.log", 3, event.ShapeHub},
	{"event-hub/elastic-integrations--test-activitylogs-edgecases.log-expected.json", 1, event.ShapeUnknown},
	{"event-hub/elastic-integrations--test-activitylogs-identity.log", 1, event.ShapeHub},
	{"event-hub/elastic-integrations--test-activitylogs-identity.log-expected.json", 1, event.ShapeUnknown},
	{"event-hub/elastic-integrations--test-activitylogs-mixedcase-resourceid.log", 2, event.ShapeHub},
	{"event-hub/elastic-integrations--test-activitylogs-raw.log", 1, event.ShapeHub},
	{"event-hub/elastic-integrations--test-activitylogs-raw.log-expected.json", 1, event.ShapeUnknown},
	{"event-hub/elastic-integrations--test-azure-activitylogs-duration-as-string-sample.log", 3, event.ShapeHub},
	{"event-hub/elastic-integrations--test-time-formats-corner-cases.log", 11, event.ShapeHub},
	{"event-hub/elastic-integrations--test-time-formats-corner-cases.log-expected.json", 1, event.ShapeUnknown},
	{"event-hub/otel--alert-log.json", 1, event.ShapeHub},
	{"event-hub/otel--pim-log.json", 3, event.ShapeHub},
	{"event-hub/otel--resourcehealth-log.json", 1, event.ShapeHub},
	{"event-hub/otel--security-log.json", 1, event.ShapeHub},
	{"event-hub/otel--servicehealth-log.json", 1, event.ShapeHub},
	{"event-hub/panther/azure_advisor_security_recommendation.ndjson", 2, event.ShapeHub},
	{"event-hub/panther/azure_alert_rules_deleted.ndjson", 4, event.ShapeHub},
	{"event-hub/panther/azure_automation_runbook_created_or_modified.ndjson", 4, event.ShapeHub},
	{"event-hub/panther/azure_automation_runbook_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_automation_schedule_created.ndjson", 4, event.ShapeHub},
	{"event-hub/panther/azure_automation_webhook_created.ndjson", 4, event.ShapeHub},
	{"event-hub/panther/azure_diagnostic_settings_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_disk_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_firewall_policy_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_keyvault_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_keyvault_key_accessed_or_recovered.ndjson", 4, event.ShapeHub},
	{"event-hub/panther/azure_keyvault_key_purged.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_keyvault_purged.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_keyvault_secret_accessed_or_recovered.ndjson", 4, event.ShapeHub},
	{"event-hub/panther/azure_kubernetes_rolebinding_created.ndjson", 5, event.ShapeHub},
	{"event-hub/panther/azure_network_ip_discovery.ndjson", 5, event.ShapeHub},
	{"event-hub/panther/azure_network_port_mapping.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_network_watcher_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_policy_deployifnotexists.ndjson", 4, event.ShapeHub},
	{"event-hub/panther/azure_resource_group_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_resource_lock_deleted.ndjson", 5, event.ShapeHub},
	{"event-hub/panther/azure_restore_point_collection_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_role_assignment_privileged_or_elevated.ndjson", 4, event.ShapeHub},
	{"event-hub/panther/azure_storage_account_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_storage_account_key_access_enabled.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_storage_account_key_regenerated.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_storage_account_versioning_disabled.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_storage_blob_anonymous_access_enabled.ndjson", 6, event.ShapeHub},
	{"event-hub/panther/azure_storage_blob_soft_delete_disabled.ndjson", 2, event.ShapeHub},
	{"event-hub/panther/azure_storage_container_soft_delete_disabled.ndjson", 2, event.ShapeHub},
	{"event-hub/panther/azure_storage_fileshare_modified.ndjson", 4, event.ShapeHub},
	{"event-hub/panther/azure_virtual_network_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_vm_command_executed.ndjson", 8, event.ShapeHub},
	{"event-hub/panther/azure_vm_deleted.ndjson", 3, event.ShapeHub},
	{"event-hub/panther/azure_vm_disk_sas_uri_generated.ndjson", 5, event.ShapeHub},
	{"event-hub/panther/azure_vm_snapshot_deleted.ndjson", 3, event.ShapeHub},
	{"log-analytics/sentinel-training-lab--azureActivity_adele.csv", 23, event.ShapeTableRow},
	{"log-analytics/sentinel-training-lab--azure_activity.csv", 325, event.ShapeTableRow},
	{"log-analytics/wazuh--log_analytics_events.json", 2, event.ShapeTableRow},
	{"rest-api/azure-net--CanListEventsAndMetrics.select.response.json", 13, event.ShapeREST},
	{"rest-api/azure-net--SecurityBreachOrRisk.response.json", 11, event.ShapeREST},
	{"rest-api/azure-xplat-cli--correlationId_should_work.response.json", 2, event.ShapeREST},
	{"rest-api/azure-xplat-cli--resource_group_should_work_without_options.response.json", 1, event.ShapeREST},
	{"rest-api/azure-xplat-cli--should_work_without_params.response.json", 2, event.ShapeREST},
	{"rest-api/manageiq/availabilitySets_delete_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/deployments_exportTemplate_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/deployments_write_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/disks_write_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/loadBalancers_delete_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/locks_delete_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/locks_write_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/networkSecurityGroups_delete_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/networkSecurityGroups_securityRules_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/publicIPAddresses_delete_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/publicIPAddresses_write_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/snapshots_write_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/storageAccounts_delete_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/storageAccounts_write_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/subscriptions_resourceGroups_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/virtualMachines_deallocate_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/virtualMachines_delete_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/virtualMachines_generalize_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/virtualMachines_powerOff_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/virtualMachines_start_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/virtualMachines_write_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/virtualNetworks_delete_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/virtualNetworks_write_EndRequest.json", 1, event.ShapeREST},
	{"rest-api/manageiq/virtualnetworks_delete_EndRequest_downcase.json", 1, event.ShapeREST},
	{"rest-api/manageiq/virtualnetworks_subnets_EndRequest_downcase.json", 1, event.ShapeREST},
	{"rest-api/manageiq/vm_with_description.json", 1, event.ShapeREST},
	{"rest-api/msdocs--recommendation.json", 1, event.ShapeREST},
	{"rest-api/sekoia--administrative.expected-ecs.json", 1, event.ShapeUnknown},
	{"rest-api/sekoia--administrative.json", 1, event.ShapeREST},
	{"rest-api/sekoia--alert.expected-ecs.json", 1, event.ShapeUnknown},
	{"rest-api/sekoia--alert.json", 1, event.ShapeREST},
	{"rest-api/sekoia--policy.expected-ecs.json", 1, event.ShapeUnknown},
	{"rest-api/sekoia--policy.json", 1, event.ShapeREST},
	{"rest-api/sekoia-automation--message_1.json", 1, event.ShapeREST},
}

func TestSamples(t *testing.T) {
	dir := samplesDir(t)
	for _, s := range samples {
		body, err := os.ReadFile(filepath.Join(dir, s.path))
		if err != nil {
			t.Error(err)
			continue
		}
		want := decodeAll(t, New(Options{}), &event.Message{Body: body})
		n := 0
		for _, e := range want {
			if strings.Contains(string(e[:min(len(e), 40)]), " "+s.shape.String()+" ") {
				n++
			}
		}
		if n != s.count || len(want) != s.count {
			t.Errorf("%s: %d elements, %d records of shape %s, want %d", s.path, len(want), n, s.shape, s.count)
		}
		for _, block := range []int{1, 5000} {
			if got := readAll(t, bytes.NewReader(body), Options{Block: block}); lines(got) != lines(want) {
				t.Errorf("%s: blocks of %d give other elements", s.path, block)
			}
		}
	}
}

// TestSamplesComplete holds the table and the folder together.
func TestSamplesComplete(t *testing.T) {
	dir := samplesDir(t)
	known := map[string]bool{"SOURCES.md": true}
	for _, s := range samples {
		known[s.path] = true
	}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !known[path] {
			t.Errorf("no count for %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// samplesDir finds the collected samples beside the project, if they are
// there.
func samplesDir(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(dir, "go.mod")) {
		dir = filepath.Dir(dir)
	}
	samples := filepath.Join(filepath.Dir(dir), "shared", "samples", "activity-log")
	if !exists(samples) {
		t.Skip("the collected samples (../shared/samples/activity-log) are not there")
	}
	return samples
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
