package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/corust-dev/corust/collab/store"
)

// applicationID marks the file as ours ("crst").
const applicationID = 0x63727374

// migrations lead from each schema version to the next; the file's
// user_version counts those that were applied. They are only ever added to.
var migrations = []string{
	// sessions: one row a session. head is the version of the last entry,
	// oldest that before the first one that is still in entries. A new epoch
	// is a new history: its entries start behind a snapshot at oldest. Times
	// are Unix milliseconds.
	//
	// entries: one row an accepted push, version by version; changes is the
	// JSON form. The unique index is the last defence against a push that is
	// in the log twice.
	//
	// snapshots: the text at a version, and the last push of each client, as
	// JSON.
	//
	// sum is CRC-32C over the row, since SQLite has no checksums of its own:
	// a flipped bit is an error and not another text.
	`CREATE TABLE meta (
		key   TEXT PRIMARY KEY,
		value TEXT NOT NULL
	) WITHOUT ROWID;
	CREATE TABLE sessions (
		sid     INTEGER PRIMARY KEY,
		id      TEXT NOT NULL UNIQUE,
		epoch   TEXT NOT NULL,
		head    INTEGER NOT NULL,
		oldest  INTEGER NOT NULL,
		created INTEGER NOT NULL,
		edited  INTEGER NOT NULL
	);
	CREATE TABLE entries (
		sid     INTEGER NOT NULL,
		version INTEGER NOT NULL,
		client  TEXT NOT NULL,
		seq     INTEGER NOT NULL,
		at      INTEGER NOT NULL,
		changes BLOB NOT NULL,
		sum     INTEGER NOT NULL,
		PRIMARY KEY (sid, version)
	) WITHOUT ROWID;
	CREATE UNIQUE INDEX entries_push ON entries (sid, client, seq);
	CREATE TABLE snapshots (
		sid     INTEGER PRIMARY KEY,
		version INTEGER NOT NULL,
		text    BLOB NOT NULL,
		acked   BLOB NOT NULL,
		sum     INTEGER NOT NULL
	);
	CREATE TABLE runs (
		n       INTEGER PRIMARY KEY,
		sid     INTEGER NOT NULL,
		id      TEXT NOT NULL,
		version INTEGER NOT NULL,
		by      TEXT NOT NULL,
		started INTEGER NOT NULL,
		ended   INTEGER NOT NULL,
		verdict TEXT NOT NULL,
		output  BLOB NOT NULL,
		UNIQUE (sid, id)
	);`,

	// change is the number of the session's last append among those of all
	// sessions. What is beside the file has the highest: see mark.
	`ALTER TABLE sessions ADD COLUMN change INTEGER NOT NULL DEFAULT 0;`,

	// runs: what lists need of a record is apart from its output, and source is
	// the text that ran: the log cannot tell it, being trimmed. NULL stands for
	// one that was not kept: runs older than this column. A session has at most
	// MaxRuns rows here, and a source is at most as long as a text may be.
	`ALTER TABLE runs ADD COLUMN about BLOB NOT NULL DEFAULT x'';
	ALTER TABLE runs ADD COLUMN source BLOB;
	UPDATE runs SET
		about = CAST(json_remove(CAST(output AS TEXT), '$.output') AS BLOB),
		output = CAST(json_object('output', json(coalesce(nullif(CAST(output AS TEXT) -> '$.output', 'null'), '[]'))) AS BLOB)
	WHERE json_valid(CAST(output AS TEXT));`,

	// sessions: what its people have set for all of them, in the session's form.
	`ALTER TABLE sessions ADD COLUMN settings BLOB NOT NULL DEFAULT x'';`,

	// journal: the appends of each transaction, in the form of appendGroup, until
	// they are in entries; see journal. head and edited of a session are those of
	// its last entry in entries. n is the number of the last of the row's appends
	// among all there ever were, or -sid where the entries of that session cannot
	// be moved; sum is as above. From here on it is the last row that the mark is
	// compared with, and change is no longer written.
	`CREATE TABLE journal (
		n       INTEGER PRIMARY KEY,
		records BLOB NOT NULL,
		sum     INTEGER NOT NULL
	);`,

	// entries and snapshots: file is the file that a row is about, 0 the one that every
	// session has; see FileID. The rows before were all about that one, and the sum of
	// a row covers a file only if it is another. A snapshot is a row a file, all of one
	// version; acked stands in that of file 0.
	//
	// journal: form is that of the records: 0 without files, 1 with them; see records.
	`ALTER TABLE entries ADD COLUMN file INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE journal ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE snapshots RENAME TO snapshots_before;
	CREATE TABLE snapshots (
		sid     INTEGER NOT NULL,
		file    INTEGER NOT NULL DEFAULT 0,
		version INTEGER NOT NULL,
		text    BLOB NOT NULL,
		acked   BLOB NOT NULL,
		sum     INTEGER NOT NULL,
		PRIMARY KEY (sid, file)
	);
	INSERT INTO snapshots (sid, version, text, acked, sum) SELECT sid, version, text, acked, sum FROM snapshots_before;
	DROP TABLE snapshots_before;`,

	// sessions: term is that of the last Open. runs: node and term are those of the
	// owner that put the record last; the records before name none.
	`ALTER TABLE sessions ADD COLUMN term INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE runs ADD COLUMN node TEXT NOT NULL DEFAULT '';
	ALTER TABLE runs ADD COLUMN term INTEGER NOT NULL DEFAULT 0;`,

	// runs: about has the words of collab/wire, version 4. Before, a run in a queue had
	// the stage "queue 3", times were milliseconds in names that end in _ms, and the
	// server's own failure was called error and not message.
	`UPDATE runs SET about = CAST(json_set(CAST(about AS TEXT), '$.stage', 'queued', '$.position', CAST(substr(CAST(about AS TEXT) ->> '$.stage', 7) AS INTEGER)) AS BLOB)
		WHERE json_valid(CAST(about AS TEXT)) AND CAST(about AS TEXT) ->> '$.stage' LIKE 'queue %';
	UPDATE runs SET about = CAST(json_set(CAST(about AS TEXT), '$.detail', json_patch(
			json_remove(CAST(about AS TEXT) -> '$.detail', '$.error', '$.queued_ms', '$.stages'),
			json_object(
				'message', coalesce(CAST(about AS TEXT) ->> '$.detail.error', CAST(about AS TEXT) ->> '$.detail.message'),
				'queued_ns', CAST(round(1e6 * (CAST(about AS TEXT) ->> '$.detail.queued_ms')) AS INTEGER),
				'stages', json((SELECT json_group_array(json_object('name', value ->> '$.name', 'exit_code', 0, 'usage', json_object(
						'wall_ns', CAST(round(1e6 * (value ->> '$.wall_ms')) AS INTEGER),
						'cpu_ns', CAST(round(1e6 * (value ->> '$.cpu_ms')) AS INTEGER),
						'peak_memory_bytes', value ->> '$.peak_memory_bytes')))
					FROM json_each(CAST(about AS TEXT), '$.detail.stages') WHERE type = 'object' HAVING count(*) > 0))
			))) AS BLOB)
		WHERE json_valid(CAST(about AS TEXT)) AND coalesce(CAST(about AS TEXT) -> '$.detail.error', CAST(about AS TEXT) -> '$.detail.queued_ms', CAST(about AS TEXT) -> '$.detail.stages') IS NOT NULL;`,

	// snapshots: path is that of the file; all files before were the main one, and had the
	// default. The sum of a row covers the file and the path only if they are others.
	//
	// entries: from here on changes may be an operation on the list of files, a JSON object;
	// see wire.Entry.AppendChange.
	`ALTER TABLE snapshots ADD COLUMN path TEXT NOT NULL DEFAULT 'main.rs';`,

	// checkpoints: the files at versions before the snapshot, for readers of the history;
	// files is what store.EncodeFiles writes, which has a checksum.
	`CREATE TABLE checkpoints (
		sid     INTEGER NOT NULL,
		version INTEGER NOT NULL,
		files   BLOB NOT NULL,
		PRIMARY KEY (sid, version)
	);`,
}

