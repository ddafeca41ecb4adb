"""The official Python client against the API in the shape of Resource Manager.

A Go test starts the server and this script, with what it needs to know as JSON
on standard input; each case prints a line "ok NAME" or "not ok NAME: WHY".
"""
import json
import sys

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.securityinsight import SecurityInsights
from azure.mgmt.securityinsight import models

given = json.load(sys.stdin)
# The client sends no token without TLS, which a server on loopback has not.
client = SecurityInsights(
    credential=object(), subscription_id=given["subscription"], base_url=given["url"],
    authentication_policy=SansIOHTTPPolicy(), retry_total=0)
at = (given["group"], given["workspace"])


def equal(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: {got!r}, want {want!r}")


def fails(status, call, *args):
    """Wants a call to fail with a status."""
    try:
        call(*at, *args)
    except HttpResponseError as error:
        equal(error.status_code, status, error.message)
        return
    raise AssertionError(f"went well, want an error {status}")


def first():
    """The incident about ada."""
    return next(iter(client.incidents.list(*at, filter="contains(properties/title, 'ada')")))


def incidents():
    name = "33e01a99-5cd7-4139-a149-9f2736ff2ab5"
    made = client.incidents.create_or_update(*at, name, models.Incident(title="My incident", severity="High", status="New"))
    equal((made.name, made.title), (name, "My incident"), "made")
    made.status, made.classification = "Closed", "Undetermined"
    client.incidents.create_or_update(*at, name, made)
    fails(409, client.incidents.create_or_update, name, made)
    numbers = [i.incident_number for i in client.incidents.list(*at, top=1, orderby="properties/incidentNumber asc")]
    equal(numbers[:2], [1, 2], "numbers, a page each")
    client.incidents.delete(*at, name)
    client.incidents.delete(*at, name)
    fails(404, client.incidents.get, name)


def comments():
    incident, name = first().name, "5bb36b7b-26ff-4d1c-9cbe-0d8ab3da0014"
    client.incident_comments.create_or_update(*at, incident, name, models.IncidentComment(message="hello"))
    equal([c.message for c in client.incident_comments.list(*at, incident)], ["hello"], "comments")
    client.incident_comments.delete(*at, incident, name)
    fails(404, client.incident_comments.get, incident, name)


def relations():
    incident = first().name
    alerts = client.incidents.list_alerts(*at, incident).value
    equal((len(alerts), alerts[0].kind), (2, "SecurityAlert"), "alerts")
    found = client.incidents.list_entities(*at, incident)
    accounts = [e.account_name for e in found.entities if e.kind == "Account"]
    equal((accounts, len(found.meta_data)), (["ada"], 3), "entities")
    equal(len(list(client.incident_relations.list(*at, incident))), 2, "relations")


def rules():
    name = "2dd2a3c1-3d2e-4c1a-8d6b-8c5f2d7a1b01"
    rule = models.ScheduledAlertRule(
        display_name="Locks removed", enabled=True, severity="High", query="AzureActivity", query_frequency="PT1H",
        query_period="P1D", trigger_operator="GreaterThan", trigger_threshold=0, suppression_enabled=False,
        suppression_duration="PT5H")
    made = client.alert_rules.create_or_update(*at, name, rule)
    equal((made.name, made.query, made.query_period.days), (name, "AzureActivity", 1), "made")
    rule.query = "NoSuchTable"
    fails(400, client.alert_rules.create_or_update, name, rule)
    equal(name in [r.name for r in client.alert_rules.list(*at)], True, "listed")
    client.alert_rules.delete(*at, name)
    fails(404, client.alert_rules.get, name)
    equal(len(list(client.alert_rule_templates.list(*at))) >= 60, True, "templates")


def watchlists():
    client.watchlists.create_or_update(*at, "owners", models.Watchlist(
        display_name="Owners", provider="Microsoft", source="Local file", items_search_key="Name",
        content_type="text/csv", raw_content="Name,Team\nada,blue\nbo,red\n"))
    items = [i.items_key_value["Team"] for i in client.watchlist_items.list(*at, "owners")]
    equal(sorted(items), ["blue", "red"], "items")
    client.watchlists.delete(*at, "owners")
    fails(404, client.watchlists.get, "owners")


failed = 0
for case in (incidents, comments, relations, rules, watchlists):
    try:
        case()
        print("ok", case.__name__)
    except Exception as error:  # whatever goes wrong is the case's verdict
        failed += 1
        print(f"not ok {case.__name__}: {error}".replace("\n", " "))
sys.exit(1 if failed else 0)
