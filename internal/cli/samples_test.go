package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sampleEvents is how many events each file of the shared samples holds.
func sampleEvents() map[string]int64 {
	return map[string]int64{
		"event-hub/beats--activity_log.json":                                                    2,
		"event-hub/elastic-integrations--test-acitivitylogs-responsebody.log":                   1,
		"event-hub/elastic-integrations--test-activitylogs-edgecases.log":                       3,
		"event-hub/elastic-integrations--test-activitylogs-identity.log":                        1,
		"event-hub/elastic-integrations--test-activitylogs-mixedcase-resourceid.log":            2,
		"event-hub/elastic-integrations--test-activitylogs-raw.log":                             1,
		"event-hub/elastic-integrations--test-azure-activitylogs-duration-as-string-sample.log": 3,
		"event-hub/elastic-integrations--test-time-formats-corner-cases.log":                    11,
		"event-hub/otel--alert-log.json":                                                        1,
		"event-hub/otel--pim-log.json":                                                          3,
		"event-hub/otel--resourcehealth-log.json":                                               1,
		"event-hub/otel--security-log.json":                                                     1,
		"event-hub/otel--servicehealth-log.json":                                                1,
		"event-hub/panther/azure_advisor_security_recommendation.ndjson":                        2,
		"event-hub/panther/azure_alert_rules_deleted.ndjson":                                    4,
		"event-hub/panther/azure_automation_runbook_created_or_modified.ndjson":                 4,
		"event-hub/panther/azure_automation_runbook_deleted.ndjson":                             3,
		"event-hub/panther/azure_automation_schedule_created.ndjson":                            4,
		"event-hub/panther/azure_automation_webhook_created.ndjson":                             4,
		"event-hub/panther/azure_diagnostic_settings_deleted.ndjson":                            3,
		"event-hub/panther/azure_disk_deleted.ndjson":                                           3,
		"event-hub/panther/azure_firewall_policy_deleted.ndjson":                                3,
		"event-hub/panther/azure_keyvault_deleted.ndjson":                                       3,
		"event-hub/panther/azure_keyvault_key_accessed_or_recovered.ndjson":                     4,
		"event-hub/panther/azure_keyvault_key_purged.ndjson":                                    3,
		"event-hub/panther/azure_keyvault_purged.ndjson":                                        3,
		"event-hub/panther/azure_keyvault_secret_accessed_or_recovered.ndjson":                  4,
		"event-hub/panther/azure_kubernetes_rolebinding_created.ndjson":                         5,
		"event-hub/panther/azure_network_ip_discovery.ndjson":                                   5,
		"event-hub/panther/azure_network_port_mapping.ndjson":                                   3,
		"event-hub/panther/azure_network_watcher_deleted.ndjson":                                3,
		"event-hub/panther/azure_policy_deployifnotexists.ndjson":                               4,
		"event-hub/panther/azure_resource_group_deleted.ndjson":                                 3,
		"event-hub/panther/azure_resource_lock_deleted.ndjson":                                  5,
		"event-hub/panther/azure_restore_point_collection_deleted.ndjson":                       3,
		"event-hub/panther/azure_role_assignment_privileged_or_elevated.ndjson":                 4,
		"event-hub/panther/azure_storage_account_deleted.ndjson":                                3,
		"event-hub/panther/azure_storage_account_key_access_enabled.ndjson":                     3,
		"event-hub/panther/azure_storage_account_key_regenerated.ndjson":                        3,
		"event-hub/panther/azure_storage_account_versioning_disabled.ndjson":                    3,
		"event-hub/panther/azure_storage_blob_anonymous_access_enabled.ndjson":                  6,
		"event-hub/panther/azure_storage_blob_soft_delete_disabled.ndjson":                      2,
		"event-hub/panther/azure_storage_container_soft_delete_disabled.ndjson":                 2,
		"event-hub/panther/azure_storage_fileshare_modified.ndjson":                             4,
		"event-hub/panther/azure_virtual_network_deleted.ndjson":                                3,
		"event-hub/panther/azure_vm_command_executed.ndjson":                                    8,
		"event-hub/panther/azure_vm_deleted.ndjson":                                             3,
		"event-hub/panther/azure_vm_disk_sas_uri_generated.ndjson":                              5,
		"event-hub/panther/azure_vm_snapshot_deleted.ndjson":                                    3,
		"log-analytics/sentinel-training-lab--azureActivity_adele.csv":                          23,
		"log-analytics/sentinel-training-lab--azure_activity.csv":                               325,
		"log-analytics/wazuh--log_analytics_events.json":                                        2,
		"rest-api/azure-net--CanListEventsAndMetrics.select.response.json":                      13,
		"rest-api/azure-net--SecurityBreachOrRisk.response.json":                                11,
		"rest-api/azure-xplat-cli--correlationId_should_work.response.json":                     2,
		"rest-api/azure-xplat-cli--resource_group_should_work_without_options.response.json":    1,
		"rest-api/azure-xplat-cli--should_work_without_params.response.json":                    2,
		"rest-api/manageiq/availabilitySets_delete_EndRequest.json":                             1,
		"rest-api/manageiq/deployments_exportTemplate_EndRequest.json":                          1,
		"rest-api/manageiq/deployments_write_EndRequest.json":                                   1,
		"rest-api/manageiq/disks_write_EndRequest.json":                                         1,
		"rest-api/manageiq/loadBalancers_delete_EndRequest.json":                                1,
		"rest-api/manageiq/locks_delete_EndRequest.json":                                        1,
		"rest-api/manageiq/locks_write_EndRequest.json":                                         1,
		"rest-api/manageiq/networkSecurityGroups_delete_EndRequest.json":                        1,
		"rest-api/manageiq/networkSecurityGroups_securityRules_EndRequest.json":                 1,
		"rest-api/manageiq/publicIPAddresses_delete_EndRequest.json":                            1,
		"rest-api/manageiq/publicIPAddresses_write_EndRequest.json":                             1,
		"rest-api/manageiq/snapshots_write_EndRequest.json":                                     1,
		"rest-api/manageiq/storageAccounts_delete_EndRequest.json":                              1,
		"rest-api/manageiq/storageAccounts_write_EndRequest.json":                               1,
		"rest-api/manageiq/subscriptions_resourceGroups_EndRequest.json":                        1,
		"rest-api/manageiq/virtualMachines_deallocate_EndRequest.json":                          1,
		"rest-api/manageiq/virtualMachines_delete_EndRequest.json":                              1,
		"rest-api/manageiq/virtualMachines_generalize_EndRequest.json":                          1,
		"rest-api/manageiq/virtualMachines_powerOff_EndRequest.json":                            1,
		"rest-api/manageiq/virtualMachines_start_EndRequest.json":                               1,
		"rest-api/manageiq/virtualMachines_write_EndRequest.json":                               1,
		"rest-api/manageiq/virtualNetworks_delete_EndRequest.json":                              1,
		"rest-api/manageiq/virtualNetworks_write_EndRequest.json":                               1,
		"rest-api/manageiq/virtualnetworks_delete_EndRequest_downcase.json":                     1,
		"rest-api/manageiq/virtualnetworks_subnets_EndRequest_downcase.json":                    1,
		"rest-api/manageiq/vm_with_description.json":                                            1,
		"rest-api/msdocs--recommendation.json":                                                  1,
		"rest-api/sekoia--administrative.json":                                                  1,
		"rest-api/sekoia--alert.json":                                                           1,
		"rest-api/sekoia--policy.json":                                                          1,
		"rest-api/sekoia-automation--message_1.json":                                            1,
	}
}

