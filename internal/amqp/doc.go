// Package amqp is the server's side of AMQP 1.0: it shakes hands, opens
// sessions and links, counts credit and windows, puts frames together to
// messages and takes them apart. What links mean is told by its caller (a Peer
// per connection); it knows nothing of hubs. Bytes are the matter of package
// wire.
package amqp
