package duck

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/store/duck/native"
)

// An engine is one DuckDB instance. Its own database lives in memory and
// holds nothing but views; the day files are attached to it.
type engine struct{ db duckdb.Database }

// A conn is one connection of an engine. It is not safe for concurrent use.
type conn struct{ c duckdb.Connection }

// openEngine starts an instance that reads and writes below dir and nowhere
// else.
func openEngine(dir string, opt Options) (*engine, error) {
	var cfg duckdb.Config
	if duckdb.CreateConfig(&cfg) == duckdb.StateError {
		return nil, errors.New("create DuckDB configuration")
	}
	defer duckdb.DestroyConfig(&cfg)
	for _, s := range settings(dir, opt) {
		if duckdb.SetConfig(cfg, s[0], s[1]) == duckdb.StateError {
			return nil, fmt.Errorf("set DuckDB's %s to %q", s[0], s[1])
		}
	}
	e := &engine{}
	var msg string
	if duckdb.OpenExt("", &e.db, cfg, &msg) == duckdb.StateError {
		return nil, fmt.Errorf("start DuckDB: %s", msg)
	}
	return e, e.equip(dir)
}

func settings(dir string, opt Options) [][2]string {
	return [][2]string{
		{"memory_limit", strconv.FormatInt(opt.MemoryLimit>>20, 10) + "MiB"},
		{"threads", strconv.Itoa(opt.Threads)},
		{"temp_directory", tempDir(dir)},
		// Checkpoints are ours: see checkpoint.go.
		{"checkpoint_threshold", "1TB"},
		{"max_vacuum_tasks", "0"},
		{"autoinstall_known_extensions", "false"},
		{"autoload_known_extensions", "false"},
	}
}

// equip adds the functions of KQL and takes away what no query needs.
func (e *engine) equip(dir string) error {
	c, err := e.connect()
	if err != nil {
		return err
	}
	defer c.close()
	if err := native.Register(c.c); err != nil {
		return err
	}
	for _, sql := range []string{
		"PRAGMA disable_checkpoint_on_shutdown",
		"SET allowed_directories = [" + quoteText(dir+"/") + "]",
		"SET enable_external_access = false",
	} {
		if err := c.exec(sql); err != nil {
			return err
		}
	}
	return nil
}

// LookUpPlaces names the database, in MaxMind's format, from which queries
// learn where addresses are. It holds for all stores of the process.
func LookUpPlaces(path string) error { return native.LookUpPlaces(path) }

func (e *engine) close() { duckdb.Close(&e.db) }

func (e *engine) connect() (*conn, error) {
	c := &conn{}
	if duckdb.Connect(e.db, &c.c) == duckdb.StateError {
		return nil, errors.New("connect to DuckDB")
	}
	return c, nil
}

func (c *conn) close() {
	if c.c.Ptr != nil {
		duckdb.Disconnect(&c.c)
	}
}

// exec runs one statement; args are bound to ?, as text.
func (c *conn) exec(sql string, args ...string) error {
	st, err := c.prepare(sql, args...)
	if err != nil {
		return err
	}
	defer duckdb.DestroyPrepare(&st)
	var pending duckdb.PendingResult
	defer duckdb.DestroyPending(&pending)
	if duckdb.PendingPrepared(st, &pending) == duckdb.StateError {
		return sqlError(duckdb.PendingError(pending), sql)
	}
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	return finish(pending, &res, sql)
}

// finish works on a statement until its result is there. DuckDB's own way of
// waiting for its other threads is to spin, which takes a core away from them;
// a short sleep does not.
func finish(pending duckdb.PendingResult, res *duckdb.Result, sql string) error {
	state := duckdb.PendingExecuteTask(pending)
	for ; !duckdb.PendingExecutionIsFinished(state); state = duckdb.PendingExecuteTask(pending) {
		if state == duckdb.PendingStateNoTasksAvailable {
			time.Sleep(idle)
		}
	}
	if state == duckdb.PendingStateError {
		return sqlError(duckdb.PendingError(pending), sql)
	}
	if duckdb.ExecutePending(pending, res) == duckdb.StateError {
		return sqlError(duckdb.ResultError(res), sql)
	}
	return nil
}

// idle is how long finish waits for DuckDB's threads before it looks again.
const idle = 50 * time.Microsecond

func (c *conn) prepare(sql string, args ...string) (duckdb.PreparedStatement, error) {
	var st duckdb.PreparedStatement
	if duckdb.Prepare(c.c, sql, &st) == duckdb.StateError {
		err := sqlError(duckdb.PrepareError(st), sql)
		duckdb.DestroyPrepare(&st)
		return st, err
	}
	for i, arg := range args {
		if duckdb.BindVarcharLength(st, duckdb.IdxT(i+1), arg, duckdb.IdxT(len(arg))) == duckdb.StateError {
			duckdb.DestroyPrepare(&st)
			return st, sqlError("bind "+strconv.Itoa(i+1), sql)
		}
	}
	return st, nil
}

// transact runs fn in a transaction.
func (c *conn) transact(fn func() error) error {
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		err = c.exec("COMMIT")
	}
	if err != nil {
		// After a COMMIT that went wrong there is nothing to roll back, and
		// the first error is the one to report.
		_ = c.exec("ROLLBACK")
	}
	return err
}

// An engineError is what DuckDB said, with the statement it said it about.
type engineError struct{ message, sql string }

// Error leaves out DuckDB's drawing of the place in the statement.
func (e *engineError) Error() string {
	message, _, _ := strings.Cut(e.message, "\n\nLINE ")
	return fmt.Sprintf("DuckDB: %s (in %.200s)", strings.TrimSpace(message), e.sql)
}

func sqlError(message, sql string) error { return &engineError{message, sql} }

// quoteName writes an SQL identifier.
func quoteName(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// quoteText writes an SQL string.
func quoteText(s string) string {
	return `'` + strings.ReplaceAll(s, `'`, `''`) + `'`
}
