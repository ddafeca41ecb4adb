// The official JavaScript client against the hub. A Go test starts the hub and
// this script, with what it needs to know as JSON on standard input; each case
// prints a line "ok NAME" or "not ok NAME: WHY".
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";

const given = JSON.parse(readFileSync(0, "utf8"));
const require = createRequire(path.join(given.modules, "package.json"));
const main = require.resolve("@azure/event-hubs");
const hubs = await import(pathToFileURL(main.replace("commonjs", "esm")));
const { mapPartitionKeyToId } = await import(
  pathToFileURL(path.join(path.dirname(main.replace("commonjs", "esm")), "impl/partitionKeyToIdMapper.js")));
const { EventHubProducerClient, EventHubConsumerClient, EventHubBufferedProducerClient } = hubs;

const options = { retryOptions: { maxRetries: 1, retryDelayInMs: 10, timeoutInMs: 10000 } };
if (given.way === "websocket") {
  options.webSocketOptions = { webSocket: require("ws"), webSocketConstructorOptions: {} };
}

const open = [];
function producer(connection = given.root, hub = given.hub) {
  return keep(new EventHubProducerClient(connection, hub, options));
}
function consumer(connection = given.root, group = "$Default", hub = given.hub) {
  return keep(new EventHubConsumerClient(group, connection, hub, options));
}
function keep(client) {
  open.push(client);
  return client;
}

const start = { offset: "-1" };

/** Reads n events of a partition, or fails with the error that the client reports. */
function receive(client, partition, startPosition, n, more = {}) {
  return new Promise((resolve, reject) => {
    const events = [];
    const timer = setTimeout(() => finish(reject, new Error(`${events.length} of ${n} events came`)), 15000);
    const subscription = client.subscribe(partition, {
      async processEvents(batch, context) {
        events.push(...batch);
        events.context = context;
        if (events.length >= n) finish(resolve, events);
      },
      async processError(error) {
        finish(reject, error);
      },
    }, { startPosition, maxBatchSize: 100, maxWaitTimeInSeconds: 1, ...more });
    function finish(how, result) {
      clearTimeout(timer);
      subscription.close().then(() => how(result), reject);
    }
  });
}

