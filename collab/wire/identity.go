package wire

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// Key is a secret of 128 random bits, in 32 lower case hexadecimal digits. It belongs
// to one editor instance, or to a person and all of that person's instances. The editor
// sends it to the server only. Other members see its hash, the [ClientID], with which
// they cannot join.
type Key string

// NewKey returns a random key.
func NewKey() Key {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return Key(hex.EncodeToString(b[:]))
}

// check returns an error if NewKey cannot have made k.
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

// Bytes of the hashes in an id. To impersonate an instance, an attacker has to find
// another key with the same 96 bits. The person's hash only tells people apart and
// grants nothing.
const (
	personHash   = 6
	instanceHash = 12
)

// ClientOf returns the public id of the editor instance with the given key and of the
// person with the given key, in the form "person.instance". If person is empty, each
// instance counts as a person. The id depends on the keys alone, so it is the same
// after a restart.
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

// ClientID returns the public id of the client that sends the hello.
func (h *Hello) ClientID() ClientID { return ClientOf(h.Key, h.Person) }

// NewToolID returns an id for a tool that acts on a session without being a member, in
// the form "api.instance", which ClientOf never returns.
func NewToolID() ClientID {
	return ClientID("api." + hashed("client", NewKey(), instanceHash))
}
