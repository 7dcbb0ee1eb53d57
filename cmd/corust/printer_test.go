package main

import "testing"

func TestColors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env      map[string]string
		terminal bool
		want     bool
	}{
		{map[string]string{"TERM": "xterm"}, true, true},
		{map[string]string{"TERM": "xterm"}, false, false},
		{map[string]string{"TERM": "dumb"}, true, false},
		{nil, true, false}, // no terminal without a name
		{map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, true, false},
		{map[string]string{"TERM": "xterm", "NO_COLOR": ""}, true, true},
		{map[string]string{"CLICOLOR_FORCE": "1"}, false, true},
		{map[string]string{"TERM": "dumb", "CLICOLOR_FORCE": "1"}, true, true},
		{map[string]string{"CLICOLOR_FORCE": "0"}, false, false},
		{map[string]string{"TERM": "xterm", "CLICOLOR_FORCE": "0"}, true, true},
		{map[string]string{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, true, false},
		{map[string]string{"TERM": "xterm", "CLICOLOR": "0"}, true, false},
		{map[string]string{"TERM": "xterm", "CLICOLOR": "1"}, false, false},
		{map[string]string{"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, false, true},
	} {
		if got := colors(func(name string) string { return tt.env[name] }, tt.terminal); got != tt.want {
			t.Errorf("%v, terminal %t: %t", tt.env, tt.terminal, got)
		}
	}
}
