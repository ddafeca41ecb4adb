package native

import "slices"

// functions is the list of all functions written in Go; kqlRun knows them by
// their place in it.
var functions = slices.Concat(
	timeFunctions(),
	calendarFunctions(),
	numberFunctions(),
	decimalFunctions(),
	textFunctions(),
	arrayFunctions(),
	setFunctions(),
	bagFunctions(),
	addressFunctions(),
	urlFunctions(),
	digestFunctions(),
	codepointFunctions(),
	matchFunctions(),
	pathFunctions(),
	measureFunctions(),
	sketchFunctions(),
	shapeFunctions(),
	seriesFunctions(),
	seriesMathFunctions(),
	pairFunctions(),
	placeFunctions(),
	geoFunctions(),
)
