package fn

import (
	"math"
	"strconv"
	"strings"
)

// Units and what one of each is worth in the first unit of its list. The names
// are those of the convert functions' documentation; the values are those of
// the SI brochure and NIST Special Publication 811.
var angleUnits = units(
	"Degree", 1, "Arcminute", 1.0/60, "Arcsecond", 1.0/3600, "Centiradian", 1.8/math.Pi, "Deciradian", 18/math.Pi, "Gradian", 0.9,
	"Microdegree", 1e-6, "Microradian", 180e-6/math.Pi, "Millidegree", 1e-3, "Milliradian", 180e-3/math.Pi, "Nanodegree", 1e-9,
	"Nanoradian", 180e-9/math.Pi, "NatoMil", 9.0/160, "Radian", 180/math.Pi, "Revolution", 360, "Tilt", 180/math.Pi,
)

var energyUnits = units(
	"Joule", 1, "BritishThermalUnit", 1055.05585262, "Calorie", 4.184, "DecathermEc", 1.05505585262e9, "DecathermImperial", 1.05505585257348e9,
	"DecathermUs", 1.054804e9, "ElectronVolt", 1.602176634e-19, "Erg", 1e-7, "FootPound", 1.3558179483314004, "GigabritishThermalUnit", 1055.05585262e9,
	"GigaelectronVolt", 1.602176634e-10, "Gigajoule", 1e9, "GigawattDay", 8.64e13, "GigawattHour", 3.6e12, "HorsepowerHour", 2.6845195376961727e6,
	"KilobritishThermalUnit", 1055.05585262e3, "Kilocalorie", 4184, "KiloelectronVolt", 1.602176634e-16, "Kilojoule", 1e3, "KilowattDay", 8.64e7,
	"KilowattHour", 3.6e6, "MegabritishThermalUnit", 1055.05585262e6, "Megacalorie", 4.184e6, "MegaelectronVolt", 1.602176634e-13, "Megajoule", 1e6,
	"MegawattDay", 8.64e10, "MegawattHour", 3.6e9, "Millijoule", 1e-3, "TeraelectronVolt", 1.602176634e-7, "Terajoule", 1e12, "TerawattDay", 8.64e16,
	"TerawattHour", 3.6e15, "ThermEc", 1.05505585262e8, "ThermImperial", 1.05505585257348e8, "ThermUs", 1.054804e8, "WattDay", 8.64e4, "WattHour", 3600,
)

var forceUnits = units(
	"Newton", 1, "Decanewton", 10, "Dyn", 1e-5, "KilogramForce", 9.80665, "Kilonewton", 1e3, "KiloPond", 9.80665, "KilopoundForce", 4448.2216152605,
	"Meganewton", 1e6, "Micronewton", 1e-6, "Millinewton", 1e-3, "OunceForce", 0.27801385095378125, "Poundal", 0.138254954376, "PoundForce", 4.4482216152605,
	"ShortTonForce", 8896.443230521, "TonneForce", 9806.65,
)

var lengthUnits = units(
	"Meter", 1, "Angstrom", 1e-10, "AstronomicalUnit", 1.495978707e11, "Centimeter", 1e-2, "Chain", 20.1168, "DataMile", 1828.8, "Decameter", 10,
	"Decimeter", 0.1, "DtpPica", 0.0254/6, "DtpPoint", 0.0254/72, "Fathom", 1.8288, "Foot", 0.3048, "Hand", 0.1016, "Hectometer", 100, "Inch", 0.0254,
	"KilolightYear", 9.4607304725808e18, "Kilometer", 1e3, "Kiloparsec", 3.0856775814913673e19, "LightYear", 9.4607304725808e15, "MegalightYear", 9.4607304725808e21,
	"Megaparsec", 3.0856775814913673e22, "Microinch", 2.54e-8, "Micrometer", 1e-6, "Mil", 2.54e-5, "Mile", 1609.344, "Millimeter", 1e-3, "Nanometer", 1e-9,
	"NauticalMile", 1852, "Parsec", 3.0856775814913673e16, "PrinterPica", 0.0254*0.166044, "PrinterPoint", 0.0254*0.013837, "Shackle", 27.432,
	"SolarRadius", 6.957e8, "Twip", 0.0254/1440, "UsSurveyFoot", 1200.0/3937, "Yard", 0.9144,
)

