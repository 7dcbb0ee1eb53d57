package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

// A name that others see may not hide, reorder or break what stands around it.
func TestNamesWithoutControlOrDirection(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"": true, "Ada Lovelace": true, "李 雷": true, "عائشة": true, "نمی\u200cدانم": true, "👩\u200d💻 Eve": true, "👍🏽": true, "❤️": true, "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": true, "é́": true, "O'Hara <3": true,
		"\u202eevil": false, "a\u2066b": false, "\u200f": false, "\u061c": false, "a\x00": false, "\x1b[31m": false, "a\nb": false, "a\tb": false, "\u2028": false, "\u2029": false,
		"\u200b": false, "\ufeff": false, "\u00ad": false, "\u0085": false, "\x7f": false, "\U000e0001": false,
	} {
		quoted, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = wire.DecodeClient([]byte(`{"type":"hello","protocol":5,"key":"`+key+`","name":`+string(quoted)+`}`), wire.Limits{})
		if good && err != nil || !good && (!errors.Is(err, wire.ErrMalformed) || !strings.Contains(err.Error(), "U+")) {
			t.Errorf("name %q: %v", name, err)
		}
	}
}
