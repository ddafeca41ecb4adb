package fn

// hashes are numbers that stand for values; all but the ones of cryptography
// are XXH64.
func hashes() []*Func {
	return family("hash",
		hashing("hash", "A number that stands for the value; with a modulus, what is left of it after division."),
		hashing("hash_xxhash64", "The XXH64 hash of the value; with a modulus, what is left of it after division."),
		&Func{
			Name: "hash_combine", Doc: "One hash made of several.",
			Sigs:     []Sig{{Params: "h:long*", Result: "long", Gen: combine}},
			Examples: []Example{{`print hash_combine(1, 2) == hash_combine(1, 2), hash_combine(1, 2) == hash_combine(2, 1)`, []string{"true", "false"}}},
		},
		&Func{
			Name: "hash_many", Doc: "One hash of several values.",
			Sigs:     []Sig{{Params: "x:notdynamic*", Result: "long", Gen: hashMany}},
			Examples: []Example{{`print hash_many("a", "b") == hash_combine(hash("a"), hash("b"))`, []string{"true"}}},
		},
	)
}

func hashing(name, doc string) *Func {
	return &Func{
		Name: name, Doc: doc,
		Sigs: []Sig{
			{Params: "x:notdynamic", Result: "long", Gen: func(c *Call) string { return hashOf(c.Args[0]) }},
			{Params: "x:notdynamic, mod:integer", Result: "long", Gen: func(c *Call) string {
				mod := Paren(c.Args[1].SQL)
				return "CASE WHEN " + mod + " > 0 THEN (" + hashOf(c.Args[0]) + " % " + mod + " + " + mod + ") % " + mod + " END"
			}, Nulls: Maybe},
		},
		Examples: []Example{{`print ` + name + `("World"), ` + name + `("World", 100)`, []string{"1846988464401551951", "51"}}},
	}
}

func hashOf(a Arg) string {
	switch SQLType(a.Type) {
	case "BOOLEAN", "INTEGER", "BIGINT":
		return "kql_hash_long(" + Paren(a.SQL) + "::BIGINT)"
	case "DOUBLE":
		return "kql_hash_real(" + a.SQL + ")"
	}
	return "kql_hash_text(" + a.SQL + ")"
}

// combine mixes hashes in an order that matters.
func combine(c *Call) string {
	sql := Paren(c.Args[0].SQL)
	for _, a := range c.Args[1:] {
		sql = "kql_hash_long(xor(" + sql + ", kql_hash_long(" + a.SQL + ")))"
	}
	return sql
}

func hashMany(c *Call) string {
	each := *c
	each.Args = nil
	for _, a := range c.Args {
		each.Args = append(each.Args, Arg{SQL: hashOf(a)})
	}
	return combine(&each)
}

