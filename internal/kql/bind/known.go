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
const knownNames = ` acos around array_iff array_iif array_rotate_left array_rotate_right array_shift_left array_shift_right
array_split assert bag_set_key bag_zip base64_decode_toarray base64_decode_toguid base64_encode_fromarray base64_encode_fromguid
beta_cdf beta_inv beta_pdf buildschema column_names_of current_cluster_endpoint current_database current_principal
current_principal_details current_principal_is_member_of cursor_after cursor_before_or_at datetime_list_timezones dcount_hll
erf erfc estimate_data_size expm1 extent_id extent_tags format_bytes getschema guid hash hash_combine hash_many hash_xxhash64
has_any_index has_any_ipv4 has_any_ipv4_prefix has_ipv4 has_ipv4_prefix indexof_regex isascii isutf8 jaccard_index
log1p max_of merge_tdigest min_of new_guid not parse_command_line parse_path parse_user_agent parse_version parse_xml percentrank_tdigest
percentile_tdigest percentile_array_tdigest percentiles_array_tdigest punycode_domain_from_string punycode_domain_to_string
punycode_from_string punycode_to_string rank_tdigest replace_strings row_rank_dense row_rank_min row_window_session
string_size tdigest_merge to_utf8 treepath unicode_codepoints_from_string unicode_codepoints_to_string url_encode_component
welch_test zlib_compress_to_base64_string zlib_decompress_from_base64_string gzip_compress_to_base64_string
gzip_decompress_from_base64_string make_string rowstore_ordinal_range session_count table_name weekofyear
hll hll_merge hll_if tdigest percentilew percentilesw percentiles_array percentilesw_array make_dictionary cnt passthrough
treemap anomalydetection format_ipv6 ipv4_range_to_cidr_list has_ipv6 toobject set_equals zip array_sort_asc ago `

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
