package native

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/axiomhq/hyperloglog"
	"github.com/cespare/xxhash/v2"
)

// Sketches stand for many values in little room: of HyperLogLog to count the
// different ones, of t-digest to estimate percentiles. Both are dynamic values
// that can be kept and merged; their form is our own.

func sketchFunctions() []function {
	return []function{
		textToText("kql_hll", hllOf),
		textToText("kql_hll_merge", hllMerge),
		textToLong("kql_dcount_hll", func(s string) (int64, bool) {
			sk, ok := readHLL(s)
			if !ok {
				return 0, false
			}
			return int64(sk.Estimate()), true
		}),
		toText("kql_tdigest", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			d, ok := digestOf(b.text(0, row), b.text(1, row))
			return appendDigest(dst, d), ok
		}),
		textToText("kql_tdigest_merge", func(s string) (string, bool) {
			list, ok := elements(s)
			var all digest
			for _, v := range list {
				d, isDigest := readDigest(v)
				ok = ok && isDigest
				all = append(all, d...)
			}
			return string(appendDigest(nil, all.compressed())), ok && len(all) > 0
		}),
		toText("kql_quantiles", []sqlType{text, text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return quantiles(dst, b.text(0, row), b.text(1, row), b.text(2, row))
		}),
		toValue("kql_percentile_tdigest", []sqlType{text, real}, real, func(b *batch, row int) (float64, bool) {
			d, ok := readDigest(b.text(0, row))
			if !ok || len(d) == 0 {
				return 0, false
			}
			return d.quantile(b.real(1, row) / 100), true
		}),
		toText("kql_percentiles_tdigest", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			d, ok := readDigest(b.text(0, row))
			wanted, okWanted := elements(b.text(1, row))
			if !ok || !okWanted || len(d) == 0 {
				return dst, false
			}
			for i, w := range wanted {
				p, _ := parseNumber(w)
				wanted[i] = string(appendRealJSON(nil, d.quantile(p/100)))
			}
			return array(dst, wanted), true
		}),
		toValue("kql_rank_tdigest", []sqlType{text, real}, real, func(b *batch, row int) (float64, bool) {
			d, ok := readDigest(b.text(0, row))
			return d.rank(b.real(1, row)), ok
		}),
		toValue("kql_percentrank_tdigest", []sqlType{text, real}, real, func(b *batch, row int) (float64, bool) {
			d, ok := readDigest(b.text(0, row))
			return 100 * d.rank(b.real(1, row)) / d.weight(), ok && len(d) > 0
		}),
	}
}

const hllMark = `{"hll":"`

// hllOf makes a sketch of an array of hashes.
func hllOf(s string) (string, bool) {
	list, ok := elements(s)
	if !ok || len(list) == 0 {
		return "", false
	}
	sk := hyperloglog.New16()
	for _, v := range list {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return "", false
		}
		var raw [8]byte
		binary.LittleEndian.PutUint64(raw[:], uint64(n))
		sk.InsertHash(xxhash.Sum64(raw[:]))
	}
	return writeHLL(sk)
}

func writeHLL(sk *hyperloglog.Sketch) (string, bool) {
	raw, err := sk.MarshalBinary()
	return hllMark + base64.StdEncoding.EncodeToString(raw) + `"}`, err == nil
}

func readHLL(s string) (*hyperloglog.Sketch, bool) {
	coded, ok := strings.CutPrefix(s, hllMark)
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(coded, `"}`))
	if !ok || err != nil || len(raw) < 8 {
		return nil, false
	}
	sk := hyperloglog.New16()
	return sk, unmarshal(sk, raw)
}

// unmarshal reads a sketch; what was made up by hand may be anything.
func unmarshal(sk *hyperloglog.Sketch, raw []byte) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return sk.UnmarshalBinary(raw) == nil
}

func hllMerge(s string) (string, bool) {
	list, ok := elements(s)
	if !ok || len(list) == 0 {
		return "", false
	}
	all := hyperloglog.New16()
	for _, v := range list {
		sk, ok := readHLL(v)
		if !ok || all.Merge(sk) != nil {
			return "", false
		}
	}
	return writeHLL(all)
}

// A digest is centroids in ascending order: values and how many of them each
// stands for. Up to maxCentroids different values are kept as they are, so
// that percentiles of them are exact.
type digest []centroid

type centroid struct{ value, weight float64 }

const maxCentroids = 2048

