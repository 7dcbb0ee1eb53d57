package rustc

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/corust-dev/corust/runner"
)

// profileKey is a key of a profile that sets an option of -C. Its values are those of the
// option's row in the table of flags.
type profileKey struct {
	key, option string
	// booleans are the values of false and true, numbers and texts are set if values may
	// be of that kind. An empty value is that of the mode.
	booleans       map[bool]string
	numbers, texts bool
}

var (
	yesNo       = map[bool]string{true: "yes", false: "no"}
	profileKeys = []profileKey{
		{key: "opt-level", option: "opt-level", numbers: true, texts: true},
		{key: "debug", option: "debuginfo", booleans: map[bool]string{true: "2", false: "0"}, numbers: true, texts: true},
		{key: "debug-assertions", option: "debug-assertions", booleans: yesNo},
		{key: "overflow-checks", option: "overflow-checks", booleans: yesNo},
		{key: "panic", option: "panic", texts: true},
		{key: "lto", option: "lto", booleans: map[bool]string{true: "fat", false: ""}, texts: true},
		{key: "codegen-units", option: "codegen-units", numbers: true},
		{key: "strip", option: "strip", booleans: map[bool]string{true: "symbols", false: "none"}, texts: true},
	}
)

// profile is what a profile sets: values of -C by option.
type profile map[string]string

// read returns the option's value for a value of the key.
func (k profileKey) read(value any) (string, error) {
	text, ok := "", false
	switch v := value.(type) {
	case bool:
		if text, ok = k.booleans[v]; ok {
			return text, nil
		}
	case int64:
		text, ok = strconv.FormatInt(v, 10), k.numbers
	case string:
		text, ok = v, k.texts
	}
	row := flags[slices.IndexFunc(flags, func(f Flag) bool { return f.codegen() == k.option })]
	if ok {
		text, ok = row.read(text)
	}
	switch want := row.want(); {
	case ok:
		return text, nil
	case k.booleans != nil && !k.texts:
		return "", fmt.Errorf("invalid value %.80q (want true or false)", fmt.Sprint(value))
	case k.booleans != nil:
		return "", fmt.Errorf("invalid value %.80q (want true, false or %s)", fmt.Sprint(value), want)
	default:
		return "", fmt.Errorf("invalid value %.80q (want %s)", fmt.Sprint(value), want)
	}
}

// profiles takes the profiles that a mode chooses out of [profile]. A run cannot choose
// others.
func (r *manifestReader) profiles() map[string]profile {
	all := r.table("profile")
	if all["debug"] != nil {
		r.fail("profile.debug is a reserved name (want profile.dev)")
	}
	profiles := map[string]profile{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		table, ok := all[name].(map[string]any)
		switch {
		case !ok:
			r.fail("profile: %.80q is not a table", name)
		case name == "bench", table["inherits"] != nil && !slices.Contains(modeProfiles, name):
			delete(all, name)
		case table["inherits"] != nil:
			r.fail("profile.%s.inherits is not allowed: only profiles with other names inherit from one", name)
		case slices.Contains(modeProfiles, name):
			profiles[name] = r.profile(name, table)
		}
	}
	return profiles
}

// modeProfiles are the profiles that a run can have.
var modeProfiles = []string{"dev", "release", "test"}

func (r *manifestReader) profile(name string, table map[string]any) profile {
	p := profile{}
	for _, k := range profileKeys {
		value, ok := table[k.key]
		if !ok {
			continue
		}
		text, err := k.read(value)
		if err != nil {
			r.fail("profile.%s.%s: %w", name, k.key, err)
		}
		if name == "test" && k.key == "panic" {
			continue // tests unwind
		}
		delete(table, k.key)
		p[k.option] = text
	}
	return p
}

// codegen returns the options of -C of the profile that cargo takes for an action: test
// on top of dev for tests in debug mode, otherwise dev or release by the mode. An action
// keeps the options that it can follow.
func (m *Manifest) codegen(action runner.Action, mode runner.Mode) settings {
	if m == nil {
		return nil
	}
	debug := mode == runner.ModeDebug || action == runner.ActionMiri
	list := []profile{m.profiles["release"]}
	if debug {
		list = []profile{m.profiles["dev"]}
	}
	if debug && action == runner.ActionTest {
		list = append(list, m.profiles["test"])
	}
	var s settings
	for _, k := range profileKeys {
		for _, p := range list {
			switch value, ok := p[k.option]; {
			case ok && value == "":
				s.remove(k.option)
			case ok:
				s.set(k.option, value)
			}
		}
	}
	s = s.withChecks(debug)
	switch action {
	case runner.ActionRun:
	case runner.ActionTest:
		s.remove("panic") // a test that fails has to unwind
	case runner.ActionMiri: // which interprets code that is not optimised
		for _, option := range []string{"opt-level", "debuginfo", "lto", "codegen-units", "strip"} {
			s.remove(option)
		}
	default:
		s.remove("lto") // they link nothing
	}
	return s
}

// withChecks makes a profile's checks those of cargo. The compiler's depend on the level of
// optimisation and on each other, cargo's are on in debug mode and off in release mode.
func (s settings) withChecks(debug bool) settings {
	level, implied := s.get("opt-level"), yesNo[debug]
	asserts, overflow := s.get("debug-assertions"), s.get("overflow-checks")
	if level != "" {
		implied = yesNo[level == "0"]
	}
	if asserts == "" {
		asserts = yesNo[debug]
	}
	if overflow == "" {
		overflow = yesNo[debug]
	}
	s.remove("debug-assertions")
	s.remove("overflow-checks")
	if asserts != implied {
		s.set("debug-assertions", asserts)
	}
	if overflow != asserts {
		s.set("overflow-checks", overflow)
	}
	return s
}
