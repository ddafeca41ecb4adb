package fn

func geoPolygons() []*Func {
	return []*Func{
		geoFunc("geo_point_in_polygon", "Whether a point lies in a polygon.",
			geoOne("longitude:real, latitude:real, polygon:dynamic", "bool", "kql_geo_polygon_contains($1, $2, $3)"),
			"print geo_point_in_polygon(1, 1, "+geoPolygon+"), geo_point_in_polygon(3, 1, "+geoPolygon+")", "true", "false"),
		geoFunc("geo_distance_point_to_polygon", "The distance of a point from a polygon in metres, 0 inside.",
			geoOne("longitude:real, latitude:real, polygon:dynamic", "real", "kql_geo_polygon_distance($1, $2, $3)"),
			"print geo_distance_point_to_polygon(1, 1, "+geoPolygon+")", "0.0"),
		geoFunc("geo_closest_point_on_polygon", "The point of a polygon that is nearest to a point.",
			geoOne("longitude:real, latitude:real, polygon:dynamic", "dynamic", "kql_geo_polygon_closest($1, $2, $3)"),
			"print round(todouble(geo_closest_point_on_polygon(1, -1, "+geoPolygon+").coordinates[0]), 6)", "1.0"),
		geoFunc("geo_polygon_area", "The area of a polygon in square metres.",
			geoOne("polygon:dynamic", "real", "kql_geo_polygon_area($1)"),
			"print round(geo_polygon_area("+geoPolygon+") / 1000000)", "49452.0"),
		geoFunc("geo_polygon_perimeter", "The length of a polygon's outline in metres.",
			geoOne("polygon:dynamic", "real", "kql_geo_polygon_perimeter($1)"),
			"print round(geo_polygon_perimeter("+geoPolygon+") / 1000)", "889.0"),
		geoFunc("geo_polygon_centroid", "The point in the middle of a polygon's area.",
			geoOne("polygon:dynamic", "dynamic", "kql_geo_polygon_centroid($1)"),
			"print round(todouble(geo_polygon_centroid("+geoPolygon+").coordinates[0]), 3)", "1.0"),
		geoFunc("geo_polygon_simplify", "The polygon without the vertices that are nearer to what remains than a tolerance, 10 metres unless told otherwise.", []Sig{
			{Params: "polygon:dynamic", Result: "dynamic", SQL: "kql_geo_polygon_simplify($1, 10.0::DOUBLE)"},
			{Params: "polygon:dynamic, tolerance:real", Result: "dynamic", SQL: "CASE WHEN $2 >= 0 THEN kql_geo_polygon_simplify($1, $2) END"},
		}, `print array_length(geo_polygon_simplify(dynamic({"type":"Polygon","coordinates":[[[0,0],[1,0.000001],[2,0],[2,2],[0,0]]]})).coordinates[0])`, "4"),
		geoFunc("geo_polygon_densify", "The polygon with more vertices, as geo_line_densify makes a line.", []Sig{
			{Params: "polygon:dynamic", Result: "dynamic", SQL: "kql_geo_polygon_densify($1, 10.0::DOUBLE)"},
			{Params: "polygon:dynamic, tolerance:real", Result: "dynamic", SQL: "kql_geo_polygon_densify($1, $2)"},
			{Params: "polygon:dynamic, tolerance:real, preserveCrossing:bool", Result: "dynamic", SQL: "kql_geo_polygon_densify($1, CASE WHEN $3 THEN $2 ELSE $2 END)"},
		}, "print array_length(geo_polygon_densify("+geoPolygon+", 10).coordinates[0]) > 5", "true"),
		geoFunc("geo_polygon_buffer", "The polygon of all points within a radius of a polygon, in metres, as near as the tolerance.", []Sig{
			{Params: "polygon:dynamic, radius:real", Result: "dynamic", SQL: "kql_geo_polygon_buffer($1, $2, $2 / 100)"},
			{Params: "polygon:dynamic, radius:real, tolerance:real", Result: "dynamic", SQL: "kql_geo_polygon_buffer($1, $2, $3)"},
		}, "print geo_point_in_polygon(1, 2.5, geo_polygon_buffer("+geoPolygon+", 60000))", "true"),
		geoFunc("geo_polygon_to_s2cells", "The S2 cells, of level 11 unless told otherwise, that cover a polygon, or the area within a radius of it.", []Sig{
			{Params: "polygon:dynamic", Result: "dynamic", SQL: "kql_geo_polygon_s2cells($1, 11, 0.0::DOUBLE)"},
			{Params: "polygon:dynamic, level:integer", Result: "dynamic", SQL: "kql_geo_polygon_s2cells($1, $2::BIGINT, 0.0::DOUBLE)"},
			{Params: "polygon:dynamic, level:integer, radius:real", Result: "dynamic", SQL: "kql_geo_polygon_s2cells($1, $2::BIGINT, $3)"},
		}, "print set_has_element(geo_polygon_to_s2cells("+geoPolygon+", 9), geo_point_to_s2cell(1, 1, 9))", "true"),
		geoFunc("geo_polygon_to_h3cells", "The H3 cells, of resolution 6 unless told otherwise, whose middle lies in a polygon, or within a radius of it.", []Sig{
			{Params: "polygon:dynamic", Result: "dynamic", SQL: "kql_geo_polygon_h3cells($1, 6, 0.0::DOUBLE)"},
			{Params: "polygon:dynamic, resolution:integer", Result: "dynamic", SQL: "kql_geo_polygon_h3cells($1, $2::BIGINT, 0.0::DOUBLE)"},
			{Params: "polygon:dynamic, resolution:integer, radius:real", Result: "dynamic", SQL: "kql_geo_polygon_h3cells($1, $2::BIGINT, $3)"},
		}, "print set_has_element(geo_polygon_to_h3cells("+geoPolygon+", 5), geo_point_to_h3cell(1, 1, 5))", "true"),
	}
}

