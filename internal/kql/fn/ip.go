package fn

func addresses() []*Func {
	return family("address",
		&Func{
			Name: "parse_ipv4", Doc: "The address as a number, null if it is none; a mask is applied.",
			Sigs:     []Sig{{Params: "ip:string", Result: "long", SQL: "kql_parse_ipv4($1)", Nulls: Maybe}},
			Examples: []Example{{`print parse_ipv4("10.0.0.1"), parse_ipv4("10.0.0.255/24"), parse_ipv4("ten")`, []string{"167772161", "167772160", ""}}},
		},
		&Func{
			Name: "parse_ipv4_mask", Doc: "The address as a number with only so many leading bits.",
			Sigs:     []Sig{{Params: "ip:string, prefix:long", Result: "long", SQL: "kql_parse_ipv4_mask($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print parse_ipv4_mask("10.0.0.255", 24)`, []string{"167772160"}}},
		},
		&Func{
			Name: "ipv4_is_private", Doc: "Whether the address is one of private networks.",
			Sigs:     []Sig{{Params: "ip:string", Result: "bool", SQL: "kql_ipv4_is_private($1)", Nulls: Maybe}},
			Examples: []Example{{`print ipv4_is_private("192.168.1.1"), ipv4_is_private("8.8.8.8"), ipv4_is_private("x")`, []string{"true", "false", ""}}},
		},
		&Func{
			Name: "ipv4_is_in_range", Doc: "Whether the address lies in a range in CIDR notation.",
			Sigs:     []Sig{{Params: "ip:string, range:string", Result: "bool", SQL: "kql_ipv4_in_range($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print ipv4_is_in_range("10.1.2.3", "10.0.0.0/8"), ipv4_is_in_range("11.1.2.3", "10.0.0.0/8")`, []string{"true", "false"}}},
		},
		&Func{
			Name: "ipv4_is_in_any_range", Doc: "Whether the address lies in one of several ranges.",
			Sigs: []Sig{
				{Params: "ip:textual, ranges:dynamic", Result: "bool", SQL: "kql_ipv4_in_any_range($1, $2)", Nulls: Maybe},
				{Params: "ip:textual, ranges:texts*", Result: "bool", Gen: anyRange, Nulls: Maybe},
			},
			Examples: []Example{{`print ipv4_is_in_any_range("10.1.2.3", "192.168.0.0/16", "10.0.0.0/8"), ipv4_is_in_any_range("10.1.2.3", dynamic(["127.0.0.1"]))`, []string{"true", "false"}}},
		},
		&Func{
			Name: "ipv4_is_match", Doc: "Whether two addresses agree in the bits that their masks and the prefix leave.",
			Sigs: []Sig{
				{Params: "a:string, b:string", Result: "bool", SQL: "kql_ip_compare($1, $2, 32, true) = 0", Nulls: Maybe},
				{Params: "a:string, b:string, prefix:long", Result: "bool", SQL: "kql_ip_compare($1, $2, $3, true) = 0", Nulls: Maybe},
			},
			Examples: []Example{{`print ipv4_is_match("10.0.0.1/24", "10.0.0.77"), ipv4_is_match("10.0.0.1", "10.0.1.1", 24)`, []string{"true", "false"}}},
		},
		&Func{
			Name: "ipv4_compare", Doc: "-1, 0 or 1 as the first address is less than, equal to or greater than the second in the bits that masks and prefix leave.",
			Sigs: []Sig{
				{Params: "a:string, b:string", Result: "long", SQL: "kql_ip_compare($1, $2, 32, true)", Nulls: Maybe},
				{Params: "a:string, b:string, prefix:long", Result: "long", SQL: "kql_ip_compare($1, $2, $3, true)", Nulls: Maybe},
			},
			Examples: []Example{{`print ipv4_compare("10.0.0.1", "10.0.0.2"), ipv4_compare("10.0.0.1/24", "10.0.0.2")`, []string{"-1", "0"}}},
		},
		&Func{
			Name: "ipv4_netmask_suffix", Doc: "The number of bits of the address's mask.",
			Sigs:     []Sig{{Params: "ip:string", Result: "long", SQL: "kql_ipv4_suffix($1)", Nulls: Maybe}},
			Examples: []Example{{`print ipv4_netmask_suffix("10.0.0.0/8"), ipv4_netmask_suffix("10.0.0.1")`, []string{"8", "32"}}},
		},
		&Func{
			Name: "ipv4_range_to_cidr_list", Doc: "The fewest networks in CIDR notation that hold the addresses from the first to the second and no others.",
			Sigs:     []Sig{{Params: "first:string, last:string", Result: "dynamic", SQL: "kql_ipv4_networks($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print ipv4_range_to_cidr_list("10.0.0.1", "10.0.0.8")`, []string{`["10.0.0.1/32","10.0.0.2/31","10.0.0.4/30","10.0.0.8/32"]`}}},
		},
		&Func{
			Name: "format_ipv4", Doc: "The number or text as an address, a mask applied.",
			Sigs: []Sig{
				{Params: "ip:text", Result: "string", SQL: "kql_format_ipv4($1, 32, false)", Nulls: Never},
				{Params: "ip:text, prefix:long", Result: "string", SQL: "kql_format_ipv4($1, $2, false)"},
			},
			Examples: []Example{{`print format_ipv4(167772161), format_ipv4("10.0.0.77", 24)`, []string{"10.0.0.1", "10.0.0.0"}}},
		},
		&Func{
			Name: "format_ipv4_mask", Doc: "The number or text as an address in CIDR notation.",
			Sigs: []Sig{
				{Params: "ip:text", Result: "string", SQL: "kql_format_ipv4($1, 32, true)", Nulls: Never},
				{Params: "ip:text, prefix:long", Result: "string", SQL: "kql_format_ipv4($1, $2, true)"},
			},
			Examples: []Example{{`print format_ipv4_mask("10.0.0.77", 24)`, []string{"10.0.0.0/24"}}},
		},
		&Func{
			Name: "parse_ipv6", Doc: "The address in its full form of 128 bits, empty if it is none.",
			Sigs:     []Sig{{Params: "ip:string", Result: "string", SQL: "kql_parse_ipv6($1, 128)", Nulls: Never}},
			Examples: []Example{{`print parse_ipv6("::1"), parse_ipv6("10.0.0.1")`, []string{"0000:0000:0000:0000:0000:0000:0000:0001", "0000:0000:0000:0000:0000:ffff:0a00:0001"}}},
		},
		&Func{
			Name: "parse_ipv6_mask", Doc: "The address in its full form with only so many leading bits.",
			Sigs:     []Sig{{Params: "ip:string, prefix:long", Result: "string", SQL: "kql_parse_ipv6($1, $2)"}},
			Examples: []Example{{`print parse_ipv6_mask("fe80::1", 64)`, []string{"fe80:0000:0000:0000:0000:0000:0000:0000"}}},
		},
		&Func{
			Name: "ipv6_compare", Doc: "-1, 0 or 1 as the first address is less than, equal to or greater than the second.",
			Sigs: []Sig{
				{Params: "a:string, b:string", Result: "long", SQL: "kql_ip_compare($1, $2, 128, false)", Nulls: Maybe},
				{Params: "a:string, b:string, prefix:long", Result: "long", SQL: "kql_ip_compare($1, $2, $3, false)", Nulls: Maybe},
			},
			Examples: []Example{{`print ipv6_compare("::1", "::2"), ipv6_compare("::ffff:10.0.0.1", "10.0.0.1")`, []string{"-1", "0"}}},
		},
		&Func{
			Name: "ipv6_is_match", Doc: "Whether two addresses agree in the bits that their masks and the prefix leave.",
			Sigs: []Sig{
				{Params: "a:string, b:string", Result: "bool", SQL: "kql_ip_compare($1, $2, 128, false) = 0", Nulls: Maybe},
				{Params: "a:string, b:string, prefix:long", Result: "bool", SQL: "kql_ip_compare($1, $2, $3, false) = 0", Nulls: Maybe},
			},
			Examples: []Example{{`print ipv6_is_match("fe80::1/64", "fe80::2")`, []string{"true"}}},
		},
		&Func{
			Name: "ipv6_is_in_range", Doc: "Whether the address lies in a range in CIDR notation.",
			Sigs:     []Sig{{Params: "ip:string, range:string", Result: "bool", SQL: "kql_ip_compare($1, $2, 128, false) = 0", Nulls: Maybe}},
			Examples: []Example{{`print ipv6_is_in_range("fe80::2", "fe80::/64")`, []string{"true"}}},
		},
		&Func{
			Name: "ipv6_is_in_any_range", Doc: "Whether the address lies in one of several ranges.",
			Sigs: []Sig{
				{Params: "ip:textual, ranges:dynamic", Result: "bool", SQL: "kql_ipv6_in_any_range($1, $2)", Nulls: Maybe},
				{Params: "ip:textual, ranges:texts*", Result: "bool", Gen: anyRange6, Nulls: Maybe},
			},
			Examples: []Example{{`print ipv6_is_in_any_range("fe80::2", dynamic(["fd00::/8","fe80::/64"]))`, []string{"true"}}},
		},
	)
}

func anyRange(c *Call) string {
	return "kql_ipv4_in_any_range(" + c.Args[0].SQL + ", " + arrayOf(c.Args[1:]) + ")"
}

func anyRange6(c *Call) string {
	return "kql_ipv6_in_any_range(" + c.Args[0].SQL + ", " + arrayOf(c.Args[1:]) + ")"
}
