package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config configures a [Store]. The zero value serves one node without a lease.
type Config struct {
	// Node is the node whose lease the store keeps, "" for none. Other nodes leave its
	// sessions to it while it renews the lease; they find it at Addr.
	Node store.Node
	Addr string
	// Restored gives every session a new epoch. Set it once after the database was put back
	// to an earlier state, or after a fail-over that may have lost commits: clients that
	// know what is lost would otherwise disagree with the log.
	Restored bool
	// Wait is how long a write waits for its outcome before it is unknown; 0 means
	// DefaultWait.
	Wait time.Duration
	// Log receives failures to renew the lease. Nil discards them.
	Log *slog.Logger

	now func() time.Time // replaces the clock in tests
}

// DefaultWait is the default of Config.Wait.
const DefaultWait = 5 * time.Second

// minVersion is the oldest version of PostgreSQL that is tested.
const minVersion = 15

// Store is a [store.Store] in a PostgreSQL database.
type Store struct {
	reader
	cfg     Config
	readers *pgxpool.Pool // reads, which end with their callers' contexts
	writers *pgxpool.Pool // writes, which do not
	beats   *pgxpool.Pool // the lease, which waits for neither
	queue   chan *appending
	lease   *lease

	mu     sync.RWMutex // guards closed against sends to queue and additions to tasks
	closed bool
	tasks  sync.WaitGroup // writes that are under way

	connMu sync.Mutex
	conns  map[*pgconn.PgConn]*string // the writers' connections, with the last warning
	ended  bool                       // Close has waited long enough: there are to be no more
}

const (
	maxReaders = 8
	maxWriters = appenders + 4
	// appenders is how many transactions with appends are under way at once: while one
	// waits for the disk, the next one gathers.
	appenders = 2
)

// Open connects to the database that a URL or a key=value string names, as libpq reads
// them, and brings its schema to the current version. It needs a database of its own, or
// a search_path to a schema of its own.
func Open(ctx context.Context, database string, cfg Config) (*Store, error) {
	if cfg.Wait == 0 {
		cfg.Wait = DefaultWait
	}
	if cfg.now == nil {
		cfg.now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{cfg: cfg, queue: make(chan *appending, 4*maxBatch), conns: map[*pgconn.PgConn]*string{}}
	s.within = s.read
	if err := s.open(ctx, database); err != nil {
		s.closePools()
		return nil, fmt.Errorf("open the database: %w", err)
	}
	for range appenders {
		go s.gather()
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, database string) (err error) {
	read, err := pgxpool.ParseConfig(database)
	if err != nil {
		return unparsed(err)
	}
	// A former primary answers as a standby, on which nothing can be written.
	if read.ConnConfig.ValidateConnect == nil {
		read.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if read.ConnConfig.ConnectTimeout == 0 {
		read.ConnConfig.ConnectTimeout = s.cfg.Wait
	}
	read.MaxConns = maxReaders
	beat := read.Copy()
	beat.MaxConns = 1
	write := read.Copy()
	write.MaxConns, write.MinConns = maxWriters, appenders
	write.ConnConfig.OnNotice = s.notice
	write.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		s.connMu.Lock()
		defer s.connMu.Unlock()
		if s.ended {
			return store.ErrClosed
		}
		s.conns[c.PgConn()] = new(string)
		return nil
	}
	write.BeforeClose = func(c *pgx.Conn) {
		s.connMu.Lock()
		defer s.connMu.Unlock()
		delete(s.conns, c.PgConn())
	}
	if s.readers, err = pgxpool.NewWithConfig(ctx, read); err != nil {
		return err
	}
	if s.writers, err = pgxpool.NewWithConfig(ctx, write); err != nil {
		return err
	}
	if s.beats, err = pgxpool.NewWithConfig(ctx, beat); err != nil {
		return err
	}
	conn, err := s.writers.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if err := checkVersion(ctx, conn); err != nil {
		return err
	}
	if err := migrate(ctx, conn.Conn(), migrations); err != nil {
		return err
	}
	if s.cfg.Restored {
		if err := s.renewAll(ctx); err != nil {
			return err
		}
	}
	if s.cfg.Node != "" {
		if s.lease, err = startLease(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// unparsed is what is wrong with the name of a database; the error of pgx hides the password.
func unparsed(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "cannot parse "))
}

// checkVersion fails if the server is older than minVersion.
func checkVersion(ctx context.Context, q querier) error {
	var version int
	if err := q.QueryRow(ctx, "SELECT current_setting('server_version_num')::int / 10000").Scan(&version); err != nil {
		return err
	}
	if version < minVersion {
		return fmt.Errorf("the server is PostgreSQL %d, want %d or later", version, minVersion)
	}
	return nil
}

// Where names the database, without its password: "host:port/name".
func (s *Store) Where() string { return where(s.writers.Config().ConnConfig) }

func where(c *pgx.ConnConfig) string {
	return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))) + "/" + c.Database
}

