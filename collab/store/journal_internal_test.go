package store

import (
	"bytes"
	"testing"
)

// FuzzGroup: what was written is read, and what was not is read without a panic,
// as an error or as something that fits in what there is.
func FuzzGroup(f *testing.F) {
	f.Add(int64(1), int64(1), int64(1), int64(0), "p", []byte(`[[0,"a"]]`), []byte{})
	f.Add(int64(1)<<62, int64(1)<<62, int64(-1), int64(-1)<<63, "", []byte(nil), []byte{1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, sid, v, seq, at int64, client string, changes, noise []byte) {
		if sid >= 0 && v >= 0 {
			want := record{ClientID(client), Seq(seq), at, changes}
			var two records
			two.add(want)
			two.add(want)
			b := appendGroup(nil, sid, Version(v), two)
			gotSid, gotV, got, rest, err := cutGroup(append(b, noise...))
			if err != nil || gotSid != sid || gotV != Version(v) || got.n != 2 || !bytes.Equal(got.data, two.data) || !bytes.Equal(rest, noise) {
				t.Fatalf("%d, %d, %+v, %q, %v of %+v", gotSid, gotV, got, rest, err, want)
			}
			n := 0
			for i, e := range got.all() {
				if i != n || e.client != want.client || e.seq != want.seq || e.at != want.at || !bytes.Equal(e.changes, want.changes) {
					t.Fatalf("%d: %+v, want %+v", i, e, want)
				}
				n++
			}
			if n != 2 {
				t.Fatalf("%d records of 2", n)
			}
			if _, _, _, _, err := cutGroup(b[:len(b)-1]); err == nil {
				t.Fatal("a group without its last byte is whole")
			}
		}
		for rest := noise; len(rest) > 0; {
			_, _, r, left, err := cutGroup(rest)
			if err != nil {
				break
			}
			if len(left)+len(r.data) >= len(rest) || r.n > len(r.data) {
				t.Fatalf("%+v of %d bytes, %d left", r, len(rest), len(left))
			}
			rest = left
		}
	})
}
