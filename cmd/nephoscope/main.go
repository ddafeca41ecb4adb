// Command nephoscope watches what is done to a cloud: it collects activity
// logs, keeps them in tables, asks with KQL and turns detections into
// incidents. All of it lives in internal; see ARCHITECTURE.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"nephoscope/internal/cli"
)

// version is set by the linker.
var version = "dev"

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return cli.Run(ctx, os.Args[1:], cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Version: version, Now: time.Now,
	})
}
