package runs_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/wire"
)

// pack returns a product of a content.
func pack(t *testing.T, name string, data []byte) runs.Product {
	t.Helper()
	p, err := runs.Pack(wire.Product{Name: name, MediaType: "text/plain", Size: 7, Dropped: true}, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// noise returns bytes that do not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b)
	return b
}

func content(t *testing.T, p runs.Product) []byte {
	t.Helper()
	r, err := p.Open()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestProductsAreAnnouncedAndRecorded(t *testing.T) {
	t.Parallel()
	s := started(t)
	asm := []byte(strings.Repeat("mov eax, 1\n", 100_000))
	want := wire.Product{Name: "asm", MediaType: "text/plain", Size: int64(len(asm))}
	if m := s.Product(pack(t, "asm", asm)); !reflect.DeepEqual(m, &wire.RunProduct{Run: "r", Product: want}) {
		t.Errorf("announced as %+v", m)
	}
	if m := s.Product(pack(t, "asm", nil)); m != nil {
		t.Errorf("a second product of the name is announced: %+v", m)
	}
	s.Product(pack(t, "noise", noise(1<<20)))
	s.Product(pack(t, "empty", nil))
	if s.Products("another") != nil {
		t.Error("another run has the products")
	}
	about, output, err := runs.Encode(s.Snapshot(), s.Products("r"))
	if err != nil {
		t.Fatal(err)
	}
	if len(output) > 256<<10 {
		t.Errorf("the record takes %d bytes", len(output))
	}
	var st wire.RunState
	runs.Decode(&st, about, output)
	dropped := wire.Product{Name: "noise", MediaType: "text/plain", Size: 1 << 20, Dropped: true}
	if empty := (wire.Product{Name: "empty", MediaType: "text/plain"}); !reflect.DeepEqual(st.Products, []wire.Product{want, dropped, empty}) {
		t.Errorf("the record has %+v", st.Products)
	}
	list := runs.DecodeProducts(output)
	if !bytes.Equal(content(t, list[0]), asm) || list[1].Gzip != nil || len(content(t, list[2])) != 0 {
		t.Errorf("the record has other contents")
	}
	recalled := runs.Recall(&st).Snapshot()
	if !reflect.DeepEqual(recalled.Products, st.Products) {
		t.Errorf("recalled %+v", recalled.Products)
	}
}

func TestProductsAreBounded(t *testing.T) {
	t.Parallel()
	s := started(t)
	for i := range 20 {
		m, _ := s.Product(pack(t, fmt.Sprint(i), noise(1<<20))).(*wire.RunProduct)
		switch {
		case i >= 16 && m != nil:
			t.Errorf("product %d is announced", i)
		case i < 16 && (m == nil || m.Dropped != (i >= 7)):
			t.Errorf("product %d is announced as %+v", i, m)
		}
	}
	if s.Size() > 8<<20 {
		t.Errorf("the products take %d bytes", s.Size())
	}
}

func TestTestsAreBoundedAndRecorded(t *testing.T) {
	t.Parallel()
	s := started(t)
	n := 0
	for i := range 5000 {
		if s.Test(wire.Test{Name: fmt.Sprint("t", i), Outcome: wire.TestFailed, Output: "o"}) != nil {
			n++
		}
	}
	if s.Test(wire.Test{Name: strings.Repeat("x", 256<<10)}) != nil || n != 2048 {
		t.Errorf("%d tests are announced", n)
	}
	st := s.Snapshot()
	s.Test(wire.Test{Name: "late"})
	about, output, err := runs.Encode(st, nil)
	if err != nil {
		t.Fatal(err)
	}
	var back wire.RunState
	if runs.Decode(&back, about, output); !reflect.DeepEqual(back.Tests, st.Tests) || len(back.Tests) != n {
		t.Errorf("the record has %d tests", len(back.Tests))
	}
}
