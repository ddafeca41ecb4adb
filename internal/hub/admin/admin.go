// Package admin lets a command line administer a namespace, whether a server
// has it open or not: the server answers on a socket in the namespace's folder,
// which only its owner can reach, and without a server the client opens the
// folder itself. Both go the same way, through Handler.
//
// It stands at the edge of the hub: it calls a Space and nothing calls it but
// the program's wiring and its commands.
package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"nephoscope/internal/hub"
)

// socketName is the socket's, in the folder of the namespace.
const socketName = "admin.sock"

// maxSocketPath is the longest path of a socket that all systems take.
const maxSocketPath = 100

// Serve answers on the socket of a namespace until the context ends.
func Serve(ctx context.Context, ns *hub.Namespace) error {
	path, err := socketPath(ns.Dir())
	if err != nil {
		return err
	}
	// The namespace is ours alone, so a socket that is there is a dead server's.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the old socket: %w", err)
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, ln.Close())
	}
	server := &http.Server{Handler: Handler(ns.Space, ns.Stats), ReadHeaderTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", path, err)
	}
	return nil
}

func socketPath(dir string) (string, error) {
	path := filepath.Join(dir, socketName)
	if len(path) > maxSocketPath {
		return "", fmt.Errorf("the path %s is too long for a socket: it has %d bytes, at most %d are possible; choose a folder nearer to the root",
			path, len(path), maxSocketPath)
	}
	return path, nil
}
