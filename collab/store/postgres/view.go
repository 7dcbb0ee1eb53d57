package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/corust-dev/corust/collab/store"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// View is one state of a database, which nodes go on to change: a [store.Source]. It holds a
// transaction, for whose time the server keeps what is deleted. One goroutine may use it.
type View struct {
	reader
	conn *pgx.Conn
	tx   pgx.Tx
}

// OpenView connects to a database as [Open] does, but changes nothing: the server may be a
// standby, and the schema must be of this program's version.
func OpenView(ctx context.Context, database string) (*View, error) {
	cfg, err := pgx.ParseConfig(database)
	if err != nil {
		return nil, fmt.Errorf("read the database: %w", unparsed(err))
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = DefaultWait
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("read the database: %w", err)
	}
	v := &View{conn: conn}
	if err := v.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("read the database: %w", err), v.Close())
	}
	return v, nil
}

func (v *View) begin(ctx context.Context) (err error) {
	if v.tx, err = v.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}); err != nil {
		return err
	}
	v.within = func(_ context.Context, do func(pgx.Tx) error) error { return readable(do(v.tx)) }
	// A large session may take a while, and so may the disk that the copy goes to.
	if _, err := v.tx.Exec(ctx, "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return err
	}
	if err := checkVersion(ctx, v.tx); err != nil {
		return err
	}
	var there bool
	if err := v.tx.QueryRow(ctx, "SELECT to_regclass('corust_schema') IS NOT NULL").Scan(&there); err != nil {
		return err
	}
	if !there {
		return errors.New("there are no tables of corust in this database")
	}
	have, err := schemaVersion(ctx, v.tx)
	switch {
	case err != nil:
		return err
	case have > len(migrations):
		return newer(have, len(migrations))
	case have < len(migrations):
		return fmt.Errorf("schema version %d is older than this program's %d: use the version of corust that the nodes have, or start a node of this one", have, len(migrations))
	}
	return nil
}

// readable explains an error that only long reads of a standby meet.
func readable(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "40001" { // serialization_failure
		return fmt.Errorf("the standby cannot keep what the primary has removed meanwhile (set hot_standby_feedback = on there, or read the primary): %w", err)
	}
	return err
}

// page is how many sessions are listed at once.
const page = 1000

// Sessions implements [store.Source].
func (v *View) Sessions(ctx context.Context) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		last := int64(0)
		for {
			rows, err := v.tx.Query(ctx, "SELECT "+sessionColumns+", sid FROM sessions WHERE sid > $1 ORDER BY sid LIMIT $2", last, page)
			var some []store.Info
			if err == nil {
				some, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (store.Info, error) { return scanInfo(r, &last) })
			}
			if err != nil {
				yield(store.Info{}, readable(err))
				return
			}
			for _, i := range some {
				if !yield(i, nil) {
					return
				}
			}
			if len(some) < page {
				return
			}
		}
	}
}

// Kept lists what [Store.Keep] has stored, in any order. An error ends it.
func (v *View) Kept(ctx context.Context) iter.Seq2[Kept, error] {
	return func(yield func(Kept, error) bool) {
		rows, err := v.tx.Query(ctx, "SELECT id, data, read FROM kept")
		if err != nil {
			yield(Kept{}, readable(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var k Kept
			if err := rows.Scan(&k.ID, &k.Data, &k.Read); !yield(k, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Kept{}, readable(err))
		}
	}
}

// Where names the database as [Store.Where] does.
func (v *View) Where() string { return where(v.conn.Config()) }

// Close ends the view.
func (v *View) Close() error { return v.conn.Close(context.Background()) }
