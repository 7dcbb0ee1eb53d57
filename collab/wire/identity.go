package wire

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// Key is a secret of 128 random bits, in 32 lower case hexadecimal digits: of
// one editor instance, or of a person, for all instances of theirs. It goes from
// the editor to the server and nowhere else; the others know its hash, the
// [ClientID], and cannot say hello with that.
type Key string

// NewKey makes a key.
func NewKey() Key {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return Key(hex.EncodeToString(b[:]))
}

// check refuses what NewKey cannot have made.
func (k Key) check() error {
	if len(k) != 32 {
		return fmt.Errorf("key of %d bytes: %w", len(k), ErrMalformed)
	}
	for _, c := range []byte(k) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return fmt.Errorf("a key of other than hexadecimal digits: %w", ErrMalformed)
		}
	}
	return nil
}

// Bytes of the hashes in an id. Whoever wants to be somebody else has to find
// another key with the same 96 bits; those of the person are for telling people
// apart, and decide nothing.
const (
	personHash   = 6
	instanceHash = 12
)

// ClientOf is the public id of the editor instance with a key, of the person
// with another; without that one, each instance counts as a person. It has the
// form "person.instance". It depends on nothing else: after a restart, an
// instance is who it was.
func ClientOf(key, person Key) ClientID {
	if person == "" {
		person = key
	}
	return ClientID(hashed("person", person, personHash) + "." + hashed("client", key, instanceHash))
}

func hashed(what string, key Key, n int) string {
	sum := sha256.Sum256([]byte("corust " + what + "\x00" + string(key)))
	return base64.RawURLEncoding.EncodeToString(sum[:n])
}

// ClientID gives the public id of the client that says hello.
func (h *Hello) ClientID() ClientID { return ClientOf(h.Key, h.Person) }

// NewToolID makes an id for a tool that acts on a session without being a member. Its
// form is "api.instance", which no ClientOf gives.
func NewToolID() ClientID {
	return ClientID("api." + hashed("client", NewKey(), instanceHash))
}
