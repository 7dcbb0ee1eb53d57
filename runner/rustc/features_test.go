package rustc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/test/testbudget"
)

func TestFeatures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ doc, all, on, fault string }{
		"none":                       {"", "", "", ""},
		"no default":                 {"[features]\na = []\n", "a", "", ""},
		"default":                    {"[features]\ndefault = [\"a\"]\na = []\nb = []\n", "a b default", "a default", ""},
		"a chain":                    {"[features]\ndefault = [\"a\"]\na = [\"b\"]\nb = [\"c\"]\nc = []\nd = []\n", "a b c d default", "a b c default", ""},
		"a cycle":                    {"[features]\ndefault = [\"a\"]\na = [\"b\"]\nb = [\"a\", \"default\"]\n", "a b default", "a b default", ""},
		"twice":                      {"[features]\ndefault = [\"a\", \"a\"]\na = []\n", "a default", "a default", ""},
		"odd names":                  {"[features]\ndefault = [\"c++11\", \"1.x\", \"é_\"]\n\"c++11\" = []\n\"1.x\" = []\n\"é_\" = []\n", "1.x c++11 default é_", "1.x c++11 default é_", ""},
		"an optional dependency":     {"[features]\ndefault = [\"log\"]\n[dependencies]\nlog = { version = \"1\", optional = true }\n", "default log", "default log", ""},
		"one that is off":            {"[dependencies]\nlog = { version = \"1\", optional = true }\n", "log", "", ""},
		"dep":                        {"[features]\ndefault = [\"dep:log\"]\n[dependencies]\nlog = { version = \"1\", optional = true }\n", "default", "default", ""},
		"a feature of a dependency":  {"[features]\ndefault = [\"log/std\"]\n[dependencies]\nlog = { version = \"1\", optional = true }\n", "default log", "default log", ""},
		"one and dep":                {"[features]\ndefault = [\"log/std\", \"dep:log\"]\n[dependencies]\nlog = { version = \"1\", optional = true }\n", "default", "default", ""},
		"a weak one":                 {"[features]\ndefault = [\"log?/std\"]\n[dependencies]\nlog = { version = \"1\", optional = true }\n", "default log", "default", ""},
		"of a target's dependency":   {"[features]\ndefault = [\"dep:log\"]\n[target.'cfg(unix)'.dependencies]\nlog = { version = \"1\", optional = true }\n", "default", "default", ""},
		"of a dependency for tests":  {"[features]\ndefault = [\"log/std\"]\n[dev-dependencies]\nlog = \"1\"\n", "default", "default", ""},
		"an unknown name":            {"[features]\na = [\"b\"]\n", "", "", `features.a: "b" is not a feature or an optional dependency`},
		"an unknown dependency":      {"[features]\na = [\"b/c\"]\n", "", "", `"b/c" names a dependency that does not exist`},
		"dep of none":                {"[features]\na = [\"dep:b\"]\n", "", "", `"dep:b" names a dependency that does not exist`},
		"dep of one always there":    {"[features]\na = [\"dep:log\"]\n[dependencies]\nlog = \"1\"\n", "", "", `"dep:log" names a dependency that is not optional`},
		"weak of one always there":   {"[features]\na = [\"log?/std\"]\n[dependencies]\nlog = \"1\"\n", "", "", "not optional"},
		"a hidden dependency's name": {"[features]\na = [\"dep:log\"]\nb = [\"log\"]\n[dependencies]\nlog = { version = \"1\", optional = true }\n", "", "", `"log" is an optional dependency (want "dep:log")`},
		"a feature without a name":   {"[features]\na = [\"log/\"]\n[dependencies]\nlog = \"1\"\n", "", "", "names no feature"},
		"itself":                     {"[features]\na = [\"a\"]\n", "", "", `features.a: "a" is the feature itself`},
		"a hostile name":             {"[features]\n'a\")) --x' = []\n", "", "", "features: invalid name"},
		"an empty name":              {"[features]\n\"\" = []\n", "", "", "features: invalid name"},
		"not a list":                 {"[features]\na = 1\n", "", "", `features: "a" is not a list of strings`},
		"not strings":                {"[features]\na = [1]\n", "", "", "features.a is not a list of strings"},
		"not a table":                {"features = 1\n", "", "", "features is not a table"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := ParseManifest([]byte(tt.doc))
			if tt.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fault) {
					t.Errorf("error %v, want %q", err, tt.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if all, on := strings.Join(m.Features, " "), strings.Join(m.Enabled, " "); all != tt.all || on != tt.on {
				t.Errorf("features %q, on %q; want %q, %q", all, on, tt.all, tt.on)
			}
			for _, key := range m.Ignored {
				if strings.HasPrefix(key, "features") {
					t.Errorf("ignored %q", key)
				}
			}
		})
	}
}

