package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// migrations lead from each schema version to the next. They are only ever added to, and
// only add to the schema: nodes of the version before go on with it during an upgrade.
var migrations = []string{
	// nodes: the leases. A node without a row, or whose row has expired, is dead.
	//
	// sessions: one row a session. head is the version of the last entry, oldest that
	// before the first one that is in entries. Each append updates the row, so there is
	// room in its page for the next version of it, and no index covers what changes.
	// Times are Unix milliseconds.
	//
	// entries: one row an accepted push; changes is what wire.Entry.AppendChange writes. The unique key is the
	// last defence against a push that is in the log twice.
	//
	// snapshots: body is a snapshot as JSON, in bytea since text cannot hold U+0000.
	`CREATE TABLE nodes (
		node    text PRIMARY KEY,
		addr    text NOT NULL,
		expires timestamptz NOT NULL
	);
	CREATE TABLE sessions (
		sid      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		id       text NOT NULL UNIQUE,
		epoch    text NOT NULL,
		head     bigint NOT NULL,
		oldest   bigint NOT NULL,
		created  bigint NOT NULL,
		edited   bigint NOT NULL,
		owner    text NOT NULL DEFAULT '',
		term     bigint NOT NULL DEFAULT 0,
		since    bigint NOT NULL DEFAULT 0,
		settings bytea NOT NULL DEFAULT ''
	) WITH (fillfactor = 70);
	CREATE TABLE entries (
		sid     bigint NOT NULL,
		version bigint NOT NULL,
		file    bigint NOT NULL,
		client  text NOT NULL,
		seq     bigint NOT NULL,
		at      bigint NOT NULL,
		changes bytea NOT NULL,
		PRIMARY KEY (sid, version),
		CONSTRAINT entries_push UNIQUE (sid, client, seq)
	);
	CREATE TABLE snapshots (
		sid     bigint PRIMARY KEY,
		version bigint NOT NULL,
		body    bytea NOT NULL
	);
	CREATE TABLE runs (
		n       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		sid     bigint NOT NULL,
		id      text NOT NULL,
		version bigint NOT NULL,
		by      text NOT NULL,
		started bigint NOT NULL,
		ended   bigint NOT NULL,
		verdict text NOT NULL,
		node    text NOT NULL,
		term    bigint NOT NULL,
		about   bytea NOT NULL,
		output  bytea NOT NULL,
		source  bytea,
		UNIQUE (sid, id)
	);`,

	// kept: what permanent links lead to, by names that the content gives; read is when it
	// was last stored or read.
	`CREATE TABLE kept (
		id   text PRIMARY KEY,
		data bytea NOT NULL,
		read timestamptz NOT NULL DEFAULT clock_timestamp()
	);`,

	// checkpoints: the files at versions before the snapshot, for readers of the history;
	// files is what store.EncodeFiles writes. Nodes of the version before delete sessions
	// and trim their logs without knowing of it: rows before oldest are not read.
	`CREATE TABLE checkpoints (
		sid     bigint NOT NULL REFERENCES sessions ON DELETE CASCADE,
		version bigint NOT NULL,
		files   bytea NOT NULL,
		PRIMARY KEY (sid, version)
	);`,

	// sessions: history names the history of the database in which the session was last
	// opened, '' before there was this column, and standby whether commits waited for a
	// standby then; see Store.Open.
	`ALTER TABLE sessions ADD COLUMN history text NOT NULL DEFAULT '', ADD COLUMN standby boolean NOT NULL DEFAULT false;`,
}

// The history of the database and whether its commits wait for a standby. A promotion begins a
// new timeline, and a database that was restored into another server has another system
// identifier.
const (
	historyNow = "(SELECT system_identifier FROM pg_control_system())::text || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
	standbyNow = "(current_setting('synchronous_standby_names') <> '' AND current_setting('synchronous_commit') NOT IN ('off', 'local'))"
)

// schemaLock is the advisory lock of migrations ("crst").
const schemaLock = 0x63727374

// schemaVersion reads the version of the schema, 0 if there is none yet.
func schemaVersion(ctx context.Context, q querier) (have int, err error) {
	err = q.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM corust_schema").Scan(&have)
	return have, err
}

func newer(have, known int) error {
	return fmt.Errorf("schema version %d is newer than this program's %d: use the version of corust that made it, or a later one", have, known)
}

// migrate brings the database to the present schema, in one transaction that nodes which
// start at the same time wait for.
func migrate(ctx context.Context, conn *pgx.Conn, steps []string) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", schemaLock); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "CREATE TABLE IF NOT EXISTS corust_schema (version int NOT NULL)"); err != nil {
		return err
	}
	have, err := schemaVersion(ctx, tx)
	if err != nil {
		return err
	}
	if have > len(steps) {
		return newer(have, len(steps))
	}
	for i := have; i < len(steps); i++ {
		if _, err := tx.Exec(ctx, steps[i]); err != nil {
			return fmt.Errorf("migration %d: %w", i+1, err)
		}
		if _, err := tx.Exec(ctx, "INSERT INTO corust_schema (version) VALUES ($1)", i+1); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}
