package wire

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// The server sends a message longer than [PartSize] in parts, each a separate WebSocket
// text message. The first byte is [MorePart], or [LastPart] for the last; the rest is a
// piece of the message. Browsers deliver only whole messages to a page, so parts let the
// page notice that data arrives on a slow line. Messages of the server itself, such as
// pings, may come between the parts.
const (
	PartSize = 16 << 10 // bytes
	MorePart = '+'
	LastPart = '='
)

// CutPart cuts the first part, of at most PartSize bytes, off the rest of a message. It
// cuts between characters.
func CutPart(message []byte) (part, rest []byte) {
	if len(message) <= PartSize {
		return message, nil
	}
	n := PartSize
	for n > PartSize-utf8.UTFMax && !utf8.RuneStart(message[n]) {
		n--
	}
	return message[:n], message[n:]
}

// Joiner joins the parts of messages received over a WebSocket. The zero value is ready
// to use. Its methods must not be called concurrently.
type Joiner struct {
	held []byte
}

// maxJoined is the most bytes that a Joiner holds. A welcome with the longest text and
// history that servers accept is much shorter.
const maxJoined = 256 << 20

// Add adds a received frame. It returns the message once it is complete, and nil before
// that. The message may share memory with frame.
func (j *Joiner) Add(frame []byte) (message []byte, err error) {
	if len(frame) == 0 || frame[0] != MorePart && frame[0] != LastPart {
		return frame, nil
	}
	if len(j.held)+len(frame) > maxJoined {
		return nil, fmt.Errorf("message of more than %d bytes: %w", maxJoined, ErrTooLarge)
	}
	j.held = append(j.held, frame[1:]...)
	if frame[0] == MorePart {
		return nil, nil
	}
	message, j.held = j.held, nil
	if len(message) == 0 {
		return nil, errors.New("a message without content")
	}
	return message, nil
}
