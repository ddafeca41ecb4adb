package bind

import "strings"

// knownPlugins are functions that return tables, of Microsoft's language but
// not of ours yet.
var knownPlugins = map[string]bool{
	"external_table": true, "stored_query_result": true, "cluster": true, "database": true, "workspace": true, "app": true,
	"_GetWatchlist": true, "_GetWatchlistAlias": true, "cosmosdb_sql_request": true, "sql_request": true, "http_request": true,
}

// knownNames are functions of Microsoft's language that the library does not
// declare yet, apart from those with a prefix of knownPrefixes.
const knownNames = `
anomalydetection around array_iff array_iif array_rotate_left array_rotate_right array_shift_left array_shift_right
assert
base64_encode_fromguid beta_cdf beta_inv beta_pdf buildschema cnt current_cluster_endpoint current_database
current_principal current_principal_details current_principal_is_member_of cursor_after cursor_before_or_at
datetime_list_timezones dcount_hll erf erfc estimate_data_size expm1 extent_id extent_tags format_bytes format_ipv6
getschema guid gzip_compress_to_base64_string gzip_decompress_from_base64_string has_any_index has_any_ipv4
has_any_ipv4_prefix has_ipv4 has_ipv4_prefix has_ipv6 hash hash_combine hash_many hash_xxhash64 hll hll_if hll_merge
indexof_regex ipv4_range_to_cidr_list isascii isutf8 jaccard_index log1p make_dictionary make_string merge_tdigest
new_guid parse_command_line parse_path parse_user_agent parse_version parse_xml passthrough percentile_array_tdigest
percentile_tdigest percentiles_array percentiles_array_tdigest percentilesw percentilesw_array percentilew
percentrank_tdigest punycode_domain_from_string punycode_domain_to_string punycode_from_string punycode_to_string
rank_tdigest replace_strings row_window_session rowstore_ordinal_range session_count set_equals table_name tdigest
tdigest_merge to_utf8 treemap treepath unicode_codepoints_from_string unicode_codepoints_to_string
url_encode_component welch_test zlib_compress_to_base64_string zlib_decompress_from_base64_string
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
