package rustc

import (
	"bytes"

	"github.com/corust-dev/corust/runner"
)

// Messages is the standard error of a compiler that was asked for JSON: a message
// is a line, an object whose member "rendered" is what the compiler would have
// printed for people.
//
// The bytes that come out of its decoder are those that the same compiler prints
// without the flag. Lines that are no messages, which macros, linkers and a
// crashing compiler print, come out as they are; so does a message that cannot be
// read, or that is longer than two megabytes. One that the stream ends in was never
// printed and is left out.
type Messages struct {
	// Main is the file that is compiled, Source what is in it.
	Main   string
	Source []byte
	// Files are the files of the request.
	Files []runner.File
}

// Decode begins to read one stream, as runner.Planner says of decoders.
func (m Messages) Decode(text func([]byte), found func(*runner.Diagnostic)) runner.Decoder {
	return &decoder{text: text, found: found, read: newReader(m)}
}

// maxMessage bounds what a decoder holds. A message repeats the source lines that
// it is about, once for each place in them, so this is several times the length of
// a line.
const maxMessage = 2 << 20

// markers begin a message: those of today's compilers, and those of before 1.73.
var markers = [][]byte{[]byte(`{"$message_type":"diagnostic",`), []byte(`{"message":"`)}

// decoder finds the messages in a stream. A message begins anywhere in a line,
// since what a macro prints before it need not end its own, and ends it.
type decoder struct {
	text  func([]byte)
	found func(*runner.Diagnostic)
	read  reader
	// held is a message without its end if inside, otherwise what may turn out to
	// be the beginning of one.
	held   []byte
	inside bool
}

// Write implements runner.Decoder.
func (d *decoder) Write(data []byte) {
	if len(d.held) > 0 && !d.inside {
		data = append(d.held, data...)
		d.held = nil
	}
	for len(data) > 0 {
		if !d.inside {
			data = d.begin(data)
			continue
		}
		room := maxMessage - len(d.held)
		switch end := bytes.IndexByte(data[:min(len(data), room+1)], '\n'); {
		case end >= 0:
			d.held = append(d.held, data[:end]...)
			data = data[end+1:]
			d.message()
		case len(data) > room:
			d.held = append(d.held, data[:room]...)
			data = data[room:]
			d.giveUp()
		default:
			d.held = append(d.held, data...)
			data = nil
		}
	}
}

// begin passes on what stands before the next message, and returns the rest.
func (d *decoder) begin(data []byte) []byte {
	at, whole := findMessage(data)
	if at > 0 {
		d.text(data[:at])
	}
	if d.inside = whole; whole {
		return data[at:]
	}
	d.held = bytes.Clone(data[at:])
	return nil
}

// findMessage finds where the first message begins in data. If it is not whole,
// data ends with what may be the beginning of a marker, or at has its length.
func findMessage(data []byte) (at int, whole bool) {
	for {
		n := bytes.IndexByte(data[at:], '{')
		if n < 0 {
			return len(data), false
		}
		at += n
		for _, m := range markers {
			if bytes.HasPrefix(data[at:], m) {
				return at, true
			}
			if bytes.HasPrefix(m, data[at:]) {
				return at, false
			}
		}
		at++
	}
}

// message reads the line that is held.
func (d *decoder) message() {
	if !d.show() {
		d.held = append(d.held, '\n')
		d.giveUp()
		return
	}
	d.held, d.inside = d.held[:0], false
}

// show hands over what is held, if it is a message.
func (d *decoder) show() bool {
	rendered, diagnostic, ok := d.read.message(d.held)
	if rendered != "" {
		d.text([]byte(rendered))
	}
	if diagnostic != nil {
		d.found(diagnostic)
	}
	return ok
}

// giveUp passes on what is held as it is.
func (d *decoder) giveUp() {
	if len(d.held) > 0 {
		d.text(d.held)
	}
	d.held, d.inside = nil, false
}

// Close implements runner.Decoder.
func (d *decoder) Close() {
	if d.inside {
		d.show()
		d.held = nil
	}
	d.giveUp()
}
