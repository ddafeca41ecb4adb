// Package config reads the configuration file of serve and demo into one
// typed struct. It knows words and ranges; whether a table or a rule of that
// name exists is for those to say who use it.
//
// Invariant: what Load returns is valid, and every error names the file, the
// line, the field and what would be allowed.
package config

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// A Config is everything that can be set in the file.
type Config struct {
	// Data is the directory of the store.
	Data string `yaml:"data"`
	// Listen is the address of the HTTP server, host:port.
	Listen string `yaml:"listen"`
	// Tables are files or directories with declarations of custom tables.
	Tables []string `yaml:"tables"`
	// Rules says which rules run, and how.
	Rules Rules `yaml:"rules"`
	// Retention is the number of days that rows are kept, by table.
	Retention map[string]int `yaml:"retention"`
	// Query says what queries may take and read.
	Query Query `yaml:"query"`
	// Hub is the embedded event hub; nil is none.
	Hub *Hub `yaml:"hub"`
	// Sources are what serve reads from, and Outputs what it passes rows on to.
	Sources []Part `yaml:"sources"`
	Outputs []Part `yaml:"outputs"`
}

// Query says what queries may take and read. The limits are for people's
// queries, not for rules; 0 is no limit.
type Query struct {
	// MaxRows and MaxBytes end a result, which is then marked as partial.
	MaxRows  int64 `yaml:"maxRows"`
	MaxBytes int64 `yaml:"maxBytes"`
	// Timeout ends a query.
	Timeout time.Duration `yaml:"timeout"`
	// External lists what externaldata may read: the beginnings of https
	// addresses and of file addresses.
	External []string `yaml:"external"`
	// Watchlists is a directory with a CSV file for each watchlist, named by
	// its alias. The first column is the search key.
	Watchlists string `yaml:"watchlists"`
	// GeoIP is a database in MaxMind's format, from which
	// geo_info_from_ip_address answers.
	GeoIP string `yaml:"geoip"`
}

// MaxRetention is the longest retention, in days: twelve years.
const MaxRetention = 4383

// Default returns the configuration that holds without a file. Its data
// directory is DataDir.
func Default() Config {
	return Config{
		Data: DataDir(), Listen: "127.0.0.1:8787",
		Rules: defaultRules(),
		Query: Query{MaxRows: 500_000, MaxBytes: 256 << 20, Timeout: 10 * time.Minute},
	}
}

// DataDir returns the default data directory: NEPHOSCOPE_DATA if it is set,
// else nephoscope below XDG_DATA_HOME, else ~/.local/share/nephoscope.
func DataDir() string {
	if dir := os.Getenv("NEPHOSCOPE_DATA"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "nephoscope")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "nephoscope-data"
	}
	return filepath.Join(home, ".local", "share", "nephoscope")
}

// A FieldError tells what is wrong with one field.
type FieldError struct {
	File    string
	Line    int    // 0 if the field does not stand in a file
	Field   string // for example retention.AzureActivity
	Problem string // with the allowed values
}

// Error says where and what.
func (e *FieldError) Error() string {
	switch {
	case e.File == "":
		return e.Field + ": " + e.Problem
	case e.Field == "":
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem)
	default:
		return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Field, e.Problem)
	}
}

// Load reads a file over the defaults. Paths in it are taken relative to the
// file's directory. The error joins one *FieldError per problem.
func Load(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	c, err := parse(path, data)
	if err != nil {
		return Config{}, err
	}
	c.resolve(filepath.Dir(path))
	for _, parts := range [][]Part{c.Sources, c.Outputs} {
		for i := range parts {
			parts[i].file = path
		}
	}
	return c, nil
}

func parse(path string, data []byte) (Config, error) {
	c := Default()
	if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict()); err != nil {
		return Config{}, located(path, err)
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return Config{}, located(path, err)
	}
	var problems []error
	for _, p := range c.problems() {
		p.File, p.Line = path, lineOf(file, p.Field)
		problems = append(problems, p)
	}
	return c, errors.Join(problems...)
}

// located turns an error of the YAML reader into a FieldError.
func located(path string, err error) error {
	var y interface {
		error
		GetToken() *token.Token
		GetMessage() string
	}
	if !errors.As(err, &y) || y.GetToken() == nil {
		return fmt.Errorf("read configuration %s: %w", path, err)
	}
	problem := y.GetMessage()
	if wrong := (*yaml.TypeError)(nil); errors.As(err, &wrong) {
		problem = fmt.Sprintf("%q is a %s: want %s", wrong.Token.Value, wrong.SrcType, wrong.DstType)
	}
	return &FieldError{File: path, Line: y.GetToken().Position.Line, Problem: problem}
}

// lineOf returns the line on which a field stands, or what it should stand
// in; 1 if that is the file.
func lineOf(file *ast.File, field string) int {
	for ; field != ""; field = field[:max(0, strings.LastIndexByte(field, '.'))] {
		p, err := yaml.PathString("$." + field)
		if err != nil {
			continue
		}
		if node, err := p.FilterFile(file); err == nil && node != nil {
			return node.GetToken().Position.Line
		}
	}
	return 1
}

// Validate returns what is wrong, joined, or nil.
func (c *Config) Validate() error {
	var list []error
	for _, p := range c.problems() {
		list = append(list, p)
	}
	return errors.Join(list...)
}

func (c *Config) problems() []*FieldError {
	var list []*FieldError
	add := func(field, format string, args ...any) {
		list = append(list, &FieldError{Field: field, Problem: fmt.Sprintf(format, args...)})
	}
	if c.Data == "" {
		add("data", "is empty: want a directory")
	}
	if problem := checkAddress(c.Listen); problem != "" {
		add("listen", "%s", problem)
	}
	for i, path := range c.Tables {
		if path == "" {
			add("tables["+strconv.Itoa(i)+"]", "is empty: want a file or a directory")
		}
	}
	list = append(list, c.Rules.problems()...)
	q := &c.Query
	for field, value := range map[string]int64{"maxRows": q.MaxRows, "maxBytes": q.MaxBytes, "timeout": int64(q.Timeout)} {
		if value < 0 {
			add("query."+field, "is negative: want a limit, or 0 for none")
		}
	}
	for i, prefix := range q.External {
		if !strings.HasPrefix(prefix, "https://") && !strings.HasPrefix(prefix, "file:///") {
			add("query.external["+strconv.Itoa(i)+"]", "is %q: want the beginning of an https:// or file:/// address", prefix)
		}
	}
	if c.Hub != nil {
		list = append(list, c.Hub.problems()...)
	}
	list = append(list, partProblems("sources", c.Sources)...)
	list = append(list, partProblems("outputs", c.Outputs)...)
	for table, days := range c.Retention {
		if days < 1 || days > MaxRetention {
			add("retention."+table, "%d days: want 1 to %d", days, MaxRetention)
		}
	}
	return list
}

func checkAddress(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Sprintf("%q is no address: want host:port, for example 127.0.0.1:8787", address)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Sprintf("port %q: want 0 to 65535", port)
	}
	return ""
}

// resolve makes the paths absolute or relative to the working directory.
func (c *Config) resolve(dir string) {
	fix := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	fix(&c.Data)
	for i := range c.Tables {
		fix(&c.Tables[i])
	}
	for i := range c.Rules.Paths {
		fix(&c.Rules.Paths[i])
	}
	if c.Hub != nil {
		fix(&c.Hub.Data)
		fix(&c.Hub.Certificate)
		fix(&c.Hub.Key)
	}
}