// foreignError is a [store.ErrCorrupt] about a file of another program.
type foreignError struct{}

func (foreignError) Error() string { return "not a database of corust, or damaged" }
func (foreignError) Unwrap() error { return store.ErrCorrupt }

var errForeign error = foreignError{}

func newer(have, known int) error {
	return fmt.Errorf("schema version %d is newer than this program's %d: use the version of corust that made it, or a later one", have, known)
}

// version is a file's schema version, and whose the file is.
func version(ctx context.Context, db querier) (version, app int, err error) {
	err = db.QueryRowContext(ctx, "SELECT user_version, application_id FROM pragma_user_version, pragma_application_id").Scan(&version, &app)
	return version, app, classify(err)
}

// isStore says why a file is not a store that this program can read.
func isStore(ctx context.Context, db querier) error {
	have, app, err := version(ctx, db)
	switch {
	case err != nil:
		return err
	case app != applicationID:
		return errForeign
	case have > len(migrations):
		return newer(have, len(migrations))
	}
	return nil
}

// migrate brings a file to the present schema, in one transaction.
func migrate(ctx context.Context, conn *sql.Conn, steps []string) error {
	have, app, err := version(ctx, conn)
	switch {
	case err != nil:
		return err
	case have > len(steps):
		return newer(have, len(steps))
	case app != applicationID && (have > 0 || app != 0):
		return errForeign
	case have == len(steps):
		return nil
	}
	if have == 0 {
		var tables int
		if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
			return classify(err)
		}
		if tables > 0 {
			return errForeign
		}
	}
	return transact(ctx, conn, func() error {
		for i := have; i < len(steps); i++ {
			if _, err := conn.ExecContext(ctx, steps[i]); err != nil {
				return fmt.Errorf("migration %d: %w", i+1, err)
			}
		}
		_, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(steps)))
		return err
	})
}

// transact runs do within a transaction that takes the write lock at once. An error
// that is not store.ErrUnknown says that nothing was written.
func transact(ctx context.Context, conn *sql.Conn, do func() error) error {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return classify(err)
	}
	err := classify(do())
	if err == nil {
		if _, err = conn.ExecContext(ctx, "COMMIT"); err == nil {
			return nil
		}
		// For this process it is rolled back below. But if the file's log got the
		// end of it, and the process is killed now, the next one will find it there.
		err = unknown(err)
	}
	// Where SQLite has rolled back by itself, this does nothing.
	conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return err
}