// digestOf makes a digest of an array of numbers, each of the weight at its
// place in the other array, or of 1.
func digestOf(values, weights string) (digest, bool) {
	list, ok := elements(values)
	by, weighted := elements(weights)
	if !ok || len(list) == 0 || weighted && len(by) != len(list) {
		return nil, false
	}
	d := make(digest, 0, len(list))
	for i, v := range list {
		c := centroid{weight: 1}
		if c.value, ok = parseNumber(v); !ok {
			continue
		}
		if weighted {
			c.weight, _ = parseNumber(by[i])
		}
		if c.weight > 0 {
			d = append(d, c)
		}
	}
	return d.compressed(), len(d) > 0
}

// compressed orders and merges centroids: equal values always, near ones if
// there are too many, the more of them the nearer to the middle, as Dunning's
// "Computing Extremely Accurate Quantiles Using t-Digests" describes.
func (d digest) compressed() digest {
	slices.SortFunc(d, func(a, b centroid) int { return cmp.Compare(a.value, b.value) })
	var out digest
	for _, c := range d {
		if n := len(out); n > 0 && out[n-1].value == c.value {
			out[n-1].weight += c.weight
			continue
		}
		out = append(out, c)
	}
	if len(out) <= maxCentroids {
		return out
	}
	total, before := out.weight(), 0.0
	merged := out[:1]
	for _, c := range out[1:] {
		last := &merged[len(merged)-1]
		q := (before + (last.weight+c.weight)/2) / total
		if last.weight+c.weight <= 4*total*q*(1-q)/(maxCentroids/2) {
			last.value += (c.value - last.value) * c.weight / (last.weight + c.weight)
			last.weight += c.weight
			continue
		}
		before += last.weight
		merged = append(merged, c)
	}
	return merged
}

func (d digest) weight() float64 {
	total := 0.0
	for _, c := range d {
		total += c.weight
	}
	return total
}

// quantile returns the least value that so large a part of all is at most.
func (d digest) quantile(q float64) float64 {
	want, sum := q*d.weight(), 0.0
	for _, c := range d {
		if sum += c.weight; sum >= want-1e-9 && sum > 0 {
			return c.value
		}
	}
	return d[len(d)-1].value
}

// rank returns how many values are less or equal.
func (d digest) rank(v float64) float64 {
	sum := 0.0
	for _, c := range d {
		if c.value <= v {
			sum += c.weight
		}
	}
	return sum
}

func appendDigest(dst []byte, d digest) []byte {
	dst = append(dst, `{"tdigest":[`...)
	for i, c := range d {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendRealJSON(append(dst, '['), c.value), ',')
		dst = append(appendRealJSON(dst, c.weight), ']')
	}
	return append(dst, "]}"...)
}

func readDigest(s string) (digest, bool) {
	m, ok := members(s)
	if !ok || len(m) != 1 || m[0].name != "tdigest" {
		return nil, false
	}
	list, ok := elements(m[0].value)
	d := make(digest, 0, len(list))
	for _, v := range list {
		pair, isPair := elements(v)
		if !isPair || len(pair) != 2 {
			return nil, false
		}
		value, okValue := parseNumber(pair[0])
		weight, okWeight := parseNumber(pair[1])
		if !okValue || !okWeight || weight <= 0 || math.IsInf(weight, 0) {
			return nil, false
		}
		d = append(d, centroid{value, weight})
	}
	return d, ok
}

// quantiles picks elements of a sorted array of values by percentages: the
// first one up to which so large a part of the weights lies.
func quantiles(dst []byte, values, weights, percents string) ([]byte, bool) {
	list, ok := elements(values)
	by, weighted := elements(weights)
	wanted, okWanted := elements(percents)
	if !ok || !okWanted || len(list) == 0 || weighted && len(by) != len(list) {
		return dst, false
	}
	sums := make([]float64, len(list))
	total := 0.0
	for i := range list {
		w := 1.0
		if weighted {
			w, _ = parseNumber(by[i])
		}
		total += max(w, 0)
		sums[i] = total
	}
	for i, p := range wanted {
		part, _ := parseNumber(p)
		at, _ := slices.BinarySearchFunc(sums, part/100*total, func(sum, want float64) int { return cmp.Compare(sum, want-1e-9) })
		wanted[i] = list[min(at, len(list)-1)]
	}
	return array(dst, wanted), true
}
