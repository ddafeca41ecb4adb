package app

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"nephoscope/internal/config"
	"nephoscope/internal/kql"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables/known"
)

// QueryOptions are the options of queries as the configuration says.
func QueryOptions(cfg config.Config) kql.Options {
	q := cfg.Query
	opt := kql.Options{Known: known.Tables(), Limits: kql.Limits{Rows: q.MaxRows, Bytes: q.MaxBytes, Time: q.Timeout}}
	if len(q.External) > 0 {
		opt.External = external(q.External)
	}
	if q.Watchlists != "" {
		opt.Watchlist = watchlists(q.Watchlists)
	}
	return opt
}

// external opens what begins with one of the allowed addresses.
func external(allowed []string) bind.Open {
	client := &http.Client{
		Timeout: 2 * time.Minute,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) >= 5 || !isAllowed(r.URL.String(), allowed) {
				return fmt.Errorf("it redirects to %s, which is not listed under query.external", r.URL.Host)
			}
			return nil
		},
	}
	return func(ctx context.Context, uri string) (io.ReadCloser, error) {
		u, err := url.Parse(uri)
		if err != nil || u.Scheme != "https" && u.Scheme != "file" {
			return nil, errors.New("only https:// and file:/// addresses can be read")
		}
		if !isAllowed(uri, allowed) {
			return nil, errors.New("it is not listed under query.external in the configuration")
		}
		if u.Scheme == "file" {
			return os.Open(filepath.FromSlash(u.Path))
		}
		return get(ctx, client, uri)
	}
}

// isAllowed compares addresses without the steps up that a path may hold.
func isAllowed(uri string, allowed []string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.User != nil {
		return false
	}
	clean := u.Scheme + "://" + u.Host + u.JoinPath().Path
	for _, prefix := range allowed {
		if rest, ok := strings.CutPrefix(clean, prefix); ok && (rest == "" || strings.HasSuffix(prefix, "/") || strings.ContainsAny(rest[:1], "/?")) {
			return true
		}
	}
	return false
}

func get(ctx context.Context, client *http.Client, uri string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // without the address, which may hold a token
		}
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("the server answered %s", response.Status), response.Body.Close())
	}
	return response.Body, nil
}

// watchlists reads the CSV file of an alias below dir; its first column is the
// search key.
func watchlists(dir string) func(alias string) (*bind.Watchlist, error) {
	return func(alias string) (_ *bind.Watchlist, err error) {
		if alias == "" || alias != filepath.Base(alias) || strings.HasPrefix(alias, ".") {
			return nil, nil
		}
		path := filepath.Join(dir, alias+".csv")
		file, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		return readWatchlist(file, info.ModTime())
	}
}

// maxWatchlist bounds the items of a list that a query can read; Sentinel's own
// limit is 10 million for all lists together.
const maxWatchlist = 100_000

func readWatchlist(r io.Reader, updated time.Time) (*bind.Watchlist, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	list := &bind.Watchlist{SearchKey: header[0], Columns: header, Updated: schema.DatetimeOf(updated)}
	for {
		fields, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, err
		case len(list.Rows) == maxWatchlist:
			return nil, fmt.Errorf("the watchlist has more than %d items", maxWatchlist)
		}
		list.Rows = append(list.Rows, fields)
	}
}
