"""The official Python client against the hub.

A Go test starts the hub and this script, with what it needs to know as JSON on
standard input; each case prints a line "ok NAME" or "not ok NAME: WHY".
"""

import datetime
import json
import sys
import threading
import warnings

warnings.filterwarnings("ignore")

from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient, TransportType
from azure.eventhub import exceptions

GIVEN = json.load(sys.stdin)
OPTIONS = {
    "custom_endpoint_address": GIVEN["endpoint"],
    "connection_verify": GIVEN["ca"],
    "retry_total": 0,
    "transport_type": TransportType.AmqpOverWebsocket if GIVEN["way"] == "websocket" else TransportType.Amqp,
}

OPEN = []


def producer(connection=None, hub=None):
    client = EventHubProducerClient.from_connection_string(
        connection or GIVEN["root"], eventhub_name=hub or GIVEN["hub"], **OPTIONS)
    OPEN.append(client)
    return client


def consumer(connection=None, group="$Default", hub=None):
    client = EventHubConsumerClient.from_connection_string(
        connection or GIVEN["root"], group, eventhub_name=hub or GIVEN["hub"], **OPTIONS)
    OPEN.append(client)
    return client


class Reading:
    """Reads a partition until n events have come or an error has."""

    def __init__(self, client, partition, start, n, **more):
        self.events, self.error, self.done, self.arrived = [], None, threading.Event(), threading.Event()
        self.context, self.client, self.n = None, client, n
        self.thread = threading.Thread(target=self.run, args=(partition, start, more), daemon=True)
        self.thread.start()

    def run(self, partition, start, more):
        try:
            self.client.receive(
                on_event=self.on_event, on_error=self.on_error,
                partition_id=partition, starting_position=start, **more)
        except Exception as error:  # what the client raises is what is looked at
            self.on_error(None, error)

    def on_event(self, context, event):
        self.context = context
        self.events.append(event)
        self.arrived.set()
        if len(self.events) >= self.n:
            self.done.set()

    def on_error(self, _, error):
        if not self.done.is_set():
            self.error = error
            self.done.set()

    def result(self):
        came = self.done.wait(15)
        self.client.close()
        self.thread.join(10)
        if self.error is not None:
            raise self.error
        if not came:
            raise AssertionError("%d of %d events came" % (len(self.events), self.n))
        return self.events[:self.n]


def receive(client, partition, start, n, **more):
    return Reading(client, partition, start, n, **more).result()


def send(client, bodies, **to):
    batch = client.create_batch(**to)
    for body in bodies:
        batch.add(EventData(body))
    client.send_batch(batch)


def texts(events):
    return [e.body_as_str() for e in events]


def bodies(prefix, n):
    return ["%s %d" % (prefix, i) for i in range(n)]


def equal(got, want, what):
    if got != want:
        raise AssertionError("%s: %r, want %r" % (what, got, want))


def fails(call, kind, text=""):
    try:
        call()
    except AssertionError:
        raise
    except Exception as error:
        if not isinstance(error, kind) or text not in str(error):
            raise AssertionError("%s %s: want %s with %r" % (type(error).__name__, error, kind.__name__, text))
        return
    raise AssertionError("went well, want %s" % kind.__name__)


def case_properties():
    p = producer()
    hub = p.get_eventhub_properties()
    equal(hub["eventhub_name"], GIVEN["hub"], "name")
    equal(len(hub["partition_ids"]), 32, "partitions")
    empty = p.get_partition_properties("0")
    equal((empty["is_empty"], empty["last_enqueued_sequence_number"]), (True, -1), "empty partition")
    send(p, bodies("e", 2), partition_id="0")
    filled = p.get_partition_properties("0")
    equal((filled["is_empty"], filled["beginning_sequence_number"], filled["last_enqueued_sequence_number"]),
          (False, 0, 1), "partition")


def case_batch():
    p = producer()
    batch = p.create_batch(partition_id="1")
    equal(batch.max_size_in_bytes, 1048576, "limit")
    for body in bodies("event", 500):
        event = EventData(body)
        event.properties = {"n": 1}
        event.message_id = "id"
        batch.add(event)
    p.send_batch(batch)
    events = receive(consumer(), "1", "-1", 500)
    equal(texts(events), bodies("event", 500), "bodies")
    equal([e.sequence_number for e in events], list(range(500)), "sequence numbers")
    e = events[7]
    equal((e.properties[b"n"], e.message_id, str(e.offset).isdigit()), (1, "id", True), "fields")
    if not isinstance(e.enqueued_time, datetime.datetime):
        raise AssertionError("enqueued_time is no time")


def case_partition_key():
    p = producer()
    for key in GIVEN["keys"]:
        send(p, ["key " + key], partition_key=key)
    for key, partition in GIVEN["keys"].items():
        events = receive(consumer(), partition, "-1", 1)
        equal((events[0].body_as_str(), events[0].partition_key.decode()), ("key " + key, key), "event")


