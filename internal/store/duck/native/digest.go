package native

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"
)

// maxUnpacked bounds what compressed text unpacks to: 1 MB, as the
// documentation of the functions says.
const maxUnpacked = 1 << 20

func digestFunctions() []function {
	return []function{
		textToLong("kql_hash_text", func(s string) (int64, bool) { return int64(xxhash.Sum64String(s)), true }),
		toValue("kql_hash_long", []sqlType{long}, long, func(b *batch, row int) (int64, bool) {
			return hash64(uint64(b.long(0, row))), true
		}),
		toValue("kql_hash_real", []sqlType{real}, long, func(b *batch, row int) (int64, bool) {
			return hash64(math.Float64bits(b.real(0, row))), true
		}),
		textToText("kql_gzip", func(s string) (string, bool) {
			tail := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(s)))
			return packedText("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", s, binary.LittleEndian.AppendUint32(tail, uint32(len(s))))
		}),
		textToText("kql_zlib", func(s string) (string, bool) {
			return packedText("\x78\x01", s, binary.BigEndian.AppendUint32(nil, adler32.Checksum([]byte(s))))
		}),
		textToText("kql_gunzip", func(s string) (string, bool) {
			return unpackedText(s, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
		}),
		textToText("kql_unzlib", func(s string) (string, bool) {
			return unpackedText(s, func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) })
		}),
		textToText("kql_base64_decode_array", func(s string) (string, bool) {
			raw, ok := decodeBase64(s)
			if !ok {
				return "", false
			}
			return string(array(nil, numberTexts(raw))), true
		}),
		textToText("kql_base64_encode_array", func(s string) (string, bool) {
			raw, ok := bytesOf(s)
			return base64.StdEncoding.EncodeToString(raw), ok
		}),
		textToText("kql_base64_decode_guid", func(s string) (string, bool) {
			raw, ok := decodeBase64(s)
			if !ok || len(raw) != 16 {
				return "", false
			}
			return uuid.UUID(swapGUID(raw)).String(), true
		}),
		textToText("kql_base64_encode_guid", func(s string) (string, bool) {
			id, err := uuid.Parse(s)
			return base64.StdEncoding.EncodeToString(swapGUID(id[:])), err == nil
		}),
	}
}

func hash64(v uint64) int64 {
	var raw [8]byte
	binary.LittleEndian.PutUint64(raw[:], v)
	return int64(xxhash.Sum64(raw[:]))
}

// packedText writes a text compressed between head and tail.
func packedText(head, s string, tail []byte) (string, bool) {
	packed, err := deflated(s)
	if err != nil {
		return "", false
	}
	return base64.StdEncoding.EncodeToString(slices.Concat([]byte(head), packed, tail)), true
}

// deflated compresses a text. One that is too short for a table of its own to
// pay stands in a block as it is.
func deflated(s string) ([]byte, error) {
	const maxStored, table = 1<<16 - 1, 100
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, s); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if len(s) > maxStored || buf.Len()+table < len(s) {
		return buf.Bytes(), nil
	}
	stored := binary.LittleEndian.AppendUint16([]byte{1}, uint16(len(s)))
	return append(binary.LittleEndian.AppendUint16(stored, ^uint16(len(s))), s...), nil
}

func unpackedText(s string, reader func(io.Reader) (io.Reader, error)) (string, bool) {
	raw, ok := decodeBase64(s)
	if !ok {
		return "", false
	}
	r, err := reader(bytes.NewReader(raw))
	if err != nil {
		return "", false
	}
	text, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if err != nil || len(text) > maxUnpacked {
		return "", false
	}
	return strings.ToValidUTF8(string(text), "\ufffd"), true
}

// decodeBase64 takes both alphabets, with and without padding.
func decodeBase64(s string) ([]byte, bool) {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(strings.TrimSpace(s), "="))
	raw, err := base64.RawStdEncoding.DecodeString(s)
	return raw, err == nil
}

func numberTexts(raw []byte) []string {
	list := make([]string, len(raw))
	for i, c := range raw {
		list[i] = strconv.Itoa(int(c))
	}
	return list
}

// bytesOf reads an array of numbers from 0 to 255.
func bytesOf(text string) ([]byte, bool) {
	list, ok := elements(text)
	raw := make([]byte, len(list))
	for i, v := range list {
		n, err := strconv.ParseUint(v, 10, 8)
		ok = ok && err == nil
		raw[i] = byte(n)
	}
	return raw, ok
}

// swapGUID changes between the bytes as they are written and the order in
// which .NET stores them: the first three groups are numbers with the lowest
// byte first.
func swapGUID(raw []byte) []byte {
	order := [16]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}
	out := make([]byte, 16)
	for i, from := range order {
		out[i] = raw[from]
	}
	return out
}
