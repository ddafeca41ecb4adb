// Package amqp is the server's side of AMQP 1.0: it shakes hands, opens
// sessions and links, counts credit and windows, puts frames together to
// messages and takes them apart. What links mean is told by its caller, a Peer
// for each connection; it knows nothing of hubs. Bytes are the matter of
// package wire. Sections in comments are those of the specification, part 2.
//
// Outline. A connection has two goroutines of its own and one for each Sender:
//
//	reader   Serve's caller. Reads frames, changes the state of sessions and
//	         links, calls the Peer and hands over deliveries (Take).
//	senders  Run. Send appends whole frames to the pending bytes, and waits
//	         for credit, for the session's window and for room.
//	writer   Takes all pending bytes at once, and what has been settled since,
//	         and writes. What comes meanwhile is its next batch, so that
//	         batches grow with the load.
//
// Invariants:
//
//   - One mutex per connection guards all state and the pending bytes. Nobody
//     waits for anything with it held. Frames are in the order in which state
//     changed, since both happen under it.
//   - Only the writer waits for the network to write, so a settlement, a detach
//     or a close never does. It gives up when 64 KiB take longer than
//     WriteTimeout.
//   - Memory is bounded whatever the peer does: senders wait when 256 KiB are
//     pending; the reader waits when the peer does not read answers, or when
//     MaxUnsettledBytes are unsettled; messages that are not whole yet count,
//     and close the connection when nothing else could make room.
//   - Once a link has ended nothing more is sent or taken on it. Detached comes
//     after the last Take or after Run, once; Closed comes after all of them.
//   - Only the reader adds and removes sessions and links. Others end them: an
//     ended one stays until the peer has ended it, and what the peer says to it
//     is passed over.
//
// Messages are sent settled, except to a peer that asks for unsettled ones in
// receiver mode second: its settlements are answered. What is not here:
// transactions, resuming links, dynamic nodes.
package amqp
