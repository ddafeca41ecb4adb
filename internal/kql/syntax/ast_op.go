package syntax

// An Op is the operator of a unary or binary expression.
type Op uint8

// The operators of expressions.
const (
	NoOp Op = iota
	OpOr
	OpAnd
	OpEqual        // ==
	OpNotEqual     // != or <>
	OpEqualFold    // =~
	OpNotEqualFold // !~
	OpLess
	OpLessEqual
	OpGreater
	OpGreaterEqual
	OpAdd
	OpSub
	OpMul
	OpDiv
	OpMod
	OpHas
	OpNotHas
	OpHasCS
	OpNotHasCS
	OpHasPrefix
	OpNotHasPrefix
	OpHasPrefixCS
	OpNotHasPrefixCS
	OpHasSuffix
	OpNotHasSuffix
	OpHasSuffixCS
	OpNotHasSuffixCS
	OpContains
	OpNotContains
	OpContainsCS
	OpNotContainsCS
	OpStartsWith
	OpNotStartsWith
	OpStartsWithCS
	OpNotStartsWithCS
	OpEndsWith
	OpNotEndsWith
	OpEndsWithCS
	OpNotEndsWithCS
	OpLike
	OpNotLike
	OpLikeCS
	OpNotLikeCS
	OpMatchesRegex
	OpIn
	OpNotIn
	OpInFold
	OpNotInFold
	OpHasAny
	OpHasAll
	// Colon is : in a search predicate, Column:"term".
	OpColon
)

// opNames are the operators as they are written.
var opNames = [...]string{
	NoOp: "", OpOr: "or", OpAnd: "and", OpEqual: "==", OpNotEqual: "!=", OpEqualFold: "=~", OpNotEqualFold: "!~",
	OpLess: "<", OpLessEqual: "<=", OpGreater: ">", OpGreaterEqual: ">=",
	OpAdd: "+", OpSub: "-", OpMul: "*", OpDiv: "/", OpMod: "%",
	OpHas: "has", OpNotHas: "!has", OpHasCS: "has_cs", OpNotHasCS: "!has_cs",
	OpHasPrefix: "hasprefix", OpNotHasPrefix: "!hasprefix",
	OpHasPrefixCS: "hasprefix_cs", OpNotHasPrefixCS: "!hasprefix_cs",
	OpHasSuffix: "hassuffix", OpNotHasSuffix: "!hassuffix",
	OpHasSuffixCS: "hassuffix_cs", OpNotHasSuffixCS: "!hassuffix_cs",
	OpContains: "contains", OpNotContains: "!contains",
	OpContainsCS: "contains_cs", OpNotContainsCS: "!contains_cs",
	OpStartsWith: "startswith", OpNotStartsWith: "!startswith",
	OpStartsWithCS: "startswith_cs", OpNotStartsWithCS: "!startswith_cs",
	OpEndsWith: "endswith", OpNotEndsWith: "!endswith",
	OpEndsWithCS: "endswith_cs", OpNotEndsWithCS: "!endswith_cs",
	OpLike: "like", OpNotLike: "notlike", OpLikeCS: "likecs", OpNotLikeCS: "notlikecs",
	OpMatchesRegex: "matches regex", OpIn: "in", OpNotIn: "!in", OpInFold: "in~", OpNotInFold: "!in~",
	OpHasAny: "has_any", OpHasAll: "has_all", OpColon: ":",
}

// String returns the operator as it is written.
func (op Op) String() string { return opNames[op] }
