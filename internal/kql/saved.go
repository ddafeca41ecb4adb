package kql

import "nephoscope/internal/kql/fn"

// HasFunction tells whether the language has a function of the name, which a
// saved function would hide.
func HasFunction(name string) bool {
	switch name {
	case "materialize", "table", "view", "toscalar", "database", "cluster", "workspace", "app", "adx", "resource",
		"external_table", "materialized_view", "column_ifexists", "columnifexists", "iscolumnexists", "ingestion_time",
		"pack_all", "bag_pack_columns", "estimate_data_size", "column_names_of", "bin_auto", "_GetWatchlist", "_GetWatchlistAlias":
		return true
	}
	library := fn.Default()
	for _, kind := range []fn.Kind{fn.Scalar, fn.Aggregate, fn.Window} {
		if library.Find(kind, name) != nil {
			return true
		}
	}
	return false
}
