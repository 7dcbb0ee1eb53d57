package main

import (
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/runner"
)

// teller passes a run's events on to a session. Diagnostics and products wait until they
// are complete, so that each is one message for all members.
type teller struct {
	out      runs.Events
	ids      map[string]wire.FileID // of the session's files, "" being the one that is compiled
	files    []string               // names of all
	list     []wire.Diagnostic
	place    int    // in the queue, as last sent
	compiler []byte // the beginning of the compiler's output

	product runner.Product // the one that is arriving, if it has a name
	content []byte         // of it
	cut     bool           // it is longer than its content
}

func (t *teller) event(e runner.Event) {
	switch e.Kind {
	case runner.KindQueued:
		if e.Position != t.place { // runs that come later do not change it
			t.place = e.Position
			t.out.Stage(wire.StageQueued, e.Position)
		}
	case runner.KindWarning:
		t.cut = t.cut || e.Product != nil
		t.out.Output(wire.StreamCompiler, []byte("corust: warning: "+e.Warning+"\n"))
	case runner.KindStageStart:
		t.out.Stage(wire.Stage(e.Stage), 0)
	case runner.KindStdinWait, runner.KindStdinResume:
		t.out.Waiting(e.Kind == runner.KindStdinWait)
	case runner.KindProduct:
		if e.Product.Name != t.product.Name {
			t.produced()
			t.product = *e.Product
		}
		t.content = append(t.content, e.Data...)
	case runner.KindStdout, runner.KindStderr:
		stream := wire.Stream(e.Kind)
		if e.Stage == runner.StageCompile {
			stream = wire.StreamCompiler
			t.compiler = append(t.compiler, e.Data[:min(len(e.Data), compilerKept-len(t.compiler))]...)
		}
		t.out.Output(stream, e.Data)
	case runner.KindDiagnostic:
		if len(e.Diagnostic.Spans) > 0 { // there is nothing to show of the others but their text
			t.list = append(t.list, inSession(e.Diagnostic, t.ids))
		}
	case runner.KindTest:
		t.out.Test(testOf(e.Test))
	case runner.KindStageEnd:
		t.finish()
	}
}

// finish sends what has arrived completely.
func (t *teller) finish() {
	t.diagnosed()
	t.produced()
}

// produced sends the product, once.
func (t *teller) produced() {
	if t.product.Name != "" {
		t.out.Product(wire.Product{Name: t.product.Name, MediaType: t.product.MediaType, Cut: t.cut}, t.content)
		t.listed()
		t.product, t.content, t.cut = runner.Product{}, nil, false
	}
}

// listed sends the listing of the product, if it has one, as a further product.
func (t *teller) listed() {
	data, err := listingOf(t.product.Name, t.content, t.files, t.cut)
	if err != nil || data == nil { // the error is unreachable: a listing is strings and numbers
		return
	}
	t.out.Product(wire.Product{Name: t.product.Name + "-listing", MediaType: "application/json"}, data)
}

// diagnosed sends the diagnostics, once.
func (t *teller) diagnosed() {
	if len(t.list) > 0 {
		t.out.Diagnostics(t.list)
		t.list = nil
	}
}

// inSession is a diagnostic as sessions have it: files by id, positions in UTF-16 units.
func inSession(d *runner.Diagnostic, ids map[string]wire.FileID) wire.Diagnostic {
	to := wire.Diagnostic{Level: wire.Level(d.Level), Code: d.Code, Message: d.Message}
	for _, s := range d.Spans {
		to.Spans = append(to.Spans, wire.DiagnosticSpan{File: ids[s.File], From: s.Start.UTF16, To: s.End.UTF16, Primary: s.Primary, Label: s.Label})
	}
	for _, n := range d.Notes {
		to.Notes = append(to.Notes, wire.DiagnosticNote{Level: wire.Level(n.Level), Message: n.Message})
	}
	for _, s := range d.Suggestions {
		suggestion := wire.Suggestion{Message: s.Message, Applicable: s.Applicability == runner.MachineApplicable}
		for _, e := range s.Edits {
			suggestion.Edits = append(suggestion.Edits, wire.SuggestedEdit{File: ids[e.File], From: e.Start.UTF16, To: e.End.UTF16, Insert: e.Replacement})
		}
		to.Suggestions = append(to.Suggestions, suggestion)
	}
	return to
}