func TestFeaturesChangeDependencies(t *testing.T) {
	t.Parallel()
	lookup := func(pkg string) (Known, bool) {
		return Known{pkg, pkg, "1.2.3", []string{"derive"}}, pkg == "serde" || pkg == "log"
	}
	const deps = "[dependencies]\nserde = { version = \"1\", optional = true }\nbevy = { version = \"1\", optional = true }\nlog = \"1\"\n"
	for entries, want := range map[string]string{
		``:                              "map[log:log]",
		`"serde"`:                       "map[log:log serde:serde]",
		`"dep:serde"`:                   "map[log:log serde:serde]",
		`"serde/derive"`:                "map[log:log serde:serde]",
		`"serde?/none"`:                 "map[log:log]",
		`"serde?/none", "serde"`:        `crate "serde" is in the set without the feature "none"`,
		`"log/none"`:                    `crate "log" is in the set without the feature "none"`,
		`"bevy"`:                        `crate "bevy" is not in the set`,
		`"bevy?/x", "a"`:                "map[log:log serde:serde]",
		`"serde/derive", "dep:serde"`:   "map[log:log serde:serde]",
		`"log/derive", "serde?/derive"`: "map[log:log]",
	} {
		m, err := ParseManifest([]byte("[features]\na = [\"serde\"]\ndefault = [" + entries + "]\n" + deps))
		if strings.Contains(entries, "dep:") { // the implied feature is then gone
			m, err = ParseManifest([]byte("[features]\ndefault = [" + entries + "]\n" + deps))
		}
		if err != nil {
			t.Errorf("%s: %v", entries, err)
			continue
		}
		externs, err := m.Meet(lookup, false)
		got := fmt.Sprint(externs)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", entries, got, want)
		}
	}
}

func TestFeatureFlags(t *testing.T) {
	t.Parallel()
	m, err := ParseManifest([]byte("[features]\ndefault = [\"a\"]\na = []\nb = []\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"--cfg", `feature="a"`, "--cfg", `feature="default"`, "--check-cfg", `cfg(feature, values("a", "b", "default"))`}
	if got := m.flags(false, true); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := m.flags(false, false); !slices.Equal(got, want[:4]) {
		t.Errorf("for an old compiler: %q, want %q", got, want[:4])
	}
	var none *Manifest
	if got := none.flags(true, true); got != nil {
		t.Errorf("without a manifest: %q", got)
	}
}

// As many features as a document may have, each of which implies the next one and is as
// long as it may be.
func TestManyFeaturesStayInTheBudget(t *testing.T) {
	doc := func(n int, name string) []byte {
		var b strings.Builder
		fmt.Fprintf(&b, "[features]\ndefault = [\"%s0\"]\n", name)
		for i := range n {
			fmt.Fprintf(&b, "%s%d = [\"%s%d\"]\n", name, i, name, (i+1)%n)
		}
		return []byte(b.String())
	}
	large := doc(600, "f")
	testbudget.Check(t, len(large), func() {
		if m, err := ParseManifest(large); err != nil || len(m.Enabled) != 601 {
			t.Errorf("%v", err)
		}
	})
	if _, err := ParseManifest(doc(600, strings.Repeat("f", 30))); err == nil || !strings.Contains(err.Error(), "of compiler flags, at most 32768") {
		t.Errorf("long names: error %v", err)
	}
}
