package runner

import (
	"bytes"
	"fmt"

	"github.com/corust-dev/corust/internal/runes"
)

// Product is a result of an action that is not output of its tools, such as formatted
// source or assembly. The runner emits it in events of KindProduct.
type Product struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	// Text is set if the product is UTF-8 whenever the source is.
	Text bool `json:"text,omitempty"`
	// Cap is the most bytes of the product. A step that writes more ends with
	// VerdictOutput, unless Cut is set; Limits.Output then applies if it is higher.
	Cap int64 `json:"cap_bytes"`
	// Cut is set if the beginning of a product that is too long is useful. The runner
	// then emits at most Cap bytes, up to the end of a line, and a KindWarning, and the
	// run goes on. The step must stop after Cap+1 bytes by itself, as head -c does.
	Cut bool `json:"cut,omitempty"`
}

// stdoutLimit returns the most bytes that the step may write to standard output, where
// output is Limits.Output. A product has a separate cap.
func (s Step) stdoutLimit(output int64) int64 {
	switch {
	case s.Product.Name == "":
		return output
	case s.Product.Cut:
		return s.Product.Cap + 1 // the last byte tells that there are more
	}
	return max(output, s.Product.Cap)
}

// cutter passes on the first bytes of a product that may be cut. It holds back the
// line that has not ended.
type cutter struct {
	left int64 // bytes left of the cap
	held []byte
	some bool // bytes were passed on
	over bool // the product is longer than the cap
}

// add takes the next bytes and returns those to pass on.
func (c *cutter) add(data []byte) []byte {
	n := min(c.left, int64(len(data)))
	c.left -= n
	c.over = c.over || n < int64(len(data))
	data = data[:n]
	end := bytes.LastIndexByte(data, '\n') + 1
	if end == 0 {
		c.held = append(c.held, data...)
		return nil
	}
	whole := append(c.held, data[:end]...)
	c.held = bytes.Clone(data[end:])
	c.some = true
	return whole
}

// rest returns the bytes to pass on at the end. A product of one line that is too long
// is cut between two characters.
func (c *cutter) rest() []byte {
	switch {
	case !c.over:
		return c.held
	case c.some:
		return nil
	}
	return c.held[:runes.Whole(c.held)]
}

// product emits the next bytes of the step's product.
func (u *run) product(step *Step, data []byte) {
	if step.Product.Cut {
		data = u.cut.add(data)
	}
	u.putProduct(step, data)
}

func (u *run) putProduct(step *Step, data []byte) {
	if len(data) > 0 {
		u.out.put(Event{Kind: KindProduct, Stage: step.Stage, Data: data, Product: &step.Product})
	}
}

// closeProduct emits the rest of the step's product.
func (u *run) closeProduct(step *Step) {
	if !step.Product.Cut {
		return
	}
	u.putProduct(step, u.cut.rest())
	if u.cut.over {
		text := fmt.Sprintf("%s is longer than %s and was cut", step.Product.Name, UnitBytes.Format(Amount(step.Product.Cap)))
		u.out.put(Event{Kind: KindWarning, Stage: step.Stage, Warning: text, Product: &step.Product})
	}
}
