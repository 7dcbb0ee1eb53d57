package server

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/corust-dev/corust/collab/wire"
)

// tokenBytes is the size of a token: 128 bits cannot be guessed.
const tokenBytes = 16

// encoding writes tokens in lower case letters and digits that survive being
// read aloud, copied and typed.
var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

var tokenLen = encoding.EncodedLen(tokenBytes)

// An editToken is the secret in the edit link. The session's id, which the read-only
// link and the store hold, is a hash of it: neither a viewer nor a reader of a back-up
// can find the edit link.
type editToken string

func newEditToken() editToken {
	var b [tokenBytes]byte
	rand.Read(b[:]) // never fails
	return editToken(encoding.EncodeToString(b[:]))
}

// session is the id of the session that the token lets edit.
func (t editToken) session() wire.SessionID {
	sum := sha256.Sum256([]byte("corust session\x00" + t))
	return wire.SessionID(encoding.EncodeToString(sum[:tokenBytes]))
}

// validToken reports whether s has the form of a token or an id.
func validToken(s string) bool {
	if len(s) != tokenLen {
		return false
	}
	_, err := encoding.DecodeString(s)
	return err == nil && s == strings.ToLower(s)
}
