package fn

// geoFunc declares a function of shapes on the earth. Coordinates are in degrees,
// longitude first; lengths are in metres; what is not valid gives null.
func geoFunc(name, doc string, sigs []Sig, query string, want ...string) *Func {
	for i := range sigs {
		sigs[i].Nulls = Maybe
	}
	return &Func{Name: name, Doc: doc, Sigs: sigs, Examples: []Example{{query, want}}}
}

func geoOne(params, result, sql string) []Sig {
	return []Sig{{Params: params, Result: result, SQL: sql}}
}

func geoFunctions() []*Func {
	list := append(geoPoints(), geoCells()...)
	list = append(list, geoLines()...)
	list = append(list, geoPolygons()...)
	return family("geospatial", append(list, geoCombined()...)...)
}

const (
	geoLine    = `dynamic({"type":"LineString","coordinates":[[0,0],[2,0]]})`
	geoOther   = `dynamic({"type":"LineString","coordinates":[[1,-1],[1,1]]})`
	geoPolygon = `dynamic({"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]})`
)

func geoPoints() []*Func {
	return []*Func{
		geoFunc("geo_distance_2points", "The length of the shortest way between two points in metres.",
			geoOne("longitude1:real, latitude1:real, longitude2:real, latitude2:real", "real", "kql_geo_distance($1, $2, $3, $4)"),
			"print round(geo_distance_2points(0, 0, 90, 0))", "10007559.0"),
		geoFunc("geo_azimuth", "The direction from the first point to the second in radians, clockwise from north.",
			geoOne("longitude1:real, latitude1:real, longitude2:real, latitude2:real", "real", "kql_geo_azimuth($1, $2, $3, $4)"),
			"print round(degrees(geo_azimuth(0, 0, 10, 0)), 6)", "90.0"),
		geoFunc("geo_angle", "The clockwise angle at the second point, from the way to the first to the way to the third, in radians.",
			geoOne("longitude1:real, latitude1:real, longitude2:real, latitude2:real, longitude3:real, latitude3:real", "real", "kql_geo_angle($1, $2, $3, $4, $5, $6)"),
			"print round(degrees(geo_angle(0, 1, 0, 0, 1, 0)), 6)", "90.0"),
		geoFunc("geo_point_in_circle", "Whether a point is no farther than a radius, in metres, from another.",
			geoOne("longitude:real, latitude:real, centerLongitude:real, centerLatitude:real, radius:real", "bool",
				"CASE WHEN $5 >= 0 THEN kql_geo_distance($1, $2, $3, $4) <= $5 END"),
			"print geo_point_in_circle(0, 1, 0, 0, 120000), geo_point_in_circle(0, 1, 0, 0, 100000)", "true", "false"),
		geoFunc("geo_point_buffer", "A polygon around a point, of a radius in metres, as near to a circle as the tolerance.", []Sig{
			{Params: "longitude:real, latitude:real, radius:real", Result: "dynamic", SQL: "kql_geo_point_buffer($1, $2, $3, 0.0::DOUBLE)"},
			{Params: "longitude:real, latitude:real, radius:real, tolerance:real", Result: "dynamic", SQL: "kql_geo_point_buffer($1, $2, $3, $4)"},
		}, "print geo_point_in_polygon(0, 0.5, geo_point_buffer(0, 0, 60000))", "true"),
		geoFunc("geo_from_wkt", "A shape in well-known text as GeoJSON.",
			geoOne("text:string", "dynamic", "kql_geo_from_wkt($1)"),
			`print geo_from_wkt("POINT (1 2)")`, `{"type":"Point","coordinates":[1,2]}`),
	}
}