function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) {
    throw new Error(`${what}: ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  }
}

/** Wants a promise to fail with a code. */
async function fails(promise, code, text = "") {
  try {
    await promise;
  } catch (raised) {
    let error = raised;
    while (error.errors) error = error.errors.at(-1); // what was tried again is told as one of many
    equal(error.code, code, `${error.name} ${error.message}`);
    if (!error.message.includes(text)) throw new Error(`${error.message}: no ${text} in it`);
    return;
  }
  throw new Error(`went well, want an error ${code}`);
}

const bodies = (prefix, n) => Array.from({ length: n }, (_, i) => ({ body: `${prefix} ${i}` }));
const texts = (events) => events.map((e) => e.body);

const cases = {
  async properties() {
    const p = producer();
    const hub = await p.getEventHubProperties();
    equal(hub.name, given.hub, "name");
    equal(hub.partitionIds.length, 32, "partitions");
    if (!(hub.createdOn instanceof Date)) throw new Error("createdOn is no date");
    const empty = await p.getPartitionProperties("0");
    equal([empty.isEmpty, empty.lastEnqueuedSequenceNumber], [true, -1], "empty partition");
    await p.sendBatch(bodies("e", 2), { partitionId: "0" });
    const filled = await p.getPartitionProperties("0");
    equal([filled.isEmpty, filled.beginningSequenceNumber, filled.lastEnqueuedSequenceNumber, typeof filled.lastEnqueuedOffset],
      [false, 0, 1, "string"], "partition");
  },
  async batch() {
    const p = producer();
    const batch = await p.createBatch({ partitionId: "1" });
    equal(batch.maxSizeInBytes, 1048576, "limit");
    for (const e of bodies("event", 500)) {
      if (!batch.tryAdd({ ...e, properties: { n: 1 }, messageId: "id", contentType: "text/plain" })) throw new Error("does not fit");
    }
    await p.sendBatch(batch);
    const events = await receive(consumer(), "1", start, 500);
    equal(texts(events), texts(bodies("event", 500)), "bodies");
    equal(events.map((e) => e.sequenceNumber), events.map((_, i) => i), "sequence numbers");
    const e = events[7];
    equal([typeof e.offset, e.properties.n, e.messageId, e.contentType], ["string", 1, "id", "text/plain"], "fields");
    if (!(e.enqueuedTimeUtc instanceof Date)) throw new Error("enqueuedTimeUtc is no date");
  },
  async "partition key"() {
    const p = producer();
    const c = consumer();
    for (const [key, id] of Object.entries(given.keys)) {
      equal(id, String(mapPartitionKeyToId(key, 32)), `where the client would send ${key}`);
      await p.sendBatch([{ body: `key ${key}` }], { partitionKey: key });
      const { lastEnqueuedSequenceNumber } = await p.getPartitionProperties(id);
      const [e] = await receive(c, id, { sequenceNumber: lastEnqueuedSequenceNumber, isInclusive: true }, 1);
      equal([e.body, e.partitionKey], [`key ${key}`, key], "event");
    }
  },
  async starts() {
    const p = producer();
    const c = consumer();
    await p.sendBatch(bodies("old", 2), { partitionId: "3" });
    const old = await receive(c, "3", start, 2);
    const middle = new Date(old[1].enqueuedTimeUtc.getTime() + 1);
    while (Date.now() <= middle.getTime() + 1);
    await p.sendBatch(bodies("new", 2), { partitionId: "3" });
    const offset = old[1].offset;
    equal(texts(await receive(c, "3", { offset }, 2)), ["new 0", "new 1"], "behind an offset");
    equal(texts(await receive(c, "3", { offset, isInclusive: true }, 3)), ["old 1", "new 0", "new 1"], "at an offset");
    equal(texts(await receive(c, "3", { sequenceNumber: 2 }, 1)), ["new 1"], "behind a sequence number");
    equal(texts(await receive(c, "3", { sequenceNumber: 2, isInclusive: true }, 2)), ["new 0", "new 1"], "at a sequence number");
    equal(texts(await receive(c, "3", { enqueuedOn: middle }, 2)), ["new 0", "new 1"], "behind a time");
    equal(texts(await receive(c, "3", { offset: "@latest", isInclusive: true }, 1)), ["new 1"], "at the end");
  },
  async latest() {
    const p = producer();
    await p.sendBatch(bodies("before", 3), { partitionId: "4" });
    const events = receive(consumer(), "4", { offset: "@latest" }, 1);
    // There is no sign of the receiver's arrival for us: send until it has one.
    const timer = setInterval(() => p.sendBatch([{ body: "after" }], { partitionId: "4" }).catch(() => {}), 50);
    try {
      equal((await events)[0].body, "after", "event");
    } finally {
      clearInterval(timer);
    }
  },
  async "two groups"() {
    await producer().sendBatch(bodies("for all", 2), { partitionId: "5" });
    for (const group of ["$Default", "second"]) {
      equal(texts(await receive(consumer(given.root, group), "5", start, 2)), ["for all 0", "for all 1"], group);
    }
    await fails(receive(consumer(given.root, "third"), "5", start, 1), "MessagingEntityNotFoundError");
  },
  async epoch() {
    await producer().sendBatch(bodies("e", 1), { partitionId: "6" });
    let arrived;
    const there = new Promise((resolve) => { arrived = resolve; });
    const first = new Promise((resolve) => {
      const s = consumer().subscribe("6", {
        async processEvents(events) { if (events.length > 0) arrived(); },
        async processError(error) { resolve(error); await s.close(); },
      }, { startPosition: start, ownerLevel: 1, maxWaitTimeInSeconds: 1 });
    });
    await there;
    let evicted;
    const second = new Promise((resolve, reject) => {
      const s = consumer().subscribe("6", {
        async processEvents(events) { if (events.length > 0) { evicted = await first; await s.close(); resolve(); } },
        async processError(error) { reject(error); },
      }, { startPosition: start, ownerLevel: 2, maxWaitTimeInSeconds: 1 });
    });
    await second;
    equal(evicted.code, "ReceiverDisconnectedError", evicted.message);
  },
  async "epoch refused"() {
    await producer().sendBatch(bodies("e", 1), { partitionId: "7" });
    let arrived;
    const there = new Promise((resolve, reject) => { arrived = { resolve, reject }; });
    const s = consumer().subscribe("7", {
      async processEvents(events) { if (events.length > 0) arrived.resolve(); },
      async processError(error) { arrived.reject(error); },
    }, { startPosition: start, ownerLevel: 5, maxWaitTimeInSeconds: 1 });
    await there;
    await fails(receive(consumer(), "7", start, 1, { ownerLevel: 4 }), "ReceiverDisconnectedError", "epoch 5");
    await s.close();
  },
  async "runtime metrics"() {
    await producer().sendBatch(bodies("e", 3), { partitionId: "8" });
    const events = await receive(consumer(), "8", start, 1, { trackLastEnqueuedEventProperties: true, maxBatchSize: 1 });
    const last = events.context.lastEnqueuedEventProperties;
    equal([last.sequenceNumber, typeof last.offset, last.enqueuedOn instanceof Date], [2, "string", true], "last event");
  },
  async "wrong key"() {
    await fails(producer(given.wrongKey).getEventHubProperties(), "UnauthorizedError", "signature");
    await fails(producer(given.wrongKey).sendBatch(bodies("e", 1)), "UnauthorizedError", "signature");
    await fails(receive(consumer(given.wrongKey), "9", start, 1), "UnauthorizedError", "signature");
  },
  async "expired token"() {
    await fails(producer(given.expired).sendBatch(bodies("e", 1)), "UnauthorizedError", "expired");
  },
  async rights() {
    await producer(given.sender).sendBatch(bodies("e", 1), { partitionId: "10" });
    equal(texts(await receive(consumer(given.listener), "10", start, 1)), ["e 0"], "event");
    await fails(receive(consumer(given.sender), "10", start, 1), "UnauthorizedError", "'Listen' claim(s)");
    await fails(producer(given.listener).sendBatch(bodies("e", 1)), "UnauthorizedError", "'Send' claim(s)");
    await producer(given.listener).getEventHubProperties();
    await producer(given.sender).getPartitionProperties("10");
  },
  async oversize() {
    const p = producer();
    await fails(p.sendBatch([{ body: Buffer.alloc(1 << 20) }], { partitionId: "11" }), "MessageTooLargeError");
    await p.sendBatch([{ body: Buffer.alloc((1 << 20) - 1000) }], { partitionId: "11" });
    const [e] = await receive(consumer(), "11", start, 1);
    equal(e.body.length, (1 << 20) - 1000, "size");
  },
  async "beyond the end"() {
    await fails(receive(consumer(), "12", { sequenceNumber: 500 }, 1), "ArgumentError", "500");
  },
  async "not there"() {
    await fails(producer(given.root, "nowhere").getEventHubProperties(), "MessagingEntityNotFoundError");
    await fails(producer(given.sender, "nowhere").sendBatch(bodies("e", 1)), "MessagingEntityNotFoundError");
    await fails(receive(consumer(given.listener, "$Default", "nowhere"), "0", start, 1), "MessagingEntityNotFoundError");
    await fails(producer().sendBatch(bodies("e", 1), { partitionId: "32" }), "ArgumentOutOfRangeError");
  },
  async "first event"() {
    const hub = `${given.hub}-new`;
    await producer(given.root, hub).sendBatch([{ body: { first: true } }], { partitionId: "0" });
    const [e] = await receive(consumer(given.root, "$Default", hub), "0", start, 1);
    equal(e.body, { first: true }, "event");
  },
  async "idempotent producer"() {
    const errors = [];
    const p = keep(new EventHubBufferedProducerClient(given.root, given.hub, {
      ...options, enableIdempotentRetries: true, maxWaitTimeInMs: 10,
      onSendEventsErrorHandler: ({ error }) => errors.push(error.message),
    }));
    for (let i = 0; i < 300; i++) await p.enqueueEvent({ body: `n ${i}` }, { partitionId: "13" });
    await p.flush();
    equal(errors, [], "errors");
    equal(texts(await receive(consumer(), "13", start, 300)), Array.from({ length: 300 }, (_, i) => `n ${i}`), "bodies");
  },
};

let failed = 0;
for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${name}: ${error.code ?? ""} ${error.message ?? error}`.replaceAll("\n", " "));
  }
  await Promise.allSettled(open.splice(0).map((client) => client.close()));
}
process.exit(failed ? 1 : 0);