func geoCombined() []*Func {
	return []*Func{
		geoFunc("geo_intersects_2lines", "Whether two lines have a point in common.",
			geoOne("line1:dynamic, line2:dynamic", "bool", "kql_geo_lines_intersect($1, $2)"),
			"print geo_intersects_2lines("+geoLine+", "+geoOther+")", "true"),
		geoFunc("geo_intersects_line_with_polygon", "Whether a line has a point in a polygon.",
			geoOne("line:dynamic, polygon:dynamic", "bool", "kql_geo_line_polygon_intersect($1, $2)"),
			"print geo_intersects_line_with_polygon("+geoOther+", "+geoPolygon+")", "true"),
		geoFunc("geo_intersects_2polygons", "Whether two polygons have a point in common.",
			geoOne("polygon1:dynamic, polygon2:dynamic", "bool", "kql_geo_polygons_intersect($1, $2)"),
			"print geo_intersects_2polygons("+geoPolygon+", geo_point_buffer(5, 5, 1000))", "false"),
		geoFunc("geo_intersection_2lines", "What two lines have in common.",
			geoOne("line1:dynamic, line2:dynamic", "dynamic", "kql_geo_lines_intersection($1, $2)"),
			"print round(todouble(geo_intersection_2lines("+geoLine+", "+geoOther+").coordinates[0]), 6)", "1.0"),
		geoFunc("geo_intersection_line_with_polygon", "What of a line lies in a polygon.",
			geoOne("line:dynamic, polygon:dynamic", "dynamic", "kql_geo_line_polygon_intersection($1, $2)"),
			"print round(geo_line_length(geo_intersection_line_with_polygon("+geoOther+", "+geoPolygon+")) / 1000)", "111.0"),
		geoFunc("geo_intersection_2polygons", "What two polygons have in common.",
			geoOne("polygon1:dynamic, polygon2:dynamic", "dynamic", "kql_geo_polygons_intersection($1, $2)"),
			"print round(geo_polygon_area(geo_intersection_2polygons("+geoPolygon+", "+geoPolygon+")) / 1000000)", "49452.0"),
		geoFunc("geo_union_lines_array", "All lines of an array as one.",
			geoOne("lines:dynamic", "dynamic", "kql_geo_union_lines($1)"),
			"print round(geo_line_length(geo_union_lines_array(pack_array("+geoLine+", "+geoOther+"))) / 1000)", "445.0"),
		geoFunc("geo_union_polygons_array", "The area that any polygon of an array covers.",
			geoOne("polygons:dynamic", "dynamic", "kql_geo_union_polygons($1)"),
			"print round(geo_polygon_area(geo_union_polygons_array(pack_array("+geoPolygon+", "+geoPolygon+"))) / 1000000)", "49452.0"),
		geoFunc("geo_simplify_polygons_array", "The polygons of an array without vertices that a tolerance, 10 metres unless told otherwise, does not need; those that several share stay.", []Sig{
			{Params: "polygons:dynamic", Result: "dynamic", SQL: "kql_geo_simplify_polygons($1, 10.0::DOUBLE)"},
			{Params: "polygons:dynamic, tolerance:real", Result: "dynamic", SQL: "CASE WHEN $2 >= 0 THEN kql_geo_simplify_polygons($1, $2) END"},
		}, "print array_length(geo_simplify_polygons_array(pack_array("+geoPolygon+")))", "1"),
	}
}
