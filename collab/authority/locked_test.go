package authority_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// TestALockedSessionTakesNoChanges: edits and operations on files are refused while the
// session is read-only; a push that is in the log already is acknowledged.
func TestALockedSessionTakesNoChanges(t *testing.T) {
	t.Parallel()
	a := authority.New(authority.NewDocument("e", files.Main(text(t, "ab")), wire.Limits{}))
	if err := a.Connect(1, authority.Visitor{}); err != nil {
		t.Fatal(err)
	}
	receive := func(m wire.ClientMessage) error { return a.Receive(1, m) }
	key := wire.Key(strings.Repeat("0", 32))
	insert := func(v wire.Version, seq wire.Seq, n int) *wire.PushMsg {
		c, err := ot.New(n, ot.Edit{Insert: "x"})
		if err != nil {
			t.Fatal(err)
		}
		return &wire.PushMsg{Epoch: "e", Version: v, Seq: seq, Changes: c}
	}
	for _, m := range []wire.ClientMessage{
		&wire.Hello{Protocol: wire.ProtocolVersion, Key: key}, insert(0, 1, 2), &wire.SettingsMsg{Settings: wire.Settings{wire.SettingLocked: "true"}},
		insert(0, 1, 2), // once more, since the answer was lost
	} {
		if err := receive(m); err != nil {
			t.Fatalf("%T: %v", m, err)
		}
	}
	for name, m := range map[string]*wire.PushMsg{
		"edit":   insert(1, 2, 3),
		"create": {Epoch: "e", Version: 1, Seq: 2, File: 7, Op: &wire.FileOp{Do: wire.CreateFile, Path: "a.rs"}},
		"rename": {Epoch: "e", Version: 1, Seq: 2, Op: &wire.FileOp{Do: wire.RenameFile, Path: "a.rs"}},
	} {
		if err := receive(m); !errors.Is(err, wire.ErrReadOnly) {
			t.Errorf("%s: %v, want %v", name, err, wire.ErrReadOnly)
		}
	}
	if v := a.Document().Version(); v != 1 {
		t.Errorf("the document is at version %d, want 1", v)
	}
	for _, m := range []wire.ClientMessage{
		&wire.CursorMsg{Epoch: "e", Version: 1, Cursor: wire.Selection{{Anchor: 1, Head: 1}}},
		&wire.RunMsg{}, &wire.SettingsMsg{Settings: wire.Settings{"mode": "release"}},
		&wire.SettingsMsg{Settings: wire.Settings{wire.SettingLocked: ""}}, insert(1, 2, 3),
	} {
		if err := receive(m); err != nil {
			t.Errorf("%T: %v", m, err)
		}
	}
	if v := a.Document().Version(); v != 2 {
		t.Errorf("unlocked, the document is at version %d, want 2", v)
	}
}

// TestSettingsOfSessions: the name and the lock have rules of their own, which also hold
// for what is in a store.
func TestSettingsOfSessions(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]error{
		"": nil, "Tokio workshop": nil, "日本 🦀 👩‍💻": nil, strings.Repeat("🦀", 50): nil,
		strings.Repeat("x", 101): wire.ErrTooLarge, strings.Repeat("🦀", 50) + "x": wire.ErrTooLarge,
		"two\nlines": wire.ErrMalformed, "a\tb": wire.ErrMalformed, "\x1b[31m": wire.ErrMalformed, "a\u202eb": wire.ErrMalformed,
		"\u2028": wire.ErrMalformed, " a": wire.ErrMalformed, "a ": wire.ErrMalformed, " ": wire.ErrMalformed, "\u00a0a": wire.ErrMalformed,
	} {
		_, err := wire.Settings{}.With(wire.Settings{wire.SettingName: value})
		if !errors.Is(err, want) || err != nil && want == nil {
			t.Errorf("name %q: %v, want %v", value, err, want)
		}
		stored, err := wire.DecodeSettings(wire.Settings{wire.SettingName: value, "mode": "debug"}.Encode())
		if err != nil || stored["mode"] != "debug" || (want != nil) != (stored[wire.SettingName] == "" && value != "") {
			t.Errorf("stored name %q: %v, %v", value, stored, err)
		}
	}
	for value, ok := range map[string]bool{"": true, "true": true, "false": false, "1": false, "True": false} {
		if _, err := (wire.Settings{}).With(wire.Settings{wire.SettingLocked: value}); (err == nil) != ok {
			t.Errorf("locked %q: %v", value, err)
		}
	}
}