var massUnits = units(
	"Kilogram", 1, "Centigram", 1e-5, "Decagram", 1e-2, "Decigram", 1e-4, "EarthMass", 5.9722e24, "Grain", 6.479891e-5, "Gram", 1e-3, "Hectogram", 0.1,
	"Kilopound", 453.59237, "Kilotonne", 1e6, "LongHundredweight", 50.80234544, "LongTon", 1016.0469088, "Megapound", 453592.37, "Megatonne", 1e9,
	"Microgram", 1e-9, "Milligram", 1e-6, "Nanogram", 1e-12, "Ounce", 0.028349523125, "Pound", 0.45359237, "ShortHundredweight", 45.359237,
	"ShortTon", 907.18474, "Slug", 14.593902937206364, "SolarMass", 1.98892e30, "Stone", 6.35029318, "Tonne", 1000,
)

var speedUnits = units(
	"MeterPerSecond", 1, "CentimeterPerHour", 1e-2/3600, "CentimeterPerMinute", 1e-2/60, "CentimeterPerSecond", 1e-2, "DecimeterPerMinute", 0.1/60,
	"DecimeterPerSecond", 0.1, "FootPerHour", 0.3048/3600, "FootPerMinute", 0.3048/60, "FootPerSecond", 0.3048, "InchPerHour", 0.0254/3600,
	"InchPerMinute", 0.0254/60, "InchPerSecond", 0.0254, "KilometerPerHour", 1/3.6, "KilometerPerMinute", 1000.0/60, "KilometerPerSecond", 1000,
	"Knot", 1852.0/3600, "MeterPerHour", 1.0/3600, "MeterPerMinute", 1.0/60, "MicrometerPerMinute", 1e-6/60, "MicrometerPerSecond", 1e-6,
	"MilePerHour", 0.44704, "MillimeterPerHour", 1e-3/3600, "MillimeterPerMinute", 1e-3/60, "MillimeterPerSecond", 1e-3, "NanometerPerMinute", 1e-9/60,
	"NanometerPerSecond", 1e-9, "UsSurveyFootPerHour", 1200.0/3937/3600, "UsSurveyFootPerMinute", 1200.0/3937/60, "UsSurveyFootPerSecond", 1200.0/3937,
	"YardPerHour", 0.9144/3600, "YardPerMinute", 0.9144/60, "YardPerSecond", 0.9144,
)

var volumeUnits = units(
	"CubicMeter", 1, "AcreFoot", 1233.48183754752, "AuTablespoon", 2e-5, "Centiliter", 1e-5, "CubicCentimeter", 1e-6, "CubicDecimeter", 1e-3,
	"CubicFoot", 0.028316846592, "CubicHectometer", 1e6, "CubicInch", 1.6387064e-5, "CubicKilometer", 1e9, "CubicMicrometer", 1e-18,
	"CubicMile", 4.168181825440579584e9, "CubicMillimeter", 1e-9, "CubicYard", 0.764554857984, "Decaliter", 1e-2, "DecausGallon", 0.03785411784, "Deciliter", 1e-4,
	"DeciusGallon", 3.785411784e-4, "HectocubicFoot", 2.8316846592, "HectocubicMeter", 100, "Hectoliter", 0.1, "HectousGallon", 0.3785411784,
	"ImperialBeerBarrel", 0.16365924, "ImperialGallon", 4.54609e-3, "ImperialOunce", 2.84130625e-5, "ImperialPint", 5.6826125e-4, "KilocubicFoot", 28.316846592,
	"KilocubicMeter", 1e3, "KiloimperialGallon", 4.54609, "Kiloliter", 1, "KilousGallon", 3.785411784, "Liter", 1e-3, "MegacubicFoot", 28316.846592,
	"MegaimperialGallon", 4546.09, "Megaliter", 1e3, "MegausGallon", 3785.411784, "MetricCup", 2.5e-4, "MetricTeaspoon", 5e-6, "Microliter", 1e-9,
	"Milliliter", 1e-6, "OilBarrel", 0.158987294928, "UkTablespoon", 1.5e-5, "UsBeerBarrel", 0.117347765304, "UsCustomaryCup", 2.365882365e-4,
	"UsGallon", 3.785411784e-3, "UsLegalCup", 2.4e-4, "UsOunce", 2.95735295625e-5, "UsPint", 4.73176473e-4, "UsQuart", 9.46352946e-4,
	"UsTablespoon", 1.478676478125e-5, "UsTeaspoon", 4.92892159375e-6,
)

// A scale is a unit of temperature: kelvins are (value + add) * factor.
type scale struct{ add, factor float64 }

