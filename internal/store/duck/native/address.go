package native

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

func addressFunctions() []function {
	return []function{
		textToLong("kql_parse_ipv4", func(s string) (int64, bool) { return parseIPv4(s, 32) }),
		toValue("kql_parse_ipv4_mask", []sqlType{text, long}, long, func(b *batch, row int) (int64, bool) {
			return parseIPv4(b.text(0, row), b.long(1, row))
		}),
		textToLong("kql_ipv4_suffix", func(s string) (int64, bool) {
			p, ok := parsePrefix(s)
			return int64(p.Bits()), ok && p.Addr().Is4()
		}),
		toValue("kql_ipv4_is_private", []sqlType{text}, boolean, func(b *batch, row int) (bool, bool) {
			p, ok := parsePrefix(b.text(0, row))
			return p.Addr().IsPrivate(), ok && p.Addr().Is4()
		}),
		toValue("kql_ipv4_in_range", []sqlType{text, text}, boolean, func(b *batch, row int) (bool, bool) {
			c, ok := compareAddresses(b.text(0, row), b.text(1, row), 32, true)
			return c == 0, ok
		}),
		toValue("kql_ipv4_in_any_range", []sqlType{text, text}, boolean, inAnyRange(32, true)),
		toValue("kql_ipv6_in_any_range", []sqlType{text, text}, boolean, inAnyRange(128, false)),
		toValue("kql_ip_compare", []sqlType{text, text, long, boolean}, long, func(b *batch, row int) (int64, bool) {
			return compareAddresses(b.text(0, row), b.text(1, row), b.long(2, row), b.bool(3, row))
		}),
		toText("kql_format_ipv4", []sqlType{text, long, boolean}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return append(dst, formatIPv4(b.text(0, row), b.long(1, row), b.bool(2, row))...), true
		}),
		toText("kql_ipv4_networks", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			first, okFirst := parseIPv4(b.text(0, row), 32)
			last, okLast := parseIPv4(b.text(1, row), 32)
			return array(dst, networks(uint64(first), uint64(last))), okFirst && okLast && first <= last
		}),
		toText("kql_parse_ipv6", []sqlType{text, long}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return append(dst, parseIPv6(b.text(0, row), b.long(1, row))...), true
		}),
	}
}

// parsePrefix reads an address with or without the length of its mask. An
// IPv4 address behind two colons is that address.
func parsePrefix(s string) (netip.Prefix, bool) {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "::"); ok && strings.Contains(rest, ".") && !strings.Contains(rest, ":") {
		s = rest
	}
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p, err == nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

func parseIPv4(s string, bits int64) (int64, bool) {
	p, ok := parsePrefix(s)
	if !ok || !p.Addr().Is4() || bits < 0 || bits > 32 {
		return 0, false
	}
	masked, err := p.Addr().Prefix(min(p.Bits(), int(bits)))
	if err != nil {
		return 0, false
	}
	b := masked.Addr().As4()
	return int64(binary.BigEndian.Uint32(b[:])), true
}

// networks cuts a range of IPv4 addresses into the largest networks that lie in
// it.
func networks(first, last uint64) []string {
	var list []string
	for first <= last {
		size := bits.TrailingZeros64(first | 1<<32)
		for first+1<<size-1 > last {
			size--
		}
		list = append(list, quoted(netip.PrefixFrom(ipv4Of(first), 32-size).String()))
		first += 1 << size
	}
	return list
}

func ipv4Of(n uint64) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// compareAddresses compares in the bits that both masks and the prefix leave.
func compareAddresses(a, b string, bits int64, only4 bool) (int64, bool) {
	p, okP := parsePrefix(a)
	q, okQ := parsePrefix(b)
	limit := int64(128)
	if only4 {
		limit = 32
	}
	if !okP || !okQ || bits < 0 || bits > limit || only4 && (!p.Addr().Is4() || !q.Addr().Is4()) {
		return 0, false
	}
	if !only4 {
		p, q = as6(p), as6(q)
	}
	n := min(p.Bits(), q.Bits(), int(bits))
	x, errX := p.Addr().Prefix(n)
	y, errY := q.Addr().Prefix(n)
	if errX != nil || errY != nil {
		return 0, false
	}
	return int64(x.Addr().Compare(y.Addr())), true
}

// as6 maps an IPv4 address into IPv6.
func as6(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4() {
		return netip.PrefixFrom(netip.AddrFrom16(p.Addr().As16()), p.Bits()+96)
	}
	return p
}

func inAnyRange(bits int64, only4 bool) func(*batch, int) (bool, bool) {
	return func(b *batch, row int) (bool, bool) {
		list, isList := elements(b.text(1, row))
		valid := false
		for _, r := range list {
			c, ok := compareAddresses(b.text(0, row), plain(r), bits, only4)
			if ok && c == 0 {
				return true, true
			}
			valid = valid || ok
		}
		return false, isList && valid
	}
}

// formatIPv4 shows a number or an address with a mask applied.
func formatIPv4(s string, bits int64, withMask bool) string {
	if n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32); err == nil {
		s = ipv4Of(n).String()
	}
	p, ok := parsePrefix(s)
	if !ok || !p.Addr().Is4() || bits < 0 || bits > 32 {
		return ""
	}
	masked, err := p.Addr().Prefix(min(p.Bits(), int(bits)))
	if err != nil {
		return ""
	}
	if withMask {
		return masked.String()
	}
	return masked.Addr().String()
}

// parseIPv6 shows an address in eight groups of four digits.
func parseIPv6(s string, bits int64) string {
	p, ok := parsePrefix(s)
	if !ok || bits < 0 || bits > 128 {
		return ""
	}
	p = as6(p)
	masked, err := p.Addr().Prefix(min(p.Bits(), int(bits)))
	if err != nil {
		return ""
	}
	a := masked.Addr()
	if a.Is4In6() {
		b := a.As16()
		groups := make([]string, 8)
		for i := range groups {
			groups[i] = string(hex4(b[2*i], b[2*i+1]))
		}
		return strings.Join(groups, ":")
	}
	return a.StringExpanded()
}

func hex4(a, b byte) []byte {
	const digits = "0123456789abcdef"
	return []byte{digits[a>>4], digits[a&15], digits[b>>4], digits[b&15]}
}