// notEvents are files beside the samples that hold none: expected results and
// recordings of something else. They are kept in quarantine.
func notEvents() []string {
	return []string{
		"arm-export/azure-cli--test_monitor_diagnostic_settings_subscription.ndjson",
		"event-hub/elastic-integrations--test-activitylogs-edgecases.log-expected.json",
		"event-hub/elastic-integrations--test-activitylogs-identity.log-expected.json",
		"event-hub/elastic-integrations--test-activitylogs-raw.log-expected.json",
		"event-hub/elastic-integrations--test-time-formats-corner-cases.log-expected.json",
		"rest-api/sekoia--administrative.expected-ecs.json",
		"rest-api/sekoia--alert.expected-ecs.json",
		"rest-api/sekoia--policy.expected-ecs.json",
	}
}

// sharedSamples returns the folder of samples that lies beside the repository
// on some machines.
func sharedSamples(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	samples := filepath.Join(filepath.Dir(dir), "shared", "samples", "activity-log")
	if _, err := os.Stat(samples); err != nil {
		t.Skip("no shared samples beside this repository")
	}
	return samples
}

// ingested is a line of ingest --output json.
type ingested struct {
	Path, Error                             string
	Read, Committed, Duplicate, Quarantined int64
}

// ingestSamples ingests everything below the samples' folders and returns the
// lines by path below the folder; the total is "".
func ingestSamples(t *testing.T, samples, data string) map[string]ingested {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(samples, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("nephoscope", append([]string{"ingest", "--output", "json", "--data", data}, folders...)...).Output()
	if err != nil {
		t.Fatalf("ingest: %v", err)
	}
	lines := map[string]ingested{}
	for line := range bytes.Lines(out) {
		var l ingested
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("line %s: %v", line, err)
		}
		lines[strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(l.Path, samples)), "/")] = l
	}
	return lines
}

func TestSharedSamplesAreCountedRight(t *testing.T) {
	samples, data := sharedSamples(t), t.TempDir()
	got := ingestSamples(t, samples, data)
	for name, want := range sampleEvents() {
		l, ok := got[name]
		if !ok || l.Error != "" || l.Read != want {
			t.Errorf("%s: got %+v, want %d events", name, l, want)
		}
		if l.Read != l.Committed+l.Duplicate+l.Quarantined {
			t.Errorf("%s: %+v does not add up", name, l)
		}
	}
	for _, name := range notEvents() {
		if l := got[name]; l.Committed != 0 || l.Error != "" || l.Quarantined != l.Read {
			t.Errorf("%s holds no events: got %+v", name, l)
		}
	}
	again := ingestSamples(t, samples, data)[""]
	if again.Committed != 0 || again.Quarantined != 0 || again.Duplicate != got[""].Read {
		t.Errorf("second ingest: got %+v, want %d duplicates and nothing else", again, got[""].Read)
	}
}