var temperatureScales = map[string]scale{
	"Kelvin": {0, 1}, "DegreeCelsius": {273.15, 1}, "DegreeDelisle": {-559.725, -2.0 / 3}, "DegreeFahrenheit": {459.67, 5.0 / 9},
	"DegreeNewton": {273.15 * 0.33, 1 / 0.33}, "DegreeRankine": {0, 5.0 / 9}, "DegreeReaumur": {273.15 * 0.8, 1.25},
	"DegreeRoemer": {273.15*21/40 - 7.5, 40.0 / 21}, "MillidegreeCelsius": {273150, 1e-3}, "SolarTemperature": {0, 5778},
}

// A unit has a name and a worth.
type unit struct {
	name  string
	worth float64
}

func units(pairs ...any) []unit {
	list := make([]unit, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		worth, ok := pairs[i+1].(float64)
		if n, whole := pairs[i+1].(int); whole {
			worth, ok = float64(n), true
		}
		if !ok {
			panic("unit without a worth")
		}
		list = append(list, unit{pairs[i].(string), worth})
	}
	return list
}

// conversionsOfUnits are the convert functions.
func conversionsOfUnits() []*Func {
	var fs []*Func
	for _, f := range []struct {
		what  string
		units []unit
		call  string
		want  string
	}{
		{"angle", angleUnits, "90, 'Degree', 'Gradian'", "100.0"},
		{"energy", energyUnits, "1, 'KilowattHour', 'Megajoule'", "3.6"},
		{"force", forceUnits, "2, 'Kilonewton', 'Newton'", "2000.0"},
		{"length", lengthUnits, "3, 'Foot', 'Inch'", "36.0"},
		{"mass", massUnits, "2, 'Kilogram', 'Gram'", "2000.0"},
		{"speed", speedUnits, "36, 'KilometerPerHour', 'MeterPerSecond'", "10.0"},
		{"volume", volumeUnits, "2, 'CubicMeter', 'Liter'", "2000.0"},
	} {
		worth := "map([" + unitNames(f.units) + "], [" + unitWorths(f.units) + "])"
		fs = append(fs, &Func{
			Name: "convert_" + f.what, Doc: "A value of one unit of " + f.what + " in another one, null if a unit is not known.",
			Sigs: []Sig{{Params: "value:real, from:string, to:string", Result: "real", Nulls: Maybe, Gen: func(c *Call) string {
				return convertLinear(c, f.units, worth)
			}}},
			Examples: []Example{{"print round(convert_" + f.what + "(" + f.call + "), 9)", []string{f.want}}},
		})
	}
	fs = append(fs, &Func{
		Name: "convert_temperature", Doc: "A temperature of one scale in another one, null if a scale is not known.",
		Sigs:     []Sig{{Params: "value:real, from:string, to:string", Result: "real", Gen: convertTemperature, Nulls: Maybe}},
		Examples: []Example{{"print round(convert_temperature(212, 'DegreeFahrenheit', 'DegreeCelsius'), 9), convert_temperature(1, 'x', 'Kelvin')", []string{"100.0", ""}}},
	})
	return family("unit", fs...)
}

// convertLinear multiplies by what a constant pair of units is worth, or looks
// the units up for each row.
func convertLinear(c *Call, list []unit, worth string) string {
	from, okFrom := c.Args[1].text()
	to, okTo := c.Args[2].text()
	if !okFrom || !okTo {
		return c.expand("$1 * (" + worth + "[$2] / " + worth + "[$3])")
	}
	a, b := worthOf(list, from), worthOf(list, to)
	if a == 0 || b == 0 {
		return "NULL::DOUBLE"
	}
	return c.expand("$1 * (" + number(a) + " / " + number(b) + ")")
}

func worthOf(list []unit, name string) float64 {
	for _, u := range list {
		if u.name == name {
			return u.worth
		}
	}
	return 0
}

func unitNames(list []unit) string {
	names := make([]string, len(list))
	for i, u := range list {
		names[i] = Quote(u.name)
	}
	return strings.Join(names, ", ")
}

func unitWorths(list []unit) string {
	worths := make([]string, len(list))
	for i, u := range list {
		worths[i] = number(u.worth)
	}
	return strings.Join(worths, ", ")
}

func number(f float64) string { return strconv.FormatFloat(f, 'e', -1, 64) + "::DOUBLE" }

func convertTemperature(c *Call) string {
	name, _ := c.Args[1].text()
	from, okFrom := temperatureScales[name]
	name, _ = c.Args[2].text()
	to, okTo := temperatureScales[name]
	if !okFrom || !okTo {
		return "NULL::DOUBLE"
	}
	if from.factor == to.factor {
		return c.expand("$1 + " + number(from.add-to.add))
	}
	return c.expand("($1 + " + number(from.add) + ") * " + number(from.factor) + " / " + number(to.factor) + " - " + number(to.add))
}
