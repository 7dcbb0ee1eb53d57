package simnet

import (
	"errors"
	"fmt"
	"slices"

	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Kind names the program that an editor runs.
type Kind string

const (
	Go         Kind = "go"         // client.Client
	TypeScript Kind = "typescript" // the page's client, in a Page
)

// A site is the program that an editor runs: a client and the code that carries its
// messages. It sends through [Editor.send] and reports failures to its world.
type site interface {
	hello()
	closed()
	receive(delivery)
	// edit changes the open file. It returns false if the files would be longer than the
	// session accepts.
	edit(ot.ChangeSet) bool
	selectRanges(wire.Selection)
	// open opens a file that the user sees.
	open(wire.FileID)
	// operate returns false if the client refuses the operation.
	operate(wire.FileID, wire.FileOp) bool
	// backFiles undoes or redoes an operation on a file, as back does an edit.
	backFiles(redo bool) bool
	set(name, value string)
	// back undoes or redoes; it returns false if there is nothing to undo or redo.
	back(redo bool) bool
	// compose begins or ends a composition by an input method. During it, the Go client
	// sends nothing, and the page's client delays changes of the composed line.
	compose(on bool)

	state() state
	// shown is what the user sees: the result of the changes that the client reported.
	shown() files.Set
	look() look
}

// delivery is a message as it arrives.
type delivery struct {
	wire.ServerMessage
	data []byte
}

// state is where a client is.
type state struct {
	id           wire.ClientID
	epoch        wire.Epoch
	version      wire.Version
	live, synced bool
	open         wire.FileID
}

// look is what a user sees besides the text.
type look struct {
	cursor   wire.Selection
	settings wire.Settings // as the session last sent them
	chosen   wire.Settings // with the user's unanswered choices
	others   map[wire.ClientID]wire.Member
}

func newSite(e *Editor, kind Kind) (site, error) {
	key := wire.Key(fmt.Sprintf("%032x", e.index+1))
	switch kind {
	case Go:
		return &goSite{e: e, client: client.New(key, "")}, nil
	case TypeScript:
		if e.w.page == nil {
			return nil, errors.New("an editor of the page needs a Page")
		}
		s := &pageSite{e: e, view: files.Main(e.w.text(""))}
		_, err := e.w.page.ask(pageRequest{Do: "add", Client: e.index, Key: key})
		return s, err
	}
	return nil, fmt.Errorf("kind of editor %q, want %q or %q", kind, Go, TypeScript)
}

// goSite is the Go client.
type goSite struct {
	e      *Editor
	client *client.Client
	held   bool
}

func (s *goSite) hello()  { s.e.send(s.client.Hello()) }
func (s *goSite) closed() { s.client.Disconnect() }

func (s *goSite) receive(d delivery) {
	before := s.client.Files()
	u, err := s.client.Receive(d.ServerMessage)
	s.e.follow(before, u.Changes, s.client.Files())
	for _, l := range u.Lost {
		s.e.lost(l)
	}
	if err != nil {
		if errors.Is(err, client.ErrOutOfStep) {
			s.e.hello()
			return
		}
	}
	s.flush()
}

func (s *goSite) flush() {
	if s.e.conn == nil || s.held {
		return
	}
	for m := s.client.Next(); m != nil; m = s.client.Next() {
		s.e.send(m)
	}
}

func (s *goSite) edit(c ot.ChangeSet) bool {
	if err := s.client.Edit(c); err != nil {
		if !errors.Is(err, wire.ErrTooLarge) {
			s.e.w.fail(err)
		}
		return false
	}
	s.flush()
	return true
}

func (s *goSite) selectRanges(sel wire.Selection) {
	s.client.Select(sel)
	s.flush()
}

func (s *goSite) set(name, value string) {
	s.client.Set(name, value)
	s.flush()
}

func (s *goSite) back(redo bool) bool {
	var done bool
	if redo {
		_, done = s.client.Redo()
	} else {
		_, done = s.client.Undo()
	}
	if done {
		s.flush()
	}
	return done
}

func (s *goSite) open(id wire.FileID) {
	s.client.Open(id)
	s.flush()
}

func (s *goSite) operate(id wire.FileID, op wire.FileOp) bool {
	var err error
	switch op.Do {
	case wire.CreateFile:
		err = s.client.Create(id, op.Path, op.Text)
	case wire.RenameFile:
		err = s.client.Rename(id, op.Path)
	case wire.DeleteFile:
		err = s.client.Delete(id)
	}
	s.flush()
	return err == nil
}

func (s *goSite) backFiles(redo bool) bool {
	back := s.client.UndoFiles
	if redo {
		back = s.client.RedoFiles
	}
	_, done := back()
	s.flush()
	return done
}

func (s *goSite) compose(on bool) {
	s.held = on
	s.flush()
}

func (s *goSite) state() state {
	c := s.client
	return state{c.ID(), c.Epoch(), c.Version(), c.Live(), c.Synced(), c.Opened()}
}

func (s *goSite) shown() files.Set { return s.client.Files() }

func (s *goSite) look() look {
	return look{s.client.Cursor(), s.client.Settings(), s.client.Chosen(), s.client.Others()}
}

// pageSite is a client of the page, at the other end of a pipe.
type pageSite struct {
	e    *Editor
	view files.Set
	last state
}

func (s *pageSite) ask(r pageRequest) pageAnswer {
	r.Client = s.e.index
	a, err := s.e.w.page.ask(r)
	if err != nil {
		s.e.w.fail(err)
		return a
	}
	s.last = state{a.ID, a.Epoch, a.Version, a.Live, a.Synced, a.Open}
	for _, ch := range a.Changes {
		if s.view, err = applied(s.view, client.Change{File: ch.File, Changes: ch.Changes, Op: ch.Op}); err != nil {
			s.e.w.fail(fmt.Errorf("update %+v of c%d: %w", ch, s.e.index+1, err))
		}
	}
	for _, l := range a.Lost {
		s.e.lost(client.Lost{Code: l.Code, File: l.File, Path: l.Path, Op: l.Op, Changes: l.Changes, Text: l.Text})
	}
	if a.Look != nil && !slices.Equal(a.Look.Files, s.view.Wire()) {
		s.e.w.fail(fmt.Errorf("c%d has %+v, its updates lead to %+v", s.e.index+1, a.Look.Files, s.view.Wire()))
	}
	for _, data := range a.Sent {
		m, err := wire.DecodeClient([]byte(data), wire.Limits{})
		if err != nil {
			s.e.w.fail(fmt.Errorf("c%d sends %s: %w", s.e.index+1, data, err))
			continue
		}
		s.e.send(m)
	}
	return a
}

func (s *pageSite) hello()  { s.ask(pageRequest{Do: "hello"}) }
func (s *pageSite) closed() { s.ask(pageRequest{Do: "closed"}) }

func (s *pageSite) receive(d delivery) {
	s.ask(pageRequest{Do: "incoming", Data: string(d.data)})
}

func (s *pageSite) edit(c ot.ChangeSet) bool {
	return s.ask(pageRequest{Do: "edit", Changes: &c, Now: s.e.w.now}).Done
}

func (s *pageSite) open(id wire.FileID) { s.ask(pageRequest{Do: "open", File: id}) }

func (s *pageSite) operate(id wire.FileID, op wire.FileOp) bool {
	return s.ask(pageRequest{Do: "operate", File: id, Op: &op}).Done
}

func (s *pageSite) backFiles(redo bool) bool {
	do := "undo-files"
	if redo {
		do = "redo-files"
	}
	return s.ask(pageRequest{Do: do}).Done
}

func (s *pageSite) selectRanges(sel wire.Selection) {
	s.ask(pageRequest{Do: "select", Cursor: sel})
}

func (s *pageSite) set(name, value string) {
	s.ask(pageRequest{Do: "set", Name: name, Value: &value})
}

func (s *pageSite) back(redo bool) bool {
	do := "undo"
	if redo {
		do = "redo"
	}
	return s.ask(pageRequest{Do: do}).Done
}

func (s *pageSite) compose(on bool)  { s.ask(pageRequest{Do: "compose", On: on}) }
func (s *pageSite) state() state     { return s.last }
func (s *pageSite) shown() files.Set { return s.view }

func (s *pageSite) look() look {
	a := s.ask(pageRequest{Do: "look"})
	if a.Look == nil {
		return look{}
	}
	others := map[wire.ClientID]wire.Member{}
	for _, o := range a.Look.Others {
		others[o.Client] = o
	}
	return look{a.Look.Cursor, a.Look.Settings, a.Look.Chosen, others}
}

// applied gives what a user sees after a change that a client reported.
func applied(set files.Set, ch client.Change) (files.Set, error) {
	f, ok := set.Get(ch.File)
	switch {
	case ch.Op != nil && ch.Op.Do == wire.CreateFile && !ok:
		text, err := ot.NewText(ch.Op.Text)
		return set.With(files.File{ID: ch.File, Path: ch.Op.Path, Text: text}), err
	case !ok || ch.Op != nil && ch.Op.Do == wire.CreateFile:
		return set, fmt.Errorf("file %d: seen %t", ch.File, ok)
	case ch.Op == nil:
		text, err := ch.Changes.Apply(f.Text)
		f.Text = text
		return set.With(f), err
	case ch.Op.Do == wire.RenameFile:
		f.Path = ch.Op.Path
		return set.With(f), nil
	}
	return set.Without(ch.File), nil
}
