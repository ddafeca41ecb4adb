package syntax

// keywords holds every reserved word of one part. Words with hyphens and dots
// are in joinedKeywords, those that start with ! in negations.
var keywords = map[string]keyword{
	"access":                {kAccess, always},
	"alias":                 {kAlias, always},
	"and":                   {kAnd, never},
	"as":                    {kAs, declared},
	"asc":                   {kAsc, never},
	"between":               {kBetween, never},
	"bin":                   {kBin, always},
	"by":                    {kBy, declared},
	"consume":               {kConsume, always},
	"contains":              {kContains, declared},
	"contains_cs":           {kContainsCS, never},
	"containscs":            {kContainsCS, never},
	"count":                 {kCount, always},
	"database":              {kDatabase, always},
	"datatable":             {kDatatable, declared},
	"declare":               {kDeclare, always},
	"default":               {kDefault, always},
	"desc":                  {kDesc, never},
	"distinct":              {kDistinct, always},
	"dynamic":               {kDynamic, never},
	"edges":                 {kEdges, always},
	"endswith":              {kEndsWith, never},
	"endswith_cs":           {kEndsWithCS, never},
	"entity_group":          {kEntityGroup, always},
	"evaluate":              {kEvaluate, always},
	"extend":                {kExtend, always},
	"external_data":         {kExternalData, never},
	"externaldata":          {kExternalData, declared},
	"facet":                 {kFacet, always},
	"filter":                {kWhere, always},
	"find":                  {kFind, declared},
	"first":                 {kFirst, never},
	"fork":                  {kFork, always},
	"from":                  {kFrom, always},
	"getschema":             {kGetSchema, always},
	"has":                   {kHas, declared},
	"has_all":               {kHasAll, never},
	"has_any":               {kHasAny, never},
	"has_cs":                {kHasCS, never},
	"hasprefix":             {kHasPrefix, never},
	"hasprefix_cs":          {kHasPrefixCS, never},
	"hassuffix":             {kHasSuffix, never},
	"hassuffix_cs":          {kHasSuffixCS, never},
	"id":                    {kID, always},
	"in":                    {kIn, declared},
	"invoke":                {kInvoke, declared},
	"join":                  {kJoin, always},
	"kind":                  {kKind, operand},
	"last":                  {kLast, never},
	"let":                   {kLet, always},
	"like":                  {kLike, never},
	"likecs":                {kLikeCS, never},
	"limit":                 {kTake, always},
	"lookup":                {kLookup, always},
	"materialize":           {kMaterialize, declared},
	"mvapply":               {kMvApply, always},
	"mvexpand":              {kMvExpand, always},
	"nodes":                 {kNodes, always},
	"notcontains":           {kNotContains, never},
	"notcontainscs":         {kNotContainsCS, never},
	"notlike":               {kNotLike, never},
	"notlikecs":             {kNotLikeCS, never},
	"null":                  {kNull, always},
	"nulls":                 {kNulls, always},
	"of":                    {kOf, declared},
	"on":                    {kOn, always},
	"optional":              {kOptional, always},
	"or":                    {kOr, never},
	"order":                 {kSort, always},
	"others":                {kOthers, never},
	"output":                {kOutput, always},
	"pack":                  {kPack, always},
	"parse":                 {kParse, always},
	"partition":             {kPartition, always},
	"pattern":               {kPattern, always},
	"print":                 {kPrint, declared},
	"project":               {kProject, never},
	"query_parameters":      {kQueryParameters, always},
	"range":                 {kRange, always},
	"reduce":                {kReduce, always},
	"render":                {kRender, always},
	"restrict":              {kRestrict, always},
	"sample":                {kSample, declared},
	"scan":                  {kScan, always},
	"search":                {kSearch, declared},
	"serialize":             {kSerialize, always},
	"set":                   {kSet, declared},
	"sort":                  {kSort, always},
	"startswith":            {kStartsWith, never},
	"startswith_cs":         {kStartsWithCS, never},
	"step":                  {kStep, always},
	"summarize":             {kSummarize, always},
	"take":                  {kTake, always},
	"to":                    {kTo, declared},
	"top":                   {kTop, always},
	"toscalar":              {kToScalar, declared},
	"totable":               {kToTable, declared},
	"typeof":                {kTypeOf, always},
	"union":                 {kUnion, never},
	"view":                  {kView, always},
	"where":                 {kWhere, declared},
	"with":                  {kWith, always},
	"with_node_id":          {kWithNodeID, always},
	"with_source":           {kWithSource, operand},
	"withsource":            {kWithSource, operand},
	"__executeAndCache":     {kExecuteAndCache, never},
	"__partitionby":         {kPartitionBy, always},
	"__projectAway":         {kProjectAwayFind, never},
	"best_effort":           {kReserved, always},
	"bool":                  {kReserved, always},
	"dataformat":            {kReserved, always},
	"datetime_pattern":      {kReserved, always},
	"graph":                 {kReserved, always},
	"guid":                  {kReserved, always},
	"inline_external_table": {kReserved, always},
	"plotly":                {kReserved, always},
	"regex":                 {kReserved, always},
	"uuid":                  {kReserved, always},
	"accumulate":            {kReserved, declared},
	"earliest":              {kReserved, declared},
	"latest":                {kReserved, declared},
	"mdm":                   {kReserved, declared},
	"sql":                   {kReserved, declared},
	"title":                 {kReserved, declared},
	"verbose":               {kReserved, declared},
	"viewers":               {kReserved, declared},
}

