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
