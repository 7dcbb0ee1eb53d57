package authority_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

func TestHostileSettings(t *testing.T) {
	t.Parallel()
	many, long := wire.Settings{}, wire.Settings{}
	for i := range 33 {
		many[fmt.Sprint("s", i)] = "x"
	}
	for i := range 3 {
		long[fmt.Sprint("s", i)] = strings.Repeat("v", 4096)
	}
	for name, c := range map[string]struct {
		change wire.Settings
		want   wire.Code
	}{
		"no name":        {wire.Settings{"": "x"}, wire.CodeMalformed},
		"a long name":    {wire.Settings{strings.Repeat("n", 33): "x"}, wire.CodeTooLarge},
		"a long value":   {wire.Settings{"n": strings.Repeat("v", 4097)}, wire.CodeTooLarge},
		"long values":    {long, wire.CodeTooLarge},
		"a return":       {wire.Settings{"n": "a\rb"}, wire.CodeMalformed},
		"an escape":      {wire.Settings{"n": "\x1b[0m"}, wire.CodeMalformed},
		"a C1 control":   {wire.Settings{"n": "\u0085"}, wire.CodeMalformed},
		"not UTF-8":      {wire.Settings{"n": "\xff"}, wire.CodeMalformed},
		"a strange name": {wire.Settings{"a b": ""}, wire.CodeMalformed},
		"half of it":     {wire.Settings{"good": "x", "n": "\x00"}, wire.CodeMalformed},
		"too many":       {many, wire.CodeTooLarge},
	} {
		a, _ := running(t)
		if err := a.Receive(1, &wire.SettingsMsg{Settings: wire.Settings{"mode": "debug"}}); err != nil {
			t.Fatal(err)
		}
		a.Deliveries()
		err := a.Receive(1, &wire.SettingsMsg{Settings: c.change})
		if wire.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if _, unsaved := a.Unsaved(); unsaved || !maps.Equal(a.Settings(), wire.Settings{"mode": "debug"}) {
			t.Errorf("%s: the settings are %v", name, a.Settings())
		}
		for _, d := range a.Deliveries() {
			if _, ok := d.Frame.Message.(*wire.Error); !ok || d.To != 1 {
				t.Errorf("%s: %d receives %T", name, d.To, d.Frame.Message)
			}
		}
	}
	for _, data := range []string{`{"n":1}`, `[]`, `{"<":"n"}`, `{`} {
		if s, err := wire.DecodeSettings([]byte(data)); err == nil {
			t.Errorf("%s is read as %v", data, s)
		}
	}
}
