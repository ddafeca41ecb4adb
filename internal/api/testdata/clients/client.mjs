// The official JavaScript client against the API in the shape of Resource
// Manager. A Go test starts the server and this script, with what it needs to
// know as JSON on standard input; each case prints a line "ok NAME" or
// "not ok NAME: WHY".
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const given = JSON.parse(readFileSync(0, "utf8"));
const require = createRequire(path.join(given.modules, "package.json"));
const { SecurityInsights } = require("@azure/arm-securityinsight");

const credential = { getToken: async () => ({ token: "none", expiresOnTimestamp: Date.now() + 3600e3 }) };
const client = new SecurityInsights(credential, given.subscription, {
  $host: given.url, endpoint: given.url, allowInsecureConnection: true, retryOptions: { maxRetries: 0 },
});
// The client sends no token without TLS, which a server on loopback has not.
client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
const at = [given.group, given.workspace];

function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) {
    throw new Error(`${what}: ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  }
}

/** Wants a promise to fail with a status. */
async function fails(promise, status) {
  try {
    await promise;
  } catch (error) {
    equal(error.statusCode, status, `${error.name} ${error.message}`);
    return;
  }
  throw new Error(`went well, want an error ${status}`);
}

/** Follows an iterator to its end. */
async function all(list) {
  const found = [];
  for await (const one of list) found.push(one);
  return found;
}

/** The incident about ada. */
async function first() {
  const [found] = await all(client.incidents.list(...at, { filter: "contains(properties/title, 'ada')" }));
  return found;
}

const cases = {
  async incidents() {
    const id = "23e01a99-5cd7-4139-a149-9f2736ff2ab5";
    const made = await client.incidents.createOrUpdate(...at, id, {
      title: "My incident", severity: "High", status: "New", labels: [{ labelName: "night" }], owner: { assignedTo: "Ada" },
    });
    equal([made.name, made.title, made.labels[0].labelType], [id, "My incident", "User"], "made");
    if (!(made.createdTimeUtc instanceof Date)) throw new Error("createdTimeUtc is no date");
    const closed = { ...made, status: "Closed", classification: "FalsePositive", classificationReason: "InaccurateData" };
    const after = await client.incidents.createOrUpdate(...at, id, closed);
    equal([after.status, after.classificationReason, after.owner.assignedTo], ["Closed", "InaccurateData", "Ada"], "closed");
    await fails(client.incidents.createOrUpdate(...at, id, closed), 409);
    await fails(client.incidents.createOrUpdate(...at, id, { ...after, severity: "Awful" }), 400);
    const numbers = (await all(client.incidents.list(...at, { top: 1, orderby: "properties/incidentNumber asc" }))).map((in_) => in_.incidentNumber);
    equal(numbers.slice(0, 3), [1, 2, 3], "numbers, a page each");
    equal((await all(client.incidents.list(...at, { filter: "properties/status eq 'Closed'" }))).length, 1, "closed ones");
    await client.incidents.delete(...at, id);
    await client.incidents.delete(...at, id);
    await fails(client.incidents.get(...at, id), 404);
  },
  async comments() {
    const { name } = await first();
    const id = "4bb36b7b-26ff-4d1c-9cbe-0d8ab3da0014";
    await client.incidentComments.createOrUpdate(...at, name, id, { message: "hello" });
    await client.incidentComments.createOrUpdate(...at, name, id, { message: "hello again" });
    equal((await all(client.incidentComments.list(...at, name))).map((c) => c.message), ["hello again"], "comments");
    await client.incidentComments.delete(...at, name, id);
    await fails(client.incidentComments.get(...at, name, id), 404);
  },
  async relations() {
    const { name } = await first();
    const { value: alerts } = await client.incidents.listAlerts(...at, name);
    equal([alerts.length, alerts[0].kind, alerts[0].status], [2, "SecurityAlert", "New"], "alerts");
    const { entities, metaData } = await client.incidents.listEntities(...at, name);
    const account = entities.find((e) => e.kind === "Account");
    equal([account.accountName, account.upnSuffix, metaData.length], ["ada", "tidewater.example", 3], "entities");
    equal((await all(client.incidentRelations.list(...at, name))).length, 2, "relations");
    await client.incidentRelations.delete(...at, name, alerts[0].name);
    await client.incidentRelations.createOrUpdate(...at, name, alerts[0].name, { relatedResourceId: alerts[0].id });
    equal((await client.incidentRelations.get(...at, name, alerts[0].name)).relatedResourceName, alerts[0].name, "relation");
  },
  async rules() {
    const id = "1dd2a3c1-3d2e-4c1a-8d6b-8c5f2d7a1b01";
    const rule = {
      kind: "Scheduled", displayName: "Locks removed", enabled: true, severity: "High", query: "AzureActivity", queryFrequency: "PT1H", queryPeriod: "P1D",
      triggerOperator: "GreaterThan", triggerThreshold: 0, suppressionEnabled: false, suppressionDuration: "PT5H", tactics: ["Impact"],
    };
    const made = await client.alertRules.createOrUpdate(...at, id, rule);
    equal([made.name, made.kind, made.queryPeriod, made.tactics], [id, "Scheduled", "P1D", ["Impact"]], "made");
    await fails(client.alertRules.createOrUpdate(...at, id, { ...rule, query: "NoSuchTable" }), 400);
    await client.alertRules.createOrUpdate(...at, id, { ...rule, enabled: false });
    equal((await client.alertRules.get(...at, id)).enabled, false, "enabled");
    equal((await all(client.alertRules.list(...at))).map((r) => r.name).includes(id), true, "listed");
    await client.alertRules.delete(...at, id);
    await fails(client.alertRules.get(...at, id), 404);
    if ((await all(client.alertRuleTemplates.list(...at))).length < 60) throw new Error("there are too few templates");
  },
  async watchlists() {
    const made = await client.watchlists.createOrUpdate(...at, "assets", {
      displayName: "Assets", provider: "Microsoft", source: "Local file", itemsSearchKey: "Name", contentType: "text/csv", rawContent: "Name,Address\nalpha,192.0.2.1\n",
    });
    equal([made.watchlistAlias, made.isDeleted], ["assets", false], "made");
    const id = "82ba292c-dc97-4dfc-969d-d4dd9e666842";
    await client.watchlistItems.createOrUpdate(...at, "assets", id, { itemsKeyValue: { Name: "beta", Address: "192.0.2.2" } });
    const items = await all(client.watchlistItems.list(...at, "assets"));
    equal(items.map((i) => i.itemsKeyValue.Name).sort(), ["alpha", "beta"], "items");
    await client.watchlistItems.delete(...at, "assets", id);
    equal((await all(client.watchlists.list(...at))).length, 1, "watchlists");
    await client.watchlists.delete(...at, "assets");
    await fails(client.watchlists.get(...at, "assets"), 404);
  },
};

let failed = 0;
for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${name}: ${String(error.message ?? error).replaceAll("\n", " ")}`);
  }
}
process.exit(failed ? 1 : 0);
