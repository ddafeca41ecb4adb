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
	ln, err := listen(ctx, path)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", path, err)
	}
	defer os.Remove(path) //nolint:errcheck // the next server replaces it
	server := &http.Server{Handler: Handler(ns.Space, ns.Stats), ReadHeaderTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", path, err)
	}
	return nil
}

// nestName is the folder in which the socket begins; with the name in it, it
// makes no longer a path than socketName.
const nestName = ".nest"

// listen makes a socket that is its owner's alone from the first moment on,
// whatever the process's umask and the mode of the namespace's folder: a socket
// has its mode only some time after it has its name, so it begins in a folder
// that nobody else can enter. The namespace is ours alone, so a socket that is
// there is a dead server's.
func listen(ctx context.Context, path string) (net.Listener, error) {
	nest := filepath.Join(filepath.Dir(path), nestName)
	if err := errors.Join(os.RemoveAll(nest), os.Mkdir(nest, 0o700)); err != nil {
		return nil, err
	}
	defer os.RemoveAll(nest) //nolint:errcheck // the next server removes it
	egg := filepath.Join(nest, "s")
	ln, err := new(net.ListenConfig).Listen(ctx, "unix", egg)
	if err != nil {
		return nil, err
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false) // by a name that it has no more
	if err := errors.Join(os.Chmod(egg, 0o600), os.Rename(egg, path)); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

func socketPath(dir string) (string, error) {
	path := filepath.Join(dir, socketName)
	if len(path) > maxSocketPath {
		return "", fmt.Errorf("the path %s is too long for a socket: it has %d bytes, at most %d are possible; choose a folder nearer to the root",
			path, len(path), maxSocketPath)
	}
	return path, nil
}
