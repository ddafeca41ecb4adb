package syntax

// A kind tells what a token is: punctuation, literal, name or keyword.
type kind uint8

// Tokens that are no keywords.
const (
	kNone kind = iota // what the parser sees while it is lost
	kEOF
	kBad // a character that is no part of the language
	kName
	kString
	kLong
	kReal
	kTimespan
	kBool
	kTyped   // long(1), datetime(...), guid(...) and the like
	kRawGUID // a GUID outside of guid()
	kLParen
	kRParen
	kLBracket
	kRBracket
	kLBrace
	kRBrace
	kPipe
	kSemicolon
	kComma
	kColon
	kDot
	kDotDot
	kAssign
	kArrow // =>
	kPlus
	kMinus
	kStar
	kSlash
	kPercent
	kLess
	kLessEqual
	kGreater
	kGreaterEqual
	kEqual
	kNotEqual
	kEqualFold
	kNotEqualFold
	firstKeyword
)

// Keywords that the parser asks for by name; all others are kReserved.
const (
	kAccess kind = iota + firstKeyword
	kAlias
	kAnd
	kAs
	kAsc
	kBetween
	kBin
	kBy
	kConsume
	kContains
	kContainsCS
	kCount
	kDatabase
	kDatatable
	kDeclare
	kDefault
	kDesc
	kDistinct
	kDynamic
	kEdges
	kEndsWith
	kEndsWithCS
	kEntityGroup
	kEvaluate
	kExtend
	kExternalData
	kFacet
	kFind
	kFirst
	kFork
	kFrom
	kGetSchema
	kGrannyAsc
	kGrannyDesc
	kHas
	kHasAll
	kHasAny
	kHasCS
	kHasPrefix
	kHasPrefixCS
	kHasSuffix
	kHasSuffixCS
	kID
	kIn
	kInFold
	kInvoke
	kJoin
	kKind
	kLast
	kLet
	kLike
	kLikeCS
	kLookup
	kMacroExpand
	kMakeGraph
	kMakeSeries
	kMatchesRegex
	kMaterialize
	kMvApply
	kMvExpand
	kNodes
	kNotBetween
	kNotContains
	kNotContainsCS
	kNotEndsWith
	kNotEndsWithCS
	kNotHas
	kNotHasCS
	kNotHasPrefix
	kNotHasPrefixCS
	kNotHasSuffix
	kNotHasSuffixCS
	kNotIn
	kNotInFold
	kNotLike
	kNotLikeCS
	kNotStartsWith
	kNotStartsWithCS
	kNull
	kNulls
	kOf
	kOn
	kOptional
	kOr
	kOthers
	kOutput
	kPack
	kParse
	kParseKV
	kParseWhere
	kPartition
	kPartitionBy
	kPartitionedBy
	kPattern
	kPrint
	kProject
	kProjectAway
	kProjectAwayFind // __projectAway
	kProjectByNames
	kProjectKeep
	kProjectRename
	kProjectReorder
	kProjectSmart
	kQueryParameters
	kRange
	kReduce
	kRender
	kRestrict
	kSample
	kSampleDistinct
	kScan
	kSearch
	kSerialize
	kSet
	kSort
	kStartsWith
	kStartsWithCS
	kStep
	kSummarize
	kTake
	kTo
	kTop
	kTopHitters
	kTopNested
	kToScalar
	kToTable
	kTypeOf
	kUnion
	kView
	kWhere
	kWith
	kWithNodeID
	kWithSource
	kAssertSchema
	kExecuteAndCache
	kGraphMark
	kGraphMatch
	kGraphPaths
	kGraphToTable
	kGraphWhereEdges
	kGraphWhereNodes
	kReserved
)

// A nameUse tells where a keyword may be used as a name without brackets.
type nameUse uint8

const (
	never    nameUse = iota
	declared         // only where a name is given: by = x, wildcards, parameters
	operand          // also where a column is read, but nowhere else: kind
	always
)

// A token is a piece of text with its meaning.
type token struct {
	kind kind
	// use tells, for keywords, how far the word may serve as a name.
	use nameUse
	// spaced tells whether white space or a comment stands before it.
	spaced bool
	// hidden tells that the string was written h'...'.
	hidden     bool
	start, end int
}

// A keyword is the meaning of a reserved word.
type keyword struct {
	kind kind
	use  nameUse
}
