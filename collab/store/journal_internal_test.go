package store

import (
	"bytes"
	"testing"
)

// FuzzRecord: what was written is read, and what was not is read without a panic,
// as an error or as something that fits in what there is.
func FuzzRecord(f *testing.F) {
	f.Add(int64(1), int64(1), int64(1), int64(0), "p", []byte(`[[0,"a"]]`), []byte{})
	f.Add(int64(1)<<62, int64(1)<<62, int64(-1), int64(-1)<<63, "", []byte(nil), []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, sid, v, seq, at int64, client string, changes, noise []byte) {
		if sid >= 0 && v >= 0 {
			want := record{ClientID(client), Seq(seq), at, changes}
			b := appendRecord(nil, sid, Version(v), want)
			gotSid, gotV, got, rest, err := cutRecord(append(b, noise...))
			if err != nil || gotSid != sid || gotV != Version(v) || got.client != want.client || got.seq != want.seq || got.at != want.at ||
				!bytes.Equal(got.changes, want.changes) || !bytes.Equal(rest, noise) {
				t.Fatalf("%d, %d, %+v, %q, %v of %+v", gotSid, gotV, got, rest, err, want)
			}
			if _, _, _, _, err := cutRecord(b[:len(b)-1]); err == nil {
				t.Fatal("a record without its last byte is whole")
			}
		}
		for rest := noise; len(rest) > 0; {
			_, _, r, left, err := cutRecord(rest)
			if len(left)+len(r.changes)+len(r.client) > len(rest) || err == nil && len(left) >= len(rest) {
				t.Fatalf("%+v of %d bytes, %d left", r, len(rest), len(left))
			}
			if err != nil {
				break
			}
			rest = left
		}
	})
}
