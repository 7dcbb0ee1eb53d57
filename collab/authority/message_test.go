package authority_test

import (
	"github.com/corust-dev/corust/collab/files"
	"reflect"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/wire"
)

// A message that is added to the protocol has to be handled by the session, too.
func TestEveryMessageIsHandled(t *testing.T) {
	t.Parallel()
	for _, k := range wire.ClientKinds() {
		a := authority.New(authority.NewDocument("e", files.Main(text(t, "fn main() {}")), wire.Limits{}))
		join(t, a, 1, "k")
		err := a.Receive(1, reflect.New(k.Type).Interface().(wire.ClientMessage))
		if err != nil && strings.Contains(err.Error(), "takes no") {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
}
