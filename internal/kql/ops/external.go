package ops

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// ErrNoExternal tells that queries may not read external data.
var ErrNoExternal = errors.New("externaldata is off: list what it may read in the configuration, under query.external")

// External is the operator externaldata: rows of files that are read while the
// query runs. All columns of its result are texts; the types of Columns say
// what will be read from them.
type External struct {
	// Open opens a file; nil if queries may not.
	Open func(ctx context.Context, uri string) (io.ReadCloser, error)
	URIs []string
	// Format is csv, tsv, scsv, sohsv, psv, txt, raw, json or multijson; ""
	// takes it from the file's name.
	Format string
	// SkipFirst leaves out the first record of each file.
	SkipFirst bool
	Columns   []schema.Column
}

// maxExternal bounds what one file unpacks to.
const maxExternal = 256 << 20

// Run emits the rows of all files.
func (x *External) Run(ctx context.Context, f *store.Flow) error {
	if x.Open == nil {
		return ErrNoExternal
	}
	for _, uri := range x.URIs {
		if err := x.file(ctx, uri, f); err != nil {
			return fmt.Errorf("externaldata %s: %w", withoutSecrets(uri), err)
		}
	}
	return nil
}

// withoutSecrets cuts off what gives access to a file.
func withoutSecrets(uri string) string {
	if i := strings.IndexAny(uri, "?;"); i >= 0 {
		return uri[:i]
	}
	return uri
}

func (x *External) file(ctx context.Context, uri string, f *store.Flow) (err error) {
	name := withoutSecrets(uri)
	file, err := x.Open(ctx, strings.SplitN(uri, ";", 2)[0])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data, name, err := unpack(file, name)
	if err != nil {
		return err
	}
	return x.rows(&io.LimitedReader{R: data, N: maxExternal}, x.formatOf(name), f)
}

// unpack undoes gzip and zip, of which it takes the first file.
func unpack(r io.Reader, name string) (io.Reader, string, error) {
	switch path.Ext(name) {
	case ".gz":
		unpacked, err := gzip.NewReader(r)
		return unpacked, strings.TrimSuffix(name, ".gz"), err
	case ".zip":
		all, err := io.ReadAll(io.LimitReader(r, maxExternal))
		if err != nil {
			return nil, "", err
		}
		archive, err := zip.NewReader(bytes.NewReader(all), int64(len(all)))
		if err != nil || len(archive.File) == 0 {
			return nil, "", errors.Join(errors.New("the archive has no file"), err)
		}
		first, err := archive.File[0].Open()
		return first, archive.File[0].Name, err
	}
	return r, name, nil
}

func (x *External) formatOf(name string) string {
	if x.Format != "" {
		return strings.ToLower(x.Format)
	}
	switch ext := strings.TrimPrefix(strings.ToLower(path.Ext(name)), "."); ext {
	case "tsv", "scsv", "sohsv", "psv", "txt", "raw", "json", "multijson":
		return ext
	case "jsonl", "ndjson":
		return "json"
	}
	return "csv"
}

var delimiters = map[string]rune{"csv": ',', "tsv": '\t', "tsve": '\t', "scsv": ';', "sohsv": 1, "psv": '|'}

func (x *External) rows(r io.Reader, format string, f *store.Flow) error {
	if comma, ok := delimiters[format]; ok {
		return x.separated(r, comma, f)
	}
	switch format {
	case "txt":
		return x.lines(r, f)
	case "raw":
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		return f.Emit(x.record([]string{string(text)}))
	case "json", "multijson", "singlejson":
		return x.objects(r, f)
	}
	return fmt.Errorf("there is no reader for the format %q", format)
}

func (x *External) separated(r io.Reader, comma rune, f *store.Flow) error {
	in := csv.NewReader(skipMark(r))
	in.Comma, in.FieldsPerRecord, in.LazyQuotes, in.ReuseRecord = comma, -1, true, true
	for n := 1; ; n++ {
		fields, err := in.Read()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case n == 1 && x.SkipFirst:
			continue
		}
		if err := f.Emit(x.record(fields)); err != nil {
			return err
		}
	}
}

// skipMark leaves out a byte order mark.
func skipMark(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3) // what was peeked at is there
	}
	return in
}

func (x *External) lines(r io.Reader, f *store.Flow) error {
	in := bufio.NewScanner(skipMark(r))
	in.Buffer(nil, 16<<20)
	for n := 1; in.Scan(); n++ {
		if n == 1 && x.SkipFirst {
			continue
		}
		if err := f.Emit(x.record([]string{strings.TrimSuffix(in.Text(), "\r")})); err != nil {
			return err
		}
	}
	return in.Err()
}

// record gives each column the field at its place.
func (x *External) record(fields []string) []any {
	row := make([]any, len(x.Columns))
	for i := range x.Columns {
		row[i] = ""
		if i < len(fields) {
			row[i] = strings.ToValidUTF8(strings.Clone(fields[i]), "\ufffd")
		}
	}
	return row
}

// objects reads objects one after the other, also those of arrays.
func (x *External) objects(r io.Reader, f *store.Flow) error {
	d := jsontext.NewDecoder(skipMark(r), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		switch d.PeekKind() {
		case '[', ']':
			if _, err := d.ReadToken(); err != nil {
				return err
			}
			continue
		case 0:
			_, err := d.ReadToken()
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		v, err := d.ReadValue()
		if err != nil {
			return err
		}
		var members map[string]jsontext.Value
		if err := json.Unmarshal(v, &members, jsontext.AllowDuplicateNames(true)); err != nil {
			return fmt.Errorf("an object is expected for each row: %w", err)
		}
		row := make([]any, len(x.Columns))
		for i, c := range x.Columns {
			row[i] = textOf(members[c.Name], c.Type)
		}
		if err := f.Emit(row); err != nil {
			return err
		}
	}
}

// textOf is a JSON value as the text that the column's type is read from.
func textOf(v jsontext.Value, t schema.Type) string {
	switch {
	case v.Kind() == '"' && t != schema.Dynamic:
		text, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return ""
		}
		return string(text)
	case v.Kind() == 'n':
		return ""
	}
	return string(v)
}
