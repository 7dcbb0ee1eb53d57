package store

import (
	"context"
	"fmt"

	"github.com/corust-dev/corust/collab/wire"
)

// Settle is what the owner of a session does after [ErrUnknown], before anything else:
// it opens the log again for node, which had the handle had, and reports whether the
// entries that were to follow version v have landed. If they have not, nothing follows
// v, nothing will, and the owner may append them by the new handle.
//
// [ErrFenced] says that another owner came in between, so that what this one knows is
// out of date. After any other error it may be called again with the same arguments.
func Settle(ctx context.Context, s Store, id wire.SessionID, node Node, had Log, v wire.Version, entries []wire.Entry) (l Log, landed bool, err error) {
	if l, err = s.Open(ctx, id, node); err != nil {
		return nil, false, err
	}
	before, g := had.Grant(), l.Grant()
	if g.Since > before.Term || g.Epoch != before.Epoch {
		return nil, false, overtaken(ctx, l, fmt.Errorf("node %q has lost the session since term %d: %w", node, before.Term, ErrFenced))
	}
	if g.Head == v {
		return l, false, nil
	}
	there, err := Read(ctx, s, id, g.Epoch, v, 0)
	if err != nil {
		return nil, false, err
	}
	same := len(there) == len(entries)
	for i := 0; same && i < len(there); i++ {
		a, b := there[i], entries[i]
		same = a.File == b.File && a.Client == b.Client && a.Seq == b.Seq && a.SameChange(b)
	}
	if !same {
		return nil, false, overtaken(ctx, l, fmt.Errorf("after version %d the log has %d entries, not the %d of its owner: %w", v, len(there), len(entries), ErrFenced))
	}
	return l, true, nil
}

// overtaken gives up what was opened, since its owner knows too little to go on.
func overtaken(ctx context.Context, l Log, why error) error {
	_ = l.Release(ctx) // or the next owner takes it
	return why
}