def case_starts():
    p = producer()
    send(p, bodies("old", 2), partition_id="3")
    old = receive(consumer(), "3", "-1", 2)
    middle = old[1].enqueued_time + datetime.timedelta(milliseconds=1)
    while datetime.datetime.now(datetime.timezone.utc) <= middle + datetime.timedelta(milliseconds=1):
        pass
    send(p, bodies("new", 2), partition_id="3")
    offset = old[1].offset
    at = {"starting_position_inclusive": True}
    equal(texts(receive(consumer(), "3", offset, 2)), ["new 0", "new 1"], "behind an offset")
    equal(texts(receive(consumer(), "3", offset, 3, **at)), ["old 1", "new 0", "new 1"], "at an offset")
    equal(texts(receive(consumer(), "3", 2, 1)), ["new 1"], "behind a sequence number")
    equal(texts(receive(consumer(), "3", 2, 2, **at)), ["new 0", "new 1"], "at a sequence number")
    equal(texts(receive(consumer(), "3", middle, 2)), ["new 0", "new 1"], "behind a time")
    equal(texts(receive(consumer(), "3", "@latest", 1, **at)), ["new 1"], "at the end")


def case_latest():
    p = producer()
    send(p, bodies("before", 3), partition_id="4")
    reading = Reading(consumer(), "4", "@latest", 1)
    # There is no sign of the receiver's arrival for us: send until it has one.
    while not reading.done.wait(0.05):
        send(p, ["after"], partition_id="4")
    equal(texts(reading.result()), ["after"], "event")


def case_two_groups():
    send(producer(), bodies("for all", 2), partition_id="5")
    for group in ["$Default", "second"]:
        equal(texts(receive(consumer(group=group), "5", "-1", 2)), bodies("for all", 2), group)
    fails(lambda: receive(consumer(group="third"), "5", "-1", 1), exceptions.EventHubError, "could not be found")


def case_epoch():
    send(producer(), bodies("e", 1), partition_id="6")
    first = Reading(consumer(), "6", "-1", 2, owner_level=1)
    if not first.arrived.wait(15):
        raise AssertionError("the first receiver has got nothing")
    second = Reading(consumer(), "6", "-1", 1, owner_level=2)
    equal(texts(second.events if second.arrived.wait(15) else []), ["e 0"], "event of the second")
    fails(first.result, exceptions.EventHubError, "stolen")
    second.result()


def case_epoch_refused():
    send(producer(), bodies("e", 1), partition_id="7")
    first = Reading(consumer(), "7", "-1", 2, owner_level=5)
    if not first.arrived.wait(15):
        raise AssertionError("the first receiver has got nothing")
    fails(lambda: receive(consumer(), "7", "-1", 1, owner_level=4), exceptions.EventHubError, "epoch 5")
    first.client.close()


def case_runtime_metrics():
    send(producer(), bodies("e", 3), partition_id="8")
    reading = Reading(consumer(), "8", "-1", 1, track_last_enqueued_event_properties=True)
    reading.result()
    last = reading.context.last_enqueued_event_properties
    equal(last["sequence_number"], 2, "last event")


def case_wrong_key():
    fails(producer(GIVEN["wrongKey"]).get_eventhub_properties, exceptions.AuthenticationError, "signature")
    fails(lambda: send(producer(GIVEN["wrongKey"]), ["e"]), exceptions.AuthenticationError, "signature")
    fails(lambda: receive(consumer(GIVEN["wrongKey"]), "9", "-1", 1), exceptions.AuthenticationError, "signature")


def case_expired_token():
    fails(lambda: send(producer(GIVEN["expired"]), ["e"]), exceptions.AuthenticationError, "expired")


def case_rights():
    send(producer(GIVEN["sender"]), ["e 0"], partition_id="10")
    equal(texts(receive(consumer(GIVEN["listener"]), "10", "-1", 1)), ["e 0"], "event")
    fails(lambda: receive(consumer(GIVEN["sender"]), "10", "-1", 1), exceptions.EventHubError, "'Listen' claim(s)")
    fails(lambda: send(producer(GIVEN["listener"]), ["e"]), exceptions.EventHubError, "'Send' claim(s)")
    producer(GIVEN["listener"]).get_eventhub_properties()
    producer(GIVEN["sender"]).get_partition_properties("10")


def case_oversize():
    p = producer()
    fails(lambda: p.create_batch(partition_id="11").add(EventData(bytes(1 << 20))), ValueError)
    p.send_batch([EventData(bytes((1 << 20) - 1000))], partition_id="11")
    event = receive(consumer(), "11", "-1", 1)[0]
    equal(len(b"".join(event.body)), (1 << 20) - 1000, "size")


def case_beyond_the_end():
    fails(lambda: receive(consumer(), "12", 500, 1), exceptions.EventHubError, "500")


def case_not_there():
    fails(producer(hub="nowhere").get_eventhub_properties, exceptions.EventHubError, "could not be found")
    fails(lambda: send(producer(GIVEN["sender"], "nowhere"), ["e"]), exceptions.EventHubError, "could not be found")
    fails(lambda: send(producer(), ["e"], partition_id="32"), exceptions.EventHubError)


CASES = [(name[len("case_"):].replace("_", " "), run) for name, run in list(globals().items()) if name.startswith("case_")]

failed = 0
for name, run in CASES:
    try:
        run()
        print("ok " + name, flush=True)
    except Exception as error:  # every failure is a line
        failed += 1
        print("not ok %s: %s %s" % (name, type(error).__name__, str(error).replace("\n", " ")), flush=True)
    while OPEN:
        OPEN.pop().close()
sys.exit(1 if failed else 0)
