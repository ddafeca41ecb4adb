package cli

import (
	"github.com/spf13/cobra"

	"nephoscope/internal/builtin"
)

func newConnector(env *Env) *cobra.Command {
	cmd := group("connector", "List the sources there are")
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: "List the sources", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			g := newGrid("name", "what it reads", "use")
			for _, c := range builtin.Connectors() {
				g.add(c.Name, c.Doc, c.Use)
			}
			width := terminal(env.Stdout)
			g.print(env.Stdout, width)
			return nil
		},
	})
	return cmd
}