func geoCells() []*Func {
	list := []*Func{
		geoFunc("geo_point_to_geohash", "The geohash of a point, of 5 digits unless told otherwise.", []Sig{
			{Params: "longitude:real, latitude:real", Result: "string", SQL: "kql_geo_geohash($1, $2, 5)"},
			{Params: "longitude:real, latitude:real, digits:integer", Result: "string", SQL: "kql_geo_geohash($1, $2, $3::BIGINT)"},
		}, "print geo_point_to_geohash(11.57, 48.13), geo_point_to_geohash(11.57, 48.13, 3)", "u281z", "u28"),
		geoFunc("geo_geohash_to_central_point", "The point in the middle of a geohash.",
			geoOne("geohash:string", "dynamic", "kql_geo_geohash_center($1)"),
			`print geo_geohash_to_central_point("s0")`, `{"type":"Point","coordinates":[5.625,2.8125]}`),
		geoFunc("geo_geohash_to_polygon", "The outline of a geohash.",
			geoOne("geohash:string", "dynamic", "kql_geo_geohash_polygon($1)"),
			`print array_length(geo_geohash_to_polygon("u281z").coordinates[0])`, "5"),
		geoFunc("geo_geohash_neighbors", "The geohashes around one.",
			geoOne("geohash:string", "dynamic", "kql_geo_geohash_neighbors($1)"),
			`print array_length(geo_geohash_neighbors("u281z"))`, "8"),
		geoFunc("geo_point_to_s2cell", "The S2 cell that holds a point, of level 11 unless told otherwise.", []Sig{
			{Params: "longitude:real, latitude:real", Result: "string", SQL: "kql_geo_s2($1, $2, 11)"},
			{Params: "longitude:real, latitude:real, level:integer", Result: "string", SQL: "kql_geo_s2($1, $2, $3::BIGINT)"},
		}, "print geo_point_to_s2cell(11.57, 48.13, 6)", "479d"),
		geoFunc("geo_s2cell_to_central_point", "The point in the middle of an S2 cell.",
			geoOne("cell:string", "dynamic", "kql_geo_s2_center($1)"),
			`print round(todouble(geo_s2cell_to_central_point("479d").coordinates[0]))`, "11.0"),
		geoFunc("geo_s2cell_to_polygon", "The outline of an S2 cell.",
			geoOne("cell:string", "dynamic", "kql_geo_s2_polygon($1)"),
			`print array_length(geo_s2cell_to_polygon("479d").coordinates[0])`, "5"),
		geoFunc("geo_s2cell_neighbors", "The S2 cells around one.",
			geoOne("cell:string", "dynamic", "kql_geo_s2_neighbors($1)"),
			`print array_length(geo_s2cell_neighbors("479d"))`, "8"),
	}
	return append(list, geoH3()...)
}

func geoH3() []*Func {
	return []*Func{
		geoFunc("geo_point_to_h3cell", "The H3 cell that holds a point, of resolution 6 unless told otherwise.", []Sig{
			{Params: "longitude:real, latitude:real", Result: "string", SQL: "kql_geo_h3($1, $2, 6)"},
			{Params: "longitude:real, latitude:real, resolution:integer", Result: "string", SQL: "kql_geo_h3($1, $2, $3::BIGINT)"},
		}, "print geo_point_to_h3cell(11.57, 48.13)", "861f8d7a7ffffff"),
		geoFunc("geo_h3cell_level", "The resolution of an H3 cell.",
			geoOne("cell:string", "int", "kql_geo_h3_level($1)::INTEGER"),
			`print geo_h3cell_level("861f8d7afffffff")`, "6"),
		geoFunc("geo_h3cell_parent", "The H3 cell of a coarser resolution, the next one unless told otherwise, that holds one.", []Sig{
			{Params: "cell:string", Result: "string", SQL: "kql_geo_h3_parent($1, -1)"},
			{Params: "cell:string, resolution:integer", Result: "string", SQL: "CASE WHEN $2 >= 0 THEN kql_geo_h3_parent($1, $2::BIGINT) END"},
		}, `print geo_h3cell_level(geo_h3cell_parent("861f8d7afffffff", 3))`, "3"),
		geoFunc("geo_h3cell_children", "The H3 cells of a finer resolution, the next one unless told otherwise, within one.", []Sig{
			{Params: "cell:string", Result: "dynamic", SQL: "kql_geo_h3_children($1, -1)"},
			{Params: "cell:string, resolution:integer", Result: "dynamic", SQL: "CASE WHEN $2 >= 0 THEN kql_geo_h3_children($1, $2::BIGINT) END"},
		}, `print array_length(geo_h3cell_children("861f8d7afffffff"))`, "7"),
		geoFunc("geo_h3cell_neighbors", "The H3 cells around one.",
			geoOne("cell:string", "dynamic", "kql_geo_h3_neighbors($1)"),
			`print array_length(geo_h3cell_neighbors("861f8d7afffffff"))`, "6"),
		geoFunc("geo_h3cell_rings", "For each distance up to one, an array of the H3 cells so many steps away.",
			geoOne("cell:string, distance:integer", "dynamic", "kql_geo_h3_rings($1, $2::BIGINT)"),
			`print array_length(geo_h3cell_rings("861f8d7afffffff", 2)[2])`, "12"),
		geoFunc("geo_h3cell_to_central_point", "The point in the middle of an H3 cell.",
			geoOne("cell:string", "dynamic", "kql_geo_h3_center($1)"),
			`print round(todouble(geo_h3cell_to_central_point("861f8d7afffffff").coordinates[1]))`, "48.0"),
		geoFunc("geo_h3cell_to_polygon", "The outline of an H3 cell.",
			geoOne("cell:string", "dynamic", "kql_geo_h3_polygon($1)"),
			`print array_length(geo_h3cell_to_polygon("861f8d7afffffff").coordinates[0])`, "7"),
	}
}