// encodings are texts and bytes in other forms.
func encodings() []*Func {
	fs := []*Func{
		{
			Name: "base64_decode_toarray", Doc: "The bytes of a text in Base64 as an array of numbers.",
			Sigs:     []Sig{{Params: "x:string", Result: "dynamic", SQL: "kql_base64_decode_array($1)", Nulls: Maybe}},
			Examples: []Example{{`print base64_decode_toarray("AAH/"), base64_decode_toarray("?")`, []string{"[0,1,255]", ""}}},
		},
		{
			Name: "base64_encode_fromarray", Doc: "An array of numbers from 0 to 255 as bytes in Base64.",
			Sigs:     []Sig{{Params: "bytes:dynamic", Result: "string", SQL: "kql_base64_encode_array($1)", Nulls: Maybe}},
			Examples: []Example{{`print base64_encode_fromarray(dynamic([0,1,255])), base64_encode_fromarray(dynamic([256]))`, []string{"AAH/", ""}}},
		},
		{
			Name: "base64_decode_toguid", Doc: "The identifier whose bytes a text in Base64 holds.",
			Sigs:     []Sig{{Params: "x:string", Result: "guid", SQL: "kql_base64_decode_guid($1)", Nulls: Maybe}},
			Examples: []Example{{`print base64_decode_toguid(base64_encode_fromguid(guid(01020304-0506-0708-090a-0b0c0d0e0f10)))`, []string{"01020304-0506-0708-090a-0b0c0d0e0f10"}}},
		},
		{
			Name: "base64_encode_fromguid", Doc: "The bytes of an identifier in Base64.",
			Sigs:     []Sig{{Params: "id:guid", Result: "string", SQL: "kql_base64_encode_guid($1)", Nulls: Maybe}},
			Examples: []Example{{`print base64_encode_fromguid(guid(01020304-0506-0708-090a-0b0c0d0e0f10))`, []string{"BAMCAQYFCAcJCgsMDQ4PEA=="}}},
		},
		{
			Name: "url_encode_component", Doc: "The text with the characters escaped that may not stand in a part of a URL; a blank becomes %20.",
			Sigs:     []Sig{{Params: "x:string", Result: "string", SQL: "kql_url_encode($1, '%20')"}},
			Examples: []Example{{`print url_encode_component("a b&c/d")`, []string{"a%20b%26c%2fd"}}},
		},
		{
			Name: "unicode_codepoints_from_string", Doc: "The numbers of the text's characters as an array.",
			Sigs:     []Sig{{Params: "x:text", Result: "dynamic", SQL: "kql_codepoints($1)", Nulls: Never}},
			Examples: []Example{{`print unicode_codepoints_from_string("aß")`, []string{"[97,223]"}}},
		},
		{
			Name: "unicode_codepoints_to_string", Aliases: []string{"make_string"}, Doc: "The text of characters that are given by their numbers, or by arrays of numbers.",
			Sigs:     []Sig{{Params: "x:json*", Result: "string", Gen: packed("kql_of_codepoints"), Nulls: Maybe}},
			Examples: []Example{{`print unicode_codepoints_to_string(97, dynamic([223, 98]))`, []string{"aßb"}}},
		},
		{
			Name: "to_utf8", Doc: "The numbers of the text's characters as an array.",
			Sigs:     []Sig{{Params: "x:text", Result: "dynamic", SQL: "kql_codepoints($1)", Nulls: Never}},
			Examples: []Example{{`print to_utf8("ab")`, []string{"[97,98]"}}},
		},
	}
	for _, f := range []struct{ name, doc, sql, in, want string }{
		{"gzip_decompress_from_base64_string", "The text that was compressed with gzip and written in Base64, empty if it is none.", "kql_gunzip($1)", `gzip_compress_to_base64_string("abc")`, "abc"},
		{"zlib_decompress_from_base64_string", "The text that was compressed with zlib and written in Base64, empty if it is none.", "kql_unzlib($1)", `zlib_compress_to_base64_string("abc")`, "abc"},
		{"gzip_compress_to_base64_string", "The text compressed with gzip and written in Base64.", "kql_gzip($1)", `gzip_decompress_from_base64_string("x")`, "H4sIAAAAAAAA/wEAAP//AAAAAAAAAAA="},
		{"zlib_compress_to_base64_string", "The text compressed with zlib and written in Base64.", "kql_zlib($1)", `zlib_decompress_from_base64_string("x")`, "eAEBAAD//wAAAAE="},
		{"punycode_from_string", "The text in Punycode (RFC 3492), without the mark of a domain.", "kql_punycode($1)", `"bücher"`, "bcher-kva"},
		{"punycode_to_string", "The text that was written in Punycode, empty if it is none.", "kql_unpunycode($1)", `"bcher-kva"`, "bücher"},
		{"punycode_domain_from_string", "The domain with the parts as characters that are in Punycode.", "kql_unpunycode_domain($1)", `"www.xn--bcher-kva.example"`, "www.bücher.example"},
		{"punycode_domain_to_string", "The domain with the parts in Punycode that hold other characters than ASCII.", "kql_punycode_domain($1)", `"www.bücher.example"`, "www.xn--bcher-kva.example"},
	} {
		fs = append(fs, &Func{
			Name: f.name, Doc: f.doc, Sigs: []Sig{{Params: "x:string", Result: "string", SQL: f.sql, Nulls: Maybe}},
			Examples: []Example{{"print " + f.name + "(" + f.in + ")", []string{f.want}}},
		})
	}
	return family("encoding", fs...)
}
