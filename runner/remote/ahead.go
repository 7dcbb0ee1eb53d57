package remote

// ahead keeps the frames that came behind a gap, up to maxAhead bytes: the sender repeats the
// others once the gap is filled.
type ahead struct {
	frames map[int64]frame
	bytes  int
}

// maxAhead bounds the messages that are kept behind a gap: the output of most runs, and at
// least some of the longest messages.
const maxAhead = 8 * MaxMessage

// put keeps a frame, unless it is one that came before or there is no room. The next frame
// that is wanted always has room, so the bound never stops a run.
func (a *ahead) put(f frame, next int64) {
	if _, had := a.frames[f.N]; had || f.N < next || f.N > next && a.bytes+f.size > maxAhead {
		return
	}
	if a.frames == nil {
		a.frames = map[int64]frame{}
	}
	a.frames[f.N] = f
	a.bytes += f.size
}

// take removes a frame, if it is there.
func (a *ahead) take(n int64) (f frame, ok bool) {
	if f, ok = a.frames[n]; ok {
		delete(a.frames, n)
		a.bytes -= f.size
	}
	return f, ok
}
