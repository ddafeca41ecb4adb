// Package azure is our side of Azure's control plane: who we are (Config,
// Credential), the calls of Resource Manager that we need (Client), and the
// two settings that make Azure stream its Activity Log: log profiles and
// diagnostic settings of subscriptions.
//
// It stands beside the journey: a source takes a credential from here, and
// what is set here is what a source receives later.
//
// Invariants: a secret is read from a file or an environment variable, and
// appears in no error, log or printed value. A token leaves the process over
// TLS only, or to a loopback address. Nothing is written to Azure before
// everything that can be checked by reading has been checked.
package azure
