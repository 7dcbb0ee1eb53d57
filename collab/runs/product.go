package runs

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/corust-dev/corust/collab/wire"
)

// Bounds of a run's products and tests. Products and tests above them are not kept:
// products are announced as dropped, tests are left out.
const (
	maxProducts     = 16
	maxProductBytes = 8 << 20 // of all products, compressed
	maxTests        = 2048
	maxTestBytes    = 256 << 10 // JSON of all tests
)

// Product is a product with its content.
type Product struct {
	wire.Product
	// Gzip is the content, compressed. It is nil if the product is dropped, or if only the
	// record of the run has it. It is not changed once set.
	Gzip []byte
}

// Pack compresses the content of a product and sets its size.
func Pack(p wire.Product, data []byte) (Product, error) {
	p.Size, p.Dropped = int64(len(data)), false
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return Product{}, fmt.Errorf("compress product %q: %w", p.Name, err)
	}
	return Product{p, b.Bytes()}, nil
}

// Open returns a reader of the content as it was before Pack.
func (p Product) Open() (io.Reader, error) { return gzip.NewReader(bytes.NewReader(p.Gzip)) }

// Product keeps a product, and returns the message that announces it.
func (s *State) Product(p Product) wire.ServerMessage {
	if len(s.products) == maxProducts || slices.ContainsFunc(s.products, func(q Product) bool { return q.Name == p.Name }) {
		return nil
	}
	if s.productsBytes+len(p.Gzip) > maxProductBytes {
		p.Dropped, p.Gzip = true, nil
	}
	s.productsBytes += len(p.Gzip)
	s.products = append(s.products, p)
	return &wire.RunProduct{Run: s.started.Run, Product: p.Product}
}

// Test keeps the result of a test, and returns the message that announces it.
func (s *State) Test(t wire.Test) wire.ServerMessage {
	data, err := json.Marshal(t)
	if err != nil || len(s.tests) == maxTests || s.testsBytes+len(data) > maxTestBytes {
		return nil
	}
	s.testsBytes += len(data)
	s.tests = append(s.tests, t)
	return &wire.RunTest{Run: s.started.Run, Test: t}
}

// Products returns the products of the run with the id, nil if it is another run.
func (s *State) Products(id string) []Product {
	if s == nil || s.started.Run != id {
		return nil
	}
	return slices.Clip(s.products)
}

// Size returns the bytes that the state's products take.
func (s *State) Size() int {
	if s == nil {
		return 0
	}
	return s.productsBytes
}

// described returns the products without their content.
func described(list []Product) []wire.Product {
	var out []wire.Product
	for _, p := range list {
		out = append(out, p.Product)
	}
	return out
}

// recalled returns products whose content only the record of the run has.
func recalled(list []wire.Product) []Product {
	var out []Product
	for _, p := range list {
		out = append(out, Product{Product: p})
	}
	return out
}
