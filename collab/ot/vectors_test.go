package ot_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/ot"
)

// vector is one line of vectors/generate.mjs, which documents the fields.
type vector struct {
	K, Doc, Raw string
	A, B, C     json.RawMessage
	Pos         []json.RawMessage
	R0, R1      []int
	AB          json.RawMessage `json:"ab"`
	AB1         json.RawMessage `json:"ab1"`
	BA          json.RawMessage `json:"ba"`
	BA1         json.RawMessage `json:"ba1"`
	AT          json.RawMessage `json:"at"`
	Inv         json.RawMessage
	AC          json.RawMessage `json:"ac"`
	CT          json.RawMessage `json:"ct"`
	Out         json.RawMessage
}

// want is how the peer fared, where it did not simply give a value.
type want struct {
	E, Cut int
	Strict string
	JSON   json.RawMessage
	Len    int
	New    int
}

// check compares an outcome with the peer's: the value, as JSON, or the error.
func check(what string, peer json.RawMessage, got []byte, err error) error {
	if len(peer) > 0 && peer[0] == '{' {
		var w want
		if e := json.Unmarshal(peer, &w); e != nil {
			return e
		}
		switch {
		case err == nil:
			return fmt.Errorf("%s: got %s, want an error: %s", what, got, peer)
		case w.Cut == 1 && !errors.Is(err, ot.ErrSurrogate):
			return fmt.Errorf("%s: got error %v, want ErrSurrogate", what, err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: got error %v, want %s", what, err, peer)
	}
	if !bytes.Equal(got, peer) {
		return fmt.Errorf("%s:\n got %s\nwant %s", what, got, peer)
	}
	return nil
}

func set(c ot.ChangeSet, err error) ([]byte, error) { return c.AppendJSON(nil), err }

func text(t ot.Text, err error) ([]byte, error) { return ot.AppendString(nil, t.String()), err }

func (v *vector) check() error {
	if v.K == "json" {
		return v.checkJSON()
	}
	doc, err := ot.NewText(v.Doc)
	if err != nil {
		return err
	}
	var a, b, c ot.ChangeSet
	for _, d := range []struct {
		raw json.RawMessage
		to  *ot.ChangeSet
	}{{v.A, &a}, {v.B, &b}, {v.C, &c}} {
		if d.raw == nil {
			continue
		}
		if *d.to, err = ot.Decode(d.raw, ot.Limits{}); err != nil {
			return err
		}
		if err := check("round trip", d.raw, d.to.AppendJSON(nil), nil); err != nil {
			return err
		}
	}
	var errs []error
	test := func(what string, peer json.RawMessage, got []byte, err error) {
		if peer != nil {
			errs = append(errs, check(what, peer, got, err))
		}
	}
	got, err := text(a.Apply(doc))
	test("apply", v.AT, got, err)
	got, err = set(a.Map(b, false))
	test("a.map(b)", v.AB, got, err)
	if v.K == "len" {
		got, err = set(a.Compose(b))
		test("compose", v.AC, got, err)
		return errors.Join(errs...)
	}
	got, err = set(a.Map(b, true))
	test("a.map(b,true)", v.AB1, got, err)
	got, err = set(b.Map(a, false))
	test("b.map(a)", v.BA, got, err)
	got, err = set(b.Map(a, true))
	test("b.map(a,true)", v.BA1, got, err)
	got, err = set(a.Invert(doc))
	test("invert", v.Inv, got, err)
	for i, peer := range v.Pos {
		p, err := a.MapPos(i/2, i%2*2-1)
		test(fmt.Sprintf("mapPos(%d,%d)", i/2, i%2*2-1), peer, fmt.Append(nil, p), err)
	}
	for i, want := range [][]int{v.R0, v.R1} {
		got := []int{}
		for _, r := range a.Ranges(i == 1) {
			got = append(got, r.FromA, r.ToA, r.FromB, r.ToB)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			errs = append(errs, fmt.Errorf("ranges(%t): got %v, want %v", i == 1, got, want))
		}
	}
	if v.C != nil {
		got, err = set(a.Compose(c))
		test("a.compose(c)", v.AC, got, err)
		after, _ := a.Apply(doc)
		got, err = text(c.Apply(after))
		test("c.apply", v.CT, got, err)
	}
	return errors.Join(errs...)
}

func (v *vector) checkJSON() error {
	var w want
	if err := json.Unmarshal(v.Out, &w); err != nil {
		return err
	}
	c, err := ot.Decode([]byte(v.Raw), ot.Limits{})
	if (err != nil) != (w.E == 1 || w.Strict != "") {
		return fmt.Errorf("decode %q: got %v, error %v, want %s", v.Raw, c, err, v.Out)
	}
	if err != nil {
		if w.Strict == "lone surrogate" && !errors.Is(err, ot.ErrSurrogate) {
			return fmt.Errorf("decode %q: error %v, want ErrSurrogate", v.Raw, err)
		}
		return nil
	}
	if c.Length() != w.Len || c.NewLength() != w.New {
		return fmt.Errorf("decode %q: lengths %d, %d, want %d, %d", v.Raw, c.Length(), c.NewLength(), w.Len, w.New)
	}
	return check("decode", w.JSON, c.AppendJSON(nil), nil)
}

func checkVectors(t *testing.T, r io.Reader, atLeast int) {
	t.Helper()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	n, kinds := 0, map[string]int{}
	for lines.Scan() {
		n++
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		kinds[v.K]++
		if err := v.check(); err != nil {
			t.Errorf("line %d: %v\n%s", n, err, lines.Bytes())
			if t.Failed() && n > 100 {
				t.FailNow()
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if n < atLeast {
		t.Fatalf("%d vectors, want at least %d", n, atLeast)
	}
	t.Logf("%d vectors equal: %v", n, kinds)
}

func openVectors(t testing.TB) io.Reader {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVectors(t *testing.T) {
	t.Parallel()
	checkVectors(t, openVectors(t), 5000)
}

// TestGeneratedVectors checks the vectors that vectors/check.sh has just made.
func TestGeneratedVectors(t *testing.T) {
	t.Parallel()
	path := os.Getenv("CORUST_OT_VECTORS")
	if path == "" {
		t.Skip("CORUST_OT_VECTORS names no file; collab/ot/vectors/check.sh makes one and sets it")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	checkVectors(t, f, 1)
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]error{
		`[-1]`:                            ot.ErrMalformed,
		`[1.5]`:                           ot.ErrMalformed,
		`[1e3]`:                           ot.ErrMalformed,
		`[0]`:                             ot.ErrMalformed,
		`[[0]]`:                           ot.ErrMalformed,
		`[[0,""]]`:                        ot.ErrMalformed,
		`[[0,"a\nb"]]`:                    ot.ErrMalformed,
		`[[0,"a\rb"]]`:                    ot.ErrMalformed,
		"[[0,\"a\xff\"]]":                 ot.ErrMalformed,
		"[[0,\"\xed\xa0\x80\"]]":          ot.ErrMalformed, // a surrogate in UTF-8's clothes
		`[[0,"\ud800"]]`:                  ot.ErrSurrogate,
		`[[0,"\ud800","\udc00"]]`:         ot.ErrSurrogate,
		`[268435457]`:                     ot.ErrLimit,
		`[268435456,[0,"a"]]`:             ot.ErrLimit,
		`[1,[0,"a"],1,[0,"b"],1,[0,"c"]]`: ot.ErrLimit,
		`[[0,"abcdefghijk"]]`:             ot.ErrLimit,
		strings.Repeat("[", 1<<16):        ot.ErrMalformed,
	} {
		if c, err := ot.Decode([]byte(raw), ot.Limits{Parts: 5, Insert: 10}); !errors.Is(err, want) {
			t.Errorf("Decode(%.40q) = %v, %v; want %v", raw, c, err, want)
		}
	}
	if _, err := ot.Decode([]byte(`[1,[0,"abcdefghij"],1,[2],1]`), ot.Limits{Parts: 5, Insert: 10}); err != nil {
		t.Errorf("a change at the limits: %v", err)
	}
}
