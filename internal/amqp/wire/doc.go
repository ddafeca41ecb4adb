// Package wire is AMQP 1.0 as bytes: values, performatives, frames and the
// sections of messages, read and written. It knows no connection, starts no
// goroutine and keeps nothing.
//
// Invariant: no length that was read is trusted before the bytes are there, so
// no input panics, loops or makes more memory than the limits of this package
// allow.
package wire
