package authority

import (
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// View is a session as an observer first sees it. It is not changed once it has been
// handed over.
type View struct {
	Epoch    wire.Epoch
	Version  wire.Version
	Files    files.Set
	Settings wire.Settings
	Members  []wire.Member
	Run      *wire.RunState // the current or last run; nil if there was none
}

// Main returns the text of the main file.
func (v *View) Main() ot.Text {
	f, _ := v.Files.Get(wire.MainFile)
	return f.Text
}

// Observe lets an observer in: a connection that is not a member, sends nothing, and is
// invisible to the members. Its first delivery is a [View]; after it come the frames
// that all members are sent. It takes a place of a watching connection: the error wraps
// [wire.ErrBusy] if there is none.
func (a *Authority) Observe(conn ConnID) error {
	if err := a.Connect(conn, Visitor{Watching: true}); err != nil {
		return err
	}
	m := a.conns[conn]
	m.observing, m.since = true, a.doc.version
	v := &View{
		Epoch: a.doc.epoch, Version: a.doc.version, Files: a.doc.files, Settings: a.settings, Members: a.members(),
		Run: a.welcomeRun(),
	}
	a.out = append(a.out, Delivery{To: conn, View: v})
	return nil
}

// members returns the present members, in the order in which they joined.
func (a *Authority) members() []wire.Member {
	list := []wire.Member{}
	for _, c := range a.order {
		if o := a.conns[c]; o.joined {
			list = append(list, wire.Member{Client: o.id, Name: o.name, File: o.file, Cursor: o.cursor})
		}
	}
	return list
}

// welcomeRun is the current or last run for a connection that is new, with the
// diagnostics at the head.
func (a *Authority) welcomeRun() *wire.RunState {
	st := a.run.Snapshot()
	if st != nil {
		st.Diagnostics = a.run.DiagnosticsAt(a.doc)
	}
	return st
}

// Caller starts a run without being a member, as a tool does.
type Caller struct {
	ID    wire.ClientID // what members see; see [wire.NewToolID]
	Name  string
	Owner string // who is charged, as in [Visitor]
}

// RunFor starts a run of the files for a caller; stdin is all that the program reads, and
// the caller no longer changes it. It returns the id of the run. The error wraps
// [wire.ErrRunning] or [wire.ErrTooLarge].
func (a *Authority) RunFor(c Caller, options wire.RunOptions, stdin []byte) (string, error) {
	if stdin == nil {
		stdin = []byte{}
	}
	if err := a.startRun(c.ID, c.Name, c.Owner, options, stdin); err != nil {
		return "", err
	}
	return a.run.ID(), nil
}
