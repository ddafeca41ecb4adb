package amqp

import "net"

// A Conn is one connection. Its methods are safe for concurrent use.
type Conn struct {
	remote      net.Addr
	user        string
	hostname    string
	containerID string
	properties  Map
}

// RemoteAddr is the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// User is the name that Options.Plain has let in; empty for anonymous peers.
func (c *Conn) User() string { return c.user }

// Hostname is the host that the peer believes to speak with, with or without
// a port.
func (c *Conn) Hostname() string { return c.hostname }

// ContainerID is the peer's name of itself.
func (c *Conn) ContainerID() string { return c.containerID }

// Properties are what the peer says of itself; not to be changed.
func (c *Conn) Properties() Map { return c.properties }

// Close closes the connection, with err if it is not nil. It does not wait:
// Serve returns when the peer has answered or has had its time.
func (c *Conn) Close(err *Error) {}
