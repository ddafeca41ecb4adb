package fn

import "slices"

// all is the list of families; a function is added to its family's file.
func all() []*Func {
	return slices.Concat(
		operators(),
		textOperators(),
		conversions(),
		textFunctions(),
		conditionals(),
		datetimes(),
		bins(),
		maths(),
		dynamics(),
		addresses(),
		hashes(),
		sketches(),
		encodings(),
		matches(),
		parsers(),
		conversionsOfUnits(),
		aggregates(),
		windows(),
		makeSeries(),
		seriesFunctions(),
		geoFunctions(),
	)
}