func geoLines() []*Func {
	return []*Func{
		geoFunc("geo_line_length", "The length of a line in metres.",
			geoOne("line:dynamic", "real", "kql_geo_line_length($1)"),
			"print round(geo_line_length("+geoLine+"))", "222390.0"),
		geoFunc("geo_line_centroid", "The point in the middle of a line.",
			geoOne("line:dynamic", "dynamic", "kql_geo_line_centroid($1)"),
			"print round(todouble(geo_line_centroid("+geoLine+").coordinates[0]), 6)", "1.0"),
		geoFunc("geo_distance_point_to_line", "The distance of a point from a line in metres.",
			geoOne("longitude:real, latitude:real, line:dynamic", "real", "kql_geo_line_distance($1, $2, $3)"),
			"print round(geo_distance_point_to_line(1, 1, "+geoLine+"))", "111195.0"),
		geoFunc("geo_closest_point_on_line", "The point of a line that is nearest to a point.",
			geoOne("longitude:real, latitude:real, line:dynamic", "dynamic", "kql_geo_line_closest($1, $2, $3)"),
			"print round(todouble(geo_closest_point_on_line(1, 1, "+geoLine+").coordinates[0]), 6)", "1.0"),
		geoFunc("geo_line_interpolate_point", "The point at a part, from 0 to 1, of a line.",
			geoOne("line:dynamic, part:real", "dynamic", "kql_geo_line_interpolate($1, $2)"),
			"print round(todouble(geo_line_interpolate_point("+geoLine+", 0.25).coordinates[0]), 6)", "0.5"),
		geoFunc("geo_line_locate_point", "The part, from 0 to 1, of a line at which the point nearest to a point lies; null if that is farther than a distance in metres.", []Sig{
			{Params: "line:dynamic, longitude:real, latitude:real", Result: "real", SQL: "kql_geo_line_locate($1, $2, $3, -1.0::DOUBLE)"},
			{Params: "line:dynamic, longitude:real, latitude:real, distance:real", Result: "real", SQL: "kql_geo_line_locate($1, $2, $3, $4)"},
		}, "print round(geo_line_locate_point("+geoLine+", 0.5, 1), 3)", "0.25"),
		geoFunc("geo_line_simplify", "The line without the vertices that are nearer to what remains than a tolerance, 10 metres unless told otherwise.", []Sig{
			{Params: "line:dynamic", Result: "dynamic", SQL: "kql_geo_line_simplify($1, 10.0::DOUBLE)"},
			{Params: "line:dynamic, tolerance:real", Result: "dynamic", SQL: "CASE WHEN $2 >= 0 THEN kql_geo_line_simplify($1, $2) END"},
		}, `print array_length(geo_line_simplify(dynamic({"type":"LineString","coordinates":[[0,0],[1,0.000001],[2,0]]})).coordinates)`, "2"),
		geoFunc("geo_line_densify", "The line with more vertices, so that edges that are straight on a map are no farther from the shortest ways than a tolerance, 10 metres unless told otherwise.", []Sig{
			{Params: "line:dynamic", Result: "dynamic", SQL: "kql_geo_line_densify($1, 10.0::DOUBLE)"},
			{Params: "line:dynamic, tolerance:real", Result: "dynamic", SQL: "kql_geo_line_densify($1, $2)"},
			{Params: "line:dynamic, tolerance:real, preserveCrossing:bool", Result: "dynamic", SQL: "kql_geo_line_densify($1, CASE WHEN $3 THEN $2 ELSE $2 END)"},
		}, `print array_length(geo_line_densify(dynamic({"type":"LineString","coordinates":[[0,60],[1,60]]}), 10).coordinates) > 2`, "true"),
		geoFunc("geo_line_buffer", "The polygon of all points within a radius of a line, in metres, as near as the tolerance.", []Sig{
			{Params: "line:dynamic, radius:real", Result: "dynamic", SQL: "kql_geo_line_buffer($1, $2, $2 / 100)"},
			{Params: "line:dynamic, radius:real, tolerance:real", Result: "dynamic", SQL: "kql_geo_line_buffer($1, $2, $3)"},
		}, "print geo_point_in_polygon(1, 0.5, geo_line_buffer("+geoLine+", 60000))", "true"),
		geoFunc("geo_line_to_s2cells", "The S2 cells, of level 11 unless told otherwise, that a line goes through, or that are within a radius of it.", []Sig{
			{Params: "line:dynamic", Result: "dynamic", SQL: "kql_geo_line_s2cells($1, 11, 0.0::DOUBLE)"},
			{Params: "line:dynamic, level:integer", Result: "dynamic", SQL: "kql_geo_line_s2cells($1, $2::BIGINT, 0.0::DOUBLE)"},
			{Params: "line:dynamic, level:integer, radius:real", Result: "dynamic", SQL: "kql_geo_line_s2cells($1, $2::BIGINT, $3)"},
		}, "print array_length(geo_line_to_s2cells("+geoLine+", 4)) >= 1", "true"),
	}
}
