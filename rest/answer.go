package rest

import (
	"slices"
	"unicode/utf8"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/events"
)

// Answer is the answer to a run as one JSON object. Its members have the meaning that
// they have in events.
type Answer struct {
	Result *runner.Result `json:"result"`
	Exit   int            `json:"exit"`
	// Backend is what the program ran in.
	Backend string `json:"backend"`
	// Compile and Run are what the two stages wrote, absent if the stage did not run.
	Compile     *Output              `json:"compile,omitempty"`
	Run         *Output              `json:"run,omitempty"`
	Products    []Product            `json:"products,omitempty"`
	Diagnostics []*runner.Diagnostic `json:"diagnostics,omitempty"`
	Tests       []*runner.Test       `json:"tests,omitempty"`
	Warnings    []string             `json:"warnings,omitempty"`
}

// Output is what a stage wrote to its streams.
type Output struct {
	Stdout Bytes `json:"stdout"`
	Stderr Bytes `json:"stderr"`
}

// Product is a result of an action that is more than output, such as a view.
type Product struct {
	Name string `json:"name"`
	// MediaType is that of the bytes.
	MediaType string `json:"media_type"`
	Bytes
}

// Bytes are any bytes: Text if they are UTF-8, otherwise Base64.
type Bytes struct {
	Text   string `json:"text,omitempty"`
	Base64 []byte `json:"base64,omitempty"`
}

func bytesOf(data []byte) Bytes {
	if utf8.Valid(data) {
		return Bytes{Text: string(data)}
	}
	return Bytes{Base64: data}
}

// collector makes an Answer from the events of a run.
type collector struct {
	answer  Answer
	streams map[runner.StageName]*streams

	products []*product
}

type streams struct{ stdout, stderr []byte }

type product struct {
	*runner.Product
	data []byte
}

func newCollector() *collector {
	return &collector{streams: map[runner.StageName]*streams{}}
}

func (c *collector) event(e runner.Event) {
	switch e.Kind {
	case runner.KindStageStart:
		if c.streams[e.Stage] == nil {
			c.streams[e.Stage] = &streams{}
		}
	case runner.KindStdout:
		c.streams[e.Stage].stdout = append(c.streams[e.Stage].stdout, e.Data...)
	case runner.KindStderr:
		c.streams[e.Stage].stderr = append(c.streams[e.Stage].stderr, e.Data...)
	case runner.KindProduct:
		i := slices.IndexFunc(c.products, func(p *product) bool { return p.Name == e.Product.Name })
		if i < 0 {
			i = len(c.products)
			c.products = append(c.products, &product{Product: e.Product})
		}
		c.products[i].data = append(c.products[i].data, e.Data...)
	case runner.KindDiagnostic:
		c.answer.Diagnostics = append(c.answer.Diagnostics, e.Diagnostic)
	case runner.KindTest:
		c.answer.Tests = append(c.answer.Tests, e.Test)
	case runner.KindWarning:
		c.answer.Warnings = append(c.answer.Warnings, e.Warning)
	}
}

// end returns the answer for the last event of the run.
func (c *collector) end(last events.Event) Answer {
	a := c.answer
	a.Result, a.Exit, a.Backend = last.Result, *last.Exit, last.Backend
	output := func(stage runner.StageName) *Output {
		s := c.streams[stage]
		if s == nil {
			return nil
		}
		return &Output{bytesOf(s.stdout), bytesOf(s.stderr)}
	}
	a.Compile, a.Run = output(runner.StageCompile), output(runner.StageRun)
	for _, p := range c.products {
		a.Products = append(a.Products, Product{Name: p.Name, MediaType: p.MediaType, Bytes: bytesOf(p.data)})
	}
	return a
}
