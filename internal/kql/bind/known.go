package bind

import "strings"

// knownPlugins are functions that return tables, of Microsoft's language but
// not of ours yet.
var knownPlugins = map[string]bool{
	"external_table": true, "stored_query_result": true, "cluster": true, "database": true, "workspace": true, "app": true,
	"cosmosdb_sql_request": true, "sql_request": true, "http_request": true,
}

// knownNames are functions of Microsoft's language that the library does not
// declare yet, apart from those with a prefix of knownPrefixes.
const knownNames = `
anomalydetection cnt current_cluster_endpoint current_database current_principal current_principal_details
current_principal_is_member_of cursor_after cursor_before_or_at datetime_list_timezones
extent_id extent_tags format_ipv6 getschema guid has_ipv6
labels node_id passthrough percentile_array_tdigest percentilesw rowstore_ordinal_range session_count table_name treemap
`

var knownPrefixes = []string{"series_", "geo_", "graph_", "convert_", "__", "hll_", "tdigest_", "ai_"}

// isKnown tells whether Microsoft's language has a function of the name.
func isKnown(name string) bool {
	for _, p := range knownPrefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	words := strings.ReplaceAll(knownNames, "\n", " ")
	return strings.Contains(words, " "+name+" ")
}
