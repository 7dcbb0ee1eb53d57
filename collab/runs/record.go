package runs

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/corust-dev/corust/collab/wire"
)

// about is what a record holds of a run beside the columns of the store. Lists have it.
type about struct {
	Name     string          `json:"name,omitempty"`
	Options  keptOptions     `json:"options,omitzero"`
	Stage    wire.Stage      `json:"stage,omitempty"`
	Position int             `json:"position,omitempty"`
	Stopped  wire.ClientID   `json:"stopped,omitempty"`
	Detail   *wire.RunDetail `json:"detail,omitempty"`
}

// keptOptions are read as far as they are known: a record of another version of corust
// may have more.
type keptOptions wire.RunOptions

// output is what the program and the compiler printed. It may be large, and lists do
// not have it.
type output struct {
	Output      []*wire.RunOutput    `json:"output,omitempty"`
	Diagnostics *wire.RunDiagnostics `json:"diagnostics,omitempty"`
	Products    []keptProduct        `json:"products,omitempty"`
	Tests       []wire.Test          `json:"tests,omitempty"`
}

// keptProduct is a product with its compressed content.
type keptProduct struct {
	wire.Product
	Gzip []byte `json:"gzip,omitempty"`
}

// Bounds of a record: the bytes of output, of which it has the tail, and of the content
// of all products, compressed. 5 MB of assembly take about 500 KB.
const (
	maxRecord         = 64 << 10
	maxRecordProducts = 768 << 10
)

// Encode gives the parts of a record that the store does not interpret: what lists of
// runs show; and the tail of the output with the diagnostics, the tests, and the products
// that fit. products are those of the state with their content.
func Encode(st *wire.RunState, products []Product) (aboutData, outputData []byte, err error) {
	var kept []keptProduct
	room := maxRecordProducts
	for _, p := range products {
		if len(p.Gzip) > room {
			p.Dropped, p.Gzip = true, nil
		}
		room -= len(p.Gzip)
		kept = append(kept, keptProduct(p))
	}
	aboutData, err1 := json.Marshal(about{st.Name, keptOptions(st.Options), st.Stage, st.Position, st.Stopped, st.Detail})
	outputData, err2 := json.Marshal(output{tail(st.Output, maxRecord), st.Diagnostics, kept, st.Tests})
	if err := errors.Join(err1, err2); err != nil {
		return nil, nil, fmt.Errorf("record of run %s: %w", st.Run, err)
	}
	return aboutData, outputData, nil
}

// Decode reads what Encode wrote into st. It leaves out what cannot be read.
func Decode(st *wire.RunState, aboutData, outputData []byte) {
	var a about
	var out output
	_ = json.Unmarshal(aboutData, &a)
	_ = json.Unmarshal(outputData, &out)
	st.Name, st.Options, st.Stage, st.Position = a.Name, wire.RunOptions(a.Options), a.Stage, a.Position
	st.Stopped, st.Detail = a.Stopped, a.Detail
	st.Output, st.Diagnostics, st.Tests = out.Output, out.Diagnostics, out.Tests
	for _, p := range out.Products {
		st.Products = append(st.Products, p.Product)
	}
}

// DecodeProducts reads the products that Encode wrote, with their content. It leaves out
// what cannot be read.
func DecodeProducts(outputData []byte) []Product {
	var out output
	_ = json.Unmarshal(outputData, &out)
	var products []Product
	for _, p := range out.Products {
		products = append(products, Product(p))
	}
	return products
}

// tail gives the end of the output, at most so many bytes of it.
func tail(pieces []*wire.RunOutput, most int) []*wire.RunOutput {
	n := len(pieces)
	for n > 0 && len(pieces[n-1].Data) <= most {
		n--
		most -= len(pieces[n].Data)
	}
	if n == 0 || most == 0 {
		return pieces[n:]
	}
	cut := *pieces[n-1]
	cut.Offset += int64(len(cut.Data) - most)
	cut.Data = cut.Data[len(cut.Data)-most:]
	return append([]*wire.RunOutput{&cut}, pieces[n:]...)
}