// Names reports whether a name is that of a database of this store, and not of a file.
func Names(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// notice keeps a warning: see the package's documentation.
func (s *Store) notice(c *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized != "WARNING" {
		return
	}
	s.connMu.Lock()
	defer s.connMu.Unlock()
	if text := s.conns[c]; text != nil {
		*text = n.Message
	}
}

// warning returns the warning that a connection got since the last call, or "".
func (s *Store) warning(c *pgconn.PgConn) string {
	s.connMu.Lock()
	defer s.connMu.Unlock()
	text := s.conns[c]
	if text == nil {
		return ""
	}
	last := *text
	*text = ""
	return last
}

// Close waits for what is under way, at most Config.Wait, and gives up the lease.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return store.ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	if s.lease != nil {
		s.lease.stop()
	}
	idle := make(chan struct{})
	go func() {
		s.tasks.Wait()
		close(idle)
	}()
	select {
	case <-idle:
	case <-time.After(s.cfg.Wait):
		// To cancel them would have them committed without the standby, see the package's
		// documentation. Those that have not begun get no connection.
		s.connMu.Lock()
		s.ended = true
		for c := range s.conns {
			c.Conn().Close()
		}
		s.connMu.Unlock()
		<-idle
	}
	close(s.queue)
	s.closePools()
	return nil
}

func (s *Store) closePools() {
	for _, p := range []*pgxpool.Pool{s.readers, s.writers, s.beats} {
		if p != nil {
			p.Close()
		}
	}
}

// task registers a write. It reports false if the store is closed.
func (s *Store) task() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return false
	}
	s.tasks.Add(1)
	return true
}

// outcome waits for a write, but not for longer than the timer, which was set to Config.Wait.
func (s *Store) outcome(done <-chan error, timer *time.Timer) error {
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return s.late()
	}
}

func (s *Store) late() error {
	return fmt.Errorf("the database has not answered for %v: %w", s.cfg.Wait, store.ErrUnknown)
}

// write runs do in a transaction of its own and commits it if do returns nil.
func (s *Store) write(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.task() {
		return store.ErrClosed
	}
	done := make(chan error, 1)
	go func() {
		defer s.tasks.Done()
		done <- s.onConn(func(ctx context.Context, c *pgxpool.Conn) error {
			return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return do(ctx, tx) })
		})
	}()
	timer := time.NewTimer(s.cfg.Wait)
	defer timer.Stop()
	return s.outcome(done, timer)
}

// onConn calls do with a connection for writing and a context that never ends.
func (s *Store) onConn(do func(context.Context, *pgxpool.Conn) error) error {
	ctx := context.Background()
	wait, cancel := context.WithTimeout(ctx, s.cfg.Wait)
	c, err := s.writers.Acquire(wait)
	cancel()
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnknown, err)
	}
	defer c.Release()
	s.warning(c.Conn().PgConn())
	err = classify(do(ctx, c))
	if text := s.warning(c.Conn().PgConn()); text != "" {
		return fmt.Errorf("the database warns: %s: %w", text, store.ErrUnknown)
	}
	if errors.Is(err, errStandby) {
		// The server was demoted: the others may be connections to it, too.
		s.writers.Reset()
		s.readers.Reset()
		s.beats.Reset()
	}
	return err
}

var errStandby = errors.New("the database is a standby")

// classify turns errors of pgx into the store's. It leaves those that do made.
func classify(err error) error {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pg):
		switch {
		case pg.Code == "25006": // read_only_sql_transaction
			return fmt.Errorf("%w: %w: %w", store.ErrUnknown, errStandby, err)
		case pg.SeverityUnlocalized != "ERROR":
			return fmt.Errorf("%w: %w", store.ErrUnknown, err) // the connection is gone, and the commit may not be
		case pg.Code == "23505": // unique_violation
			return fmt.Errorf("%w: %w", store.ErrDuplicate, err)
		case pg.Code == "53100": // disk_full
			return fmt.Errorf("%w: %w", store.ErrFull, err)
		}
		return err
	case own(err):
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnknown, err)
}

// own reports whether an error is one of the store's, and so not of a connection.
func own(err error) bool {
	var conflict *store.ConflictError
	for _, of := range []error{store.ErrNotFound, store.ErrNoRun, store.ErrExists, store.ErrFenced, store.ErrElsewhere, store.ErrUnknown, store.ErrDuplicate, store.ErrFull, store.ErrCorrupt} {
		if errors.Is(err, of) {
			return true
		}
	}
	var other *historyError
	return errors.As(err, &conflict) || errors.As(err, &other)
}

func notFound(id wire.SessionID) error {
	return fmt.Errorf("session %q: %w", string(id), store.ErrNotFound)
}
