package client_test

import (
	"errors"
	"github.com/corust-dev/corust/collab/files"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/wire"
)

// key is one that a session takes.
const key = "0123456789abcdef0123456789abcdef"

// joined is a client that has been welcomed to a text.
func joined(t testing.TB, key wire.Key, s string) *client.Client {
	t.Helper()
	c := client.New(key, "")
	c.Hello()
	if _, err := c.Receive(&wire.Welcome{Protocol: wire.ProtocolVersion, Client: "me", Epoch: "e", Files: wire.MainText(s)}); err != nil {
		t.Fatal(err)
	}
	return c
}

func typed(t testing.TB, c *client.Client, from, to int, insert string) {
	t.Helper()
	if err := c.Edit(ottest.Edit(t, c.Text().Len(), from, to, insert)); err != nil {
		t.Fatal(err)
	}
}

func shows(t testing.TB, c *client.Client, want string) {
	t.Helper()
	if got := c.Text().String(); got != want {
		t.Errorf("client shows %q, want %q", got, want)
	}
}

func foreign(t testing.TB, c *client.Client, v wire.Version, change ot.ChangeSet) {
	t.Helper()
	if _, err := c.Receive(&wire.EntryMsg{Version: v, Client: "other", Seq: wire.Seq(v), Changes: change}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasSentNeverGrows(t *testing.T) {
	t.Parallel()
	c := joined(t, "k", "")
	typed(t, c, 0, 0, "a")
	first := c.Next().(*wire.PushMsg)
	typed(t, c, 1, 1, "b")
	if m := c.Next(); m != nil {
		t.Fatalf("a second push while one is under way: %#v", m)
	}
	c.Disconnect()
	typed(t, c, 2, 2, "c")
	h := c.Hello()
	if h.Seq != first.Seq || h.Version != 0 {
		t.Errorf("hello %+v", h)
	}
	if _, err := c.Receive(&wire.Welcome{Protocol: wire.ProtocolVersion, Client: "me", Epoch: "e"}); err != nil {
		t.Fatal(err)
	}
	again := c.Next().(*wire.PushMsg)
	if again.Seq != first.Seq || !again.Changes.Equal(first.Changes) {
		t.Errorf("sent again as %+v, was %+v", again, first)
	}
	if _, err := c.Receive(&wire.AckMsg{Version: 1, Seq: 1}); err != nil {
		t.Fatal(err)
	}
	if next := c.Next().(*wire.PushMsg); next.Seq != 2 || next.Version != 1 || next.Changes.String() != `[1,[0,"bc"]]` {
		t.Errorf("the buffer goes out as %+v", next)
	}
	shows(t, c, "abc")
}

func TestUndoSparesOthers(t *testing.T) {
	t.Parallel()
	c := joined(t, "k", "")
	typed(t, c, 0, 0, "hello")
	typed(t, c, 5, 5, " world")
	c.Next()
	if _, err := c.Receive(&wire.AckMsg{Version: 1, Seq: 1}); err != nil {
		t.Fatal(err)
	}
	foreign(t, c, 2, ottest.Edit(t, 11, 8, 8, "XX")) // hello woXXrld
	foreign(t, c, 3, ottest.Edit(t, 13, 0, 2, ""))   // llo woXXrld
	if _, ok := c.Undo(); !ok {
		t.Fatal("nothing to undo")
	}
	shows(t, c, "lloXX")
	c.Undo()
	shows(t, c, "XX")
	if _, ok := c.Undo(); ok {
		t.Error("a third edit was undone")
	}
	c.Redo()
	shows(t, c, "lloXX")
	c.Redo()
	shows(t, c, "llo woXXrld")
	typed(t, c, 0, 0, "!")
	if _, ok := c.Redo(); ok {
		t.Error("redo after an edit")
	}
	// Undo skips an edit that another member has deleted.
	d := joined(t, "d", "")
	typed(t, d, 0, 0, "a")
	typed(t, d, 1, 1, "b")
	d.Next()
	d.Receive(&wire.AckMsg{Version: 1, Seq: 1})
	foreign(t, d, 2, ottest.Edit(t, 2, 1, 2, ""))
	if _, ok := d.Undo(); !ok {
		t.Error("nothing to undo")
	}
	shows(t, d, "")
}

func TestGapAsksForHello(t *testing.T) {
	t.Parallel()
	c := joined(t, "k", "x")
	if _, err := c.Receive(&wire.EntryMsg{Version: 2, Client: "p", Seq: 1, Changes: ot.Empty(1)}); !errors.Is(err, wire.ErrFuture) {
		t.Errorf("a gap: %v", err)
	}
	if _, err := c.Receive(&wire.EntryMsg{Version: 1, Client: "p", Seq: 1, Changes: ot.Empty(2)}); err == nil {
		t.Error("an entry that does not fit was taken")
	}
	if _, err := c.Receive(&wire.AckMsg{Version: 1, Seq: 9}); err == nil {
		t.Error("an acknowledgement of nothing was taken")
	}
	if c.Version() != 0 {
		t.Errorf("version %d", c.Version())
	}
}

// TestResync: the log does not reach back, and unsent work is kept.
func TestResync(t *testing.T) {
	t.Parallel()
	for _, sc := range []struct {
		name  string
		acked wire.Seq
		text  string
		want  string
	}{
		{"under way, not in the log", 0, "one 2 three", "one 2 three!?"},
		{"under way, in the log", 1, "one 2 three!", "one 2 three!?"},
		{"everything else is gone", 0, "", "!?"},
	} {
		c := joined(t, "k", "one two three")
		typed(t, c, 13, 13, "!")
		c.Next()
		typed(t, c, 14, 14, "?")
		c.Disconnect()
		c.Hello()
		u, err := c.Receive(&wire.Welcome{Protocol: wire.ProtocolVersion, Client: "me", Epoch: "new", Version: 7, AckedSeq: sc.acked, Files: wire.MainText(sc.text)})
		if err != nil || !u.Resync {
			t.Errorf("%s: %+v, %v", sc.name, u, err)
		}
		shows(t, c, sc.want)
		p := c.Next().(*wire.PushMsg)
		if want := sc.acked + 1; p.Seq != want || p.Version != 7 || p.Epoch != "new" || p.Changes.Length() != ot.Len(sc.text) {
			t.Errorf("%s: push %+v", sc.name, p)
		}
	}
}

func TestRefusedPushIsTakenBack(t *testing.T) {
	t.Parallel()
	c := joined(t, "k", "ab")
	typed(t, c, 1, 1, "bad")
	c.Next()
	typed(t, c, 5, 5, "more")
	foreign(t, c, 1, ottest.Edit(t, 2, 0, 0, "é"))
	u, err := c.Receive(&wire.Error{Code: wire.CodeTooLarge, Seq: 1})
	var e *wire.Error
	if !errors.As(err, &e) || len(u.Lost) != 1 || u.Lost[0].Text != "éabadbmore" || u.Lost[0].Changes.String() != `[2,[0,"bad"],1,[0,"more"]]` {
		t.Errorf("%+v, %v", u, err)
	}
	shows(t, c, "éab")
	if !c.Synced() || c.Next() != nil {
		t.Error("something is still pending")
	}
}

func TestCursors(t *testing.T) {
	t.Parallel()
	type sel = wire.Selection
	c := joined(t, "k", "日本🦀")
	c.Receive(&wire.MemberMsg{Member: wire.Member{Client: "other", Cursor: sel{{Anchor: 4, Head: 4}}}})
	c.Select(sel{{Anchor: 1, Head: 1}})
	if m, ok := c.Next().(*wire.CursorMsg); !ok || m.Cursor[0].Head != 1 {
		t.Errorf("selection is sent as %#v", m)
	}
	typed(t, c, 1, 1, "né")
	if m := c.Next().(*wire.PushMsg); len(m.Cursor) != 1 || m.Cursor[0].Head != 3 {
		t.Errorf("push with cursor %v", m.Cursor)
	}
	if got := c.Others()["other"].Cursor; got[0].Head != 6 {
		t.Errorf("other's cursor at %v, want 6", got)
	}
	foreign(t, c, 1, ottest.Edit(t, 4, 0, 1, "")) // né本🦀
	if got := c.Cursor(); got[0].Head != 2 {
		t.Errorf("own cursor at %v, want 2", got)
	}
	if _, err := c.Receive(&wire.CursorOfMsg{Client: "other", Version: 1, Cursor: sel{{Anchor: 0, Head: 1}}}); err != nil {
		t.Fatal(err)
	}
	if got := c.Others()["other"].Cursor; got[0] != (wire.Range{Anchor: 2, Head: 3}) {
		t.Errorf("other's selection %v", got)
	}
	c.Receive(&wire.LeaveMsg{Client: "other"})
	if len(c.Others()) != 0 {
		t.Error("who left is still here")
	}
}

// A change above the limits of a push is sent as several, each after the acknowledgement
// of the one before. Typing and undo work meanwhile.
func TestABulkEditIsSentInPushesWithinTheLimits(t *testing.T) {
	t.Parallel()
	limits := wire.Limits{Text: 3001, Parts: 100, Message: 2 << 10, Ranges: 2}
	text, err := ot.NewText(strings.Repeat("ab", 1000))
	if err != nil {
		t.Fatal(err)
	}
	doc := authority.NewDocument("e", files.Main(text), limits)
	c := client.New(key, "")
	c.Hello()
	s := text.String()
	if _, err := c.Receive(&wire.Welcome{Protocol: wire.ProtocolVersion, Client: "me", Epoch: "e", Files: wire.MainText(s), Limits: &limits}); err != nil {
		t.Fatal(err)
	}
	settle := func() (pushes int) {
		t.Helper()
		for m := c.Next(); m != nil; m = c.Next() {
			p, ok := m.(*wire.PushMsg)
			if !ok {
				continue
			}
			data, err := wire.Encode(p)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := wire.DecodeClient(data, limits); err != nil {
				t.Fatalf("push %d: %v", p.Seq, err)
			}
			acc, err := doc.Receive(authority.Push{Client: "me", Seq: p.Seq, Version: p.Version, Changes: p.Changes, Cursor: p.Cursor})
			if err != nil {
				t.Fatalf("push %d: %v", p.Seq, err)
			}
			if pushes++; pushes == 3 {
				typed(t, c, c.Text().Len(), c.Text().Len(), "!")
			}
			if _, err := c.Receive(&wire.AckMsg{Version: acc.Version, Seq: p.Seq}); err != nil {
				t.Fatal(err)
			}
		}
		return pushes
	}
	if err := c.Edit(ottest.ManyPlaces(t, 2000, "xy")); err != nil {
		t.Fatal(err)
	}
	c.Select(wire.Selection{{}, {Anchor: 1, Head: 1}, {Anchor: 2, Head: 2}})
	if n := settle(); n < 20 {
		t.Errorf("2000 parts in %d pushes of 100", n)
	}
	if got := mainText(doc).String(); got != c.Text().String() || !strings.HasPrefix(got, "xybxyb") {
		t.Errorf("the session has %.20q…, the client %.20q…", got, c.Text().String())
	}
	for range 2 { // the typing, and the bulk edit
		if _, ok := c.Undo(); !ok {
			t.Fatal("nothing to undo")
		}
	}
	settle()
	if got := mainText(doc).String(); !strings.HasPrefix(got, s) {
		t.Errorf("undone it is %.20q…", got)
	}
}

func TestTheClientRefusesWhatTheSessionWould(t *testing.T) {
	t.Parallel()
	c := client.New(key, "")
	c.Hello()
	s := "0123456789"
	if _, err := c.Receive(&wire.Welcome{Protocol: wire.ProtocolVersion, Client: "me", Epoch: "e", Files: wire.MainText(s), Limits: &wire.Limits{Text: 8}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Edit(ottest.Edit(t, 10, 0, 0, "x")); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("growing beyond the limit: %v", err)
	}
	typed(t, c, 0, 1, "") // 9 are still too many, but the text does not grow
	shows(t, c, "123456789")
	if got := c.Limits().Text; got != 8 {
		t.Errorf("limits: %+v", c.Limits())
	}
}

// mainText is the text of a document's main file.
func mainText(d *authority.Document) ot.Text {
	f, _ := d.Files().Get(wire.MainFile)
	return f.Text
}

// TestSelectionsOfOtherFilesStay edits one file while another member selects in another.
func TestSelectionsOfOtherFilesStay(t *testing.T) {
	t.Parallel()
	c := client.New(key, "")
	c.Hello()
	list := append(wire.MainText("abc"), wire.File{ID: 7, Path: "b.rs", Text: "xyz"})
	members := []wire.Member{{Client: "p", File: 7, Cursor: wire.Selection{{Anchor: 2, Head: 2}}}}
	if _, err := c.Receive(&wire.Welcome{Protocol: wire.ProtocolVersion, Client: "me", Epoch: "e", Files: list, Members: members}); err != nil {
		t.Fatal(err)
	}
	typed(t, c, 0, 0, "mine")
	foreign(t, c, 1, ottest.Edit(t, 3, 0, 0, "theirs"))
	if got := c.Others()["p"]; got.File != 7 || got.Cursor[0].Head != 2 {
		t.Errorf("the other selects %v in file %d", got.Cursor, got.File)
	}
}
