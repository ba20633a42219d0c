package app

import "github.com/spf13/cobra"

// Prints notes what the rows of a command are written from: a value that
// rowschema.Of takes.
func (a *App) Prints(command *cobra.Command, row any) {
	if a.rows == nil {
		a.rows = map[*cobra.Command]any{}
	}
	a.rows[command] = row
}

// Row is what Prints has noted.
func (a *App) Row(command *cobra.Command) (row any, ok bool) {
	row, ok = a.rows[command]
	return row, ok
}