// reserved holds the words that have no meaning inside a query but must be
// written ['word'] to be a name, among them the names of types and charts.
var reserved = wordSet(
	"3Dchart", "__contextual_datatable", "__crossCluster", "__crossDB", "__id", "__isFuzzy", "__noWithSource",
	"__packedColumn", "__sourceColumnIndex", "anomalychart", "areachart", "bagexpansion", "barchart", "bin_legacy",
	"boolean", "byte", "cachingpolicy", "callout", "cancel", "card", "char", "columnchart", "cycles",
	"dataexport", "datascope", "date", "datetime", "decimal", "decodeblocks", "double", "encodingpolicy",
	"expandoutput", "extent_tags_retention", "flags", "float", "force_remote", "harddelete", "hardretention",
	"hotcache", "int", "int16", "int32", "int64", "int8", "isfuzzy", "journal", "ladderchart", "linechart", "long",
	"missing", "nooptimization", "pathformat", "piechart", "pivotchart", "queries", "query_results", "real",
	"relaxed", "restricted_view_access", "row_level_security", "rowstore", "rowstore_references",
	"rowstore_sealinfo", "rowstorepolicy", "rowstores", "scatterchart", "seal", "seals", "shards", "simple",
	"softdelete", "softretention", "stackedareachart", "statistics", "storedqueryresultcontainers", "string",
	"tablepurge", "time", "timechart", "timeline", "timepivot", "timespan", "treemap", "uint", "uint16", "uint32",
	"uint64", "uint8", "ulong", "uniqueid", "unrestrictedviewers", "views", "with_itemindex", "with_match_id",
	"with_step_name", "writeaheadlog",
)

// joinedKeywords are those with a hyphen, by their first word. The longest
// that fits wins, so longer ones come first.
var joinedKeywords = map[string][]joined{
	"assert":  {{"assert-schema", keyword{kAssertSchema, never}}},
	"granny":  {{"granny-desc", keyword{kGrannyDesc, never}}, {"granny-asc", keyword{kGrannyAsc, never}}},
	"macro":   {{"macro-expand", keyword{kMacroExpand, never}}},
	"mv":      {{"mv-expand", keyword{kMvExpand, never}}, {"mv-apply", keyword{kMvApply, never}}},
	"parse":   {{"parse-where", keyword{kParseWhere, never}}, {"parse-kv", keyword{kParseKV, never}}},
	"sample":  {{"sample-distinct", keyword{kSampleDistinct, declared}}},
	"top":     {{"top-hitters", keyword{kTopHitters, declared}}, {"top-nested", keyword{kTopNested, declared}}},
	"in":      {{"in~", keyword{kInFold, never}}},
	"matches": {{"matches regex", keyword{kMatchesRegex, never}}},
	"partitioned": {
		{"partitioned-by", keyword{kPartitionedBy, never}},
	},
	"make": {
		{"make-series", keyword{kMakeSeries, never}}, {"make-graph", keyword{kMakeGraph, never}},
	},
	"project": {
		{"project-by-names", keyword{kProjectByNames, never}},
		{"project-reorder", keyword{kProjectReorder, never}},
		{"project-rename", keyword{kProjectRename, never}},
		{"project-smart", keyword{kProjectSmart, never}},
		{"project-keep", keyword{kProjectKeep, never}},
		{"project-away", keyword{kProjectAway, never}},
	},
	"graph": {
		{"graph-mark-components", keyword{kGraphMark, never}},
		{"graph-shortest-paths", keyword{kGraphPaths, never}},
		{"graph-where-edges", keyword{kGraphWhereEdges, never}},
		{"graph-where-nodes", keyword{kGraphWhereNodes, never}},
		{"graph-to-table", keyword{kGraphToTable, never}},
		{"graph-match", keyword{kGraphMatch, never}},
	},
	"hint": {
		{"hint.pass_filters_column", keyword{kReserved, never}},
		{"hint.num_partitions", keyword{kReserved, never}},
		{"hint.progressive_top", keyword{kReserved, never}},
		{"hint.pass_filters", keyword{kReserved, never}},
		{"hint.materialized", keyword{kReserved, never}},
		{"hint.distribution", keyword{kReserved, never}},
		{"hint.concurrency", keyword{kReserved, never}},
		{"hint.shufflekey", keyword{kReserved, never}},
		{"hint.strategy", keyword{kReserved, never}},
		{"hint.spread", keyword{kReserved, never}},
		{"hint.remote", keyword{kReserved, never}},
	},
}

// A joined is a keyword of several parts.
type joined struct {
	text string
	keyword
}

// negations are the words that may follow a ! without a space.
var negations = map[string]kind{
	"between":       kNotBetween,
	"contains":      kNotContains,
	"contains_cs":   kNotContainsCS,
	"endswith":      kNotEndsWith,
	"endswith_cs":   kNotEndsWithCS,
	"has":           kNotHas,
	"has_cs":        kNotHasCS,
	"hasprefix":     kNotHasPrefix,
	"hasprefix_cs":  kNotHasPrefixCS,
	"hassuffix":     kNotHasSuffix,
	"hassuffix_cs":  kNotHasSuffixCS,
	"in":            kNotIn,
	"startswith":    kNotStartsWith,
	"startswith_cs": kNotStartsWithCS,
}

// typedLiterals are the words that make a literal with what follows in
// parentheses, without a space between.
var typedLiterals = wordSet("bool", "date", "datetime", "decimal", "double", "guid", "int", "int32", "int64",
	"long", "real", "time", "timespan")

func wordSet(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// keywordOf returns the meaning of a word without hyphens; a name if it has
// none.
func keywordOf(word string) keyword {
	if k, ok := keywords[word]; ok {
		return k
	}
	if reserved[word] {
		return keyword{kReserved, never}
	}
	return keyword{kName, always}
}
