package authority

import (
	"github.com/corust-dev/corust/collab/runs"
)

// Text identifies the files and settings at the head.
func (a *Authority) Text() runs.Text { return runs.Text{Version: a.doc.version, Settings: a.chosen} }

// Open reports whether a member has the session open, and gives the owner of one of them:
// an editor, if there is one.
func (a *Authority) Open() (owner string, ok bool) {
	for _, c := range a.order {
		switch m := a.conns[c]; {
		case !m.joined:
		case !m.Watching:
			return m.Owner, true
		default:
			owner, ok = m.Owner, true
		}
	}
	return owner, ok
}

// Compiled takes the outcome of compiling the files at the head ahead of a run, and sends
// it to the members who want to know.
func (a *Authority) Compiled(c runs.Compiled) {
	a.ahead = runs.NewAhead(a.doc, c)
	f := &Frame{Message: a.ahead.At(a.doc)}
	for _, conn := range a.order {
		if m := a.conns[conn]; m.joined && m.ahead {
			a.out = append(a.out, Delivery{To: conn, Frame: f})
		}
	}
}
