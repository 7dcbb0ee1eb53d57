package wire

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// A message of a session that is longer than [PartSize] goes over a WebSocket in
// parts, each a text message of its own: its first byte is [MorePart], or [LastPart]
// for the last, and what follows is a piece of the message. A browser tells a page of
// whole messages only; so on a slow line, bytes that arrive are seen to arrive. What
// the server says by itself, as a ping, may stand between the parts of a message.
const (
	PartSize = 16 << 10 // bytes
	MorePart = '+'
	LastPart = '='
)

// CutPart takes the first part, of at most PartSize bytes, off what is left of a
// message. It cuts between characters.
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

// Joiner puts messages together from what comes over a WebSocket. The zero value is
// ready. It belongs to one goroutine.
type Joiner struct {
	held []byte
}

// maxJoined bounds what a Joiner holds, in bytes. A welcome with the longest text and
// history that servers accept is much shorter.
const maxJoined = 256 << 20

// Add takes what came. It gives a message when one is whole, and nil otherwise. The
// message may be a part of frame.
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
