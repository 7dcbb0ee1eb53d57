package client

import (
	"fmt"
	"slices"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// edits are the inverses of the user's edits of a file.
type edits struct{ undo, redo []ot.ChangeSet }

// rebase maps the edits over a change of the file by another client.
func (e *edits) rebase(r ot.ChangeSet) (*edits, error) {
	if e == nil {
		return nil, nil
	}
	undo, err := rebaseStack(e.undo, r)
	if err != nil {
		return nil, err
	}
	redo, err := rebaseStack(e.redo, r)
	return &edits{undo, redo}, err
}

func (c *Client) editsOf(id wire.FileID) *edits {
	if c.edits[id] == nil {
		c.edits[id] = &edits{}
	}
	return c.edits[id]
}

// Undo reverts the user's last edit of the open file, and nothing that others have done
// since. It reports false if there is nothing to undo.
func (c *Client) Undo() (ot.ChangeSet, bool) {
	e := c.editsOf(c.open)
	return c.back(&e.undo, &e.redo)
}

// Redo reverts the last Undo.
func (c *Client) Redo() (ot.ChangeSet, bool) {
	e := c.editsOf(c.open)
	return c.back(&e.redo, &e.undo)
}

func (c *Client) back(from, to *[]ot.ChangeSet) (ot.ChangeSet, bool) {
	for len(*from) > 0 {
		n := len(*from) - 1
		change := (*from)[n]
		if c.check(Change{File: c.open, Changes: change}) != nil {
			return ot.ChangeSet{}, false // the text would be too long: others have added to it
		}
		*from = (*from)[:n]
		if change.Empty() {
			continue // others have deleted what it would revert
		}
		inverse, err := change.Invert(c.Text())
		if err != nil || c.local(Change{File: c.open, Changes: change}) != nil {
			continue
		}
		*to = push(*to, inverse)
		return change, true
	}
	return ot.ChangeSet{}, false
}

// fileStep takes back an operation of the user on a file.
type fileStep struct {
	file wire.FileID
	op   wire.FileOp
	// unknown is set while op creates a file again whose deletion is not acknowledged: the
	// text is not known yet.
	unknown bool
}

// Create creates a file with a new id, see [wire.NewFileID]. The error wraps
// [wire.ErrMalformed], [wire.ErrTooLarge] or [wire.ErrExists].
func (c *Client) Create(id wire.FileID, path, text string) error {
	return c.operate(id, wire.FileOp{Do: wire.CreateFile, Path: path, Text: text})
}

// Rename gives a file another path. The error wraps [wire.ErrMalformed],
// [wire.ErrTooLarge], [wire.ErrExists] or [wire.ErrNoFile].
func (c *Client) Rename(id wire.FileID, path string) error {
	if f, ok := c.view.Get(id); ok && f.Path == path {
		return nil
	}
	return c.operate(id, wire.FileOp{Do: wire.RenameFile, Path: path})
}

// Delete deletes a file other than the main one. The error wraps [wire.ErrNoFile], or
// [wire.ErrMalformed] for the main file.
func (c *Client) Delete(id wire.FileID) error {
	return c.operate(id, wire.FileOp{Do: wire.DeleteFile})
}

func (c *Client) operate(id wire.FileID, op wire.FileOp) error {
	inverse, err := c.apply(id, op)
	if err == nil {
		c.undo, c.redo = push(c.undo, inverse), nil
	}
	return err
}

// apply does an operation of the user, and gives what takes it back.
func (c *Client) apply(id wire.FileID, op wire.FileOp) (inverse fileStep, err error) {
	f, _ := c.view.Get(id)
	inverse.file = id
	switch op.Do {
	case wire.CreateFile:
		inverse.op.Do = wire.DeleteFile
	case wire.RenameFile:
		inverse.op = wire.FileOp{Do: wire.RenameFile, Path: f.Path}
	case wire.DeleteFile:
		inverse.op, inverse.unknown = wire.FileOp{Do: wire.CreateFile, Path: f.Path}, true
	}
	if err := c.local(Change{File: id, Op: &op}); err != nil {
		return fileStep{}, err
	}
	if op.Do == wire.DeleteFile {
		delete(c.edits, id)
	}
	return inverse, nil
}

// UndoFiles takes back the user's last operation on a file. Undoing a deletion creates the
// file with the text that it had when it was deleted. What another member has done since
// holds: the creation of a file that another has changed is not undone, nor is the
// renaming of a file that another has renamed or deleted. It reports the file, and false
// if there is nothing to undo or another file has taken the path.
func (c *Client) UndoFiles() (wire.FileID, bool) { return c.backFiles(&c.undo, &c.redo) }

// RedoFiles reverts the last UndoFiles.
func (c *Client) RedoFiles() (wire.FileID, bool) { return c.backFiles(&c.redo, &c.undo) }

func (c *Client) backFiles(from, to *[]fileStep) (wire.FileID, bool) {
	if len(*from) == 0 {
		return 0, false
	}
	n := len(*from) - 1
	step := (*from)[n]
	inverse, err := c.take(step)
	if err != nil {
		return 0, false
	}
	*from, *to = (*from)[:n], push(*to, inverse)
	return step.file, true
}

// take does a step. A deletion that was not sent is taken out of the buffer; one that is
// under way is followed by a creation, which waits for its acknowledgement.
func (c *Client) take(step fileStep) (inverse fileStep, err error) {
	if !step.unknown {
		return c.apply(step.file, step.op)
	}
	if err := c.view.Free(step.file, step.op.Path); err != nil {
		return fileStep{}, err
	}
	inverse = fileStep{file: step.file, op: wire.FileOp{Do: wire.DeleteFile}}
	for i := len(c.buffer) - 1; i >= 0; i-- {
		if ch := c.buffer[i]; ch.File == step.file && ch.is(wire.DeleteFile) {
			c.buffer = append(c.buffer[:i:i], c.buffer[i+1:]...)
			c.emptied()
			return inverse, c.refresh(step.file)
		}
	}
	if c.out == nil || c.out.File != step.file || !c.out.is(wire.DeleteFile) {
		return fileStep{}, fmt.Errorf("file %d: %w", step.file, wire.ErrNoFile)
	}
	c.buffer = append(c.buffer, Change{File: step.file, Op: &step.op, restores: true})
	c.pending = pendingTable.step(c.pending, edited)
	return inverse, c.refresh(step.file)
}

// emptied notes that something was taken out of the buffer.
func (c *Client) emptied() {
	if len(c.buffer) == 0 {
		c.pending = pendingTable.step(c.pending, emptied)
	}
}

// deleted notes the text of a file whose deletion by the user is acknowledged, for what
// creates it again.
func (c *Client) deleted(f files.File) {
	again := func(ch Change) bool { return ch.File == f.ID && ch.is(wire.DeleteFile) }
	for _, stack := range [][]fileStep{c.undo, c.redo} {
		for i := range stack {
			if s := &stack[i]; s.file == f.ID && s.unknown && !slices.ContainsFunc(c.buffer, again) {
				s.op.Text, s.unknown = f.Text.String(), false
			}
		}
	}
	for i := range c.buffer {
		if ch := &c.buffer[i]; ch.File == f.ID && ch.restores {
			op := *ch.Op
			op.Text = f.Text.String()
			ch.Op, ch.restores = &op, false
		}
	}
}

// forget drops the steps about a file that what another member did has overtaken. An edit
// overtakes only the undoing of a creation.
func (c *Client) forget(id wire.FileID, edited bool) {
	drop := func(s fileStep) bool { return s.file == id && (!edited || s.op.Do == wire.DeleteFile) }
	c.undo, c.redo = slices.DeleteFunc(slices.Clone(c.undo), drop), slices.DeleteFunc(slices.Clone(c.redo), drop)
}
