package hub

import (
	"net/http"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/space"
)

// What can be read.
const (
	typeHub       = "com.microsoft:eventhub"
	typePartition = "com.microsoft:partition"
)

// read is the node $management: it tells what a hub is made of and where a
// partition stands, to everyone who has any right in the hub.
func (p *peer) read(req request) reply {
	if op := req.text("operation"); op != "READ" {
		return failed(http.StatusBadRequest, amqp.NotImplemented, "operation %q: want READ", op)
	}
	name := access.EntityPath(req.text("name"))
	if !p.mayRead(name, req) {
		return failed(http.StatusUnauthorized, amqp.UnauthorizedAccess, "%s", p.unauthorized(access.Listen, name).Description)
	}
	h, err := p.ns.Hub(name)
	if err != nil {
		return failed(http.StatusNotFound, amqp.NotFound, "%s", p.notFound(name).Description)
	}
	switch kind := req.text("type"); kind {
	case typeHub:
		return reply{code: http.StatusOK, description: "OK", body: describeHub(h)}
	case typePartition:
		id := req.text("partition")
		part := h.Partition(id)
		if part == nil {
			why := noPartition(h.Name(), id, len(h.Partitions()))
			return failed(http.StatusBadRequest, why.Condition, "%s", why.Description)
		}
		return reply{code: http.StatusOK, description: "OK", body: describePartition(h, part)}
	default:
		return failed(http.StatusBadRequest, argumentError, "type %q: want %s or %s", kind, typeHub, typePartition)
	}
}

// mayRead asks the connection's grants, and only then looks at the token that
// most clients send with the request too.
func (p *peer) mayRead(hub string, req request) bool {
	path := hub + "/$management"
	if p.may(path, 0) {
		return true
	}
	token := text(req.properties.Value("security_token"))
	if !access.IsSAS(token) {
		return false
	}
	_, err := p.ns.verifier.Verify(token, path)
	return err == nil
}

func describeHub(h *space.Hub) wire.Map {
	ids := make([]string, len(h.Partitions()))
	for i, p := range h.Partitions() {
		ids[i] = p.ID()
	}
	return wire.Map{
		{Key: "name", Value: h.Name()},
		{Key: "type", Value: typeHub},
		{Key: "created_at", Value: h.Created()},
		{Key: "partition_count", Value: int32(len(ids))},
		{Key: "partition_ids", Value: ids},
		{Key: "georeplication_factor", Value: int32(1)}, // one copy: offsets stay numbers
	}
}

func describePartition(h *space.Hub, p *space.Partition) wire.Map {
	state := p.State()
	begin, last, at := state.Begin, state.Last, state.LastEnqueued
	if last < 0 {
		at = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return wire.Map{
		{Key: "name", Value: h.Name()},
		{Key: "type", Value: typePartition},
		{Key: "partition", Value: p.ID()},
		{Key: "begin_sequence_number", Value: begin},
		{Key: "last_enqueued_sequence_number", Value: last},
		{Key: "last_enqueued_offset", Value: state.LastOffset},
		{Key: "last_enqueued_time_utc", Value: at},
		{Key: "is_partition_empty", Value: state.Empty},
	}
}
