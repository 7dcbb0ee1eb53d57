package rustc

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// lint is an entry of [lints]: a flag of rustc and its value.
type lint struct {
	flag, name string
	priority   int64
	clippy     bool
	conditions []string // values of --check-cfg, for unexpected_cfgs
}

var lintLevels = map[string]string{"allow": "-A", "warn": "-W", "deny": "-D", "forbid": "-F"}

// lints takes [lints.rust] and [lints.clippy], in the order in which cargo passes them:
// by priority, so that a later one overrides an earlier one, and against the order of
// their names.
func (r *manifestReader) lints() []lint {
	var list []lint
	all := r.table("lints")
	for _, tool := range []string{"rust", "clippy"} {
		table, ok := all[tool].(map[string]any)
		if !ok && all[tool] != nil {
			r.fail("lints.%s is not a table", tool)
		}
		for _, name := range slices.Sorted(maps.Keys(table)) {
			value := table[name]
			l := lint{name: name, clippy: tool == "clippy"}
			if !consists(name, "-_") || name == "help" {
				r.fail("lints.%s: invalid name %.80q (want a lint such as unused_variables; those of clippy are below [lints.clippy])", tool, name)
				continue
			}
			key := "lints." + tool + "." + name
			if l.clippy {
				l.name = "clippy::" + name
			}
			config, ok := value.(map[string]any)
			if !ok {
				config = map[string]any{"level": value}
			}
			r.lint(&l, key, config)
			list = append(list, l)
			if delete(table, name); len(config) > 0 {
				table[name] = config
			}
		}
	}
	slices.SortFunc(list, func(a, b lint) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(b.name, a.name))
	})
	return list
}

// lint takes the keys of one lint.
func (r *manifestReader) lint(l *lint, key string, config map[string]any) {
	level, _ := config["level"].(string)
	if l.flag = lintLevels[level]; l.flag == "" {
		r.fail("%.80s: invalid level %.80q (want one of allow, warn, deny, forbid)", key, level)
	}
	delete(config, "level")
	if value, ok := config["priority"]; ok {
		if l.priority, ok = value.(int64); !ok || l.priority < math.MinInt8 || l.priority > math.MaxInt8 {
			r.fail("%.80s.priority: want a number from -128 to 127", key)
		}
		delete(config, "priority")
	}
	if value, ok := config["check-cfg"]; ok && key == "lints.rust.unexpected_cfgs" {
		conditions, ok := value.([]any)
		for _, c := range conditions {
			text, _ := c.(string)
			ok = ok && isCheckCfg(text)
			l.conditions = append(l.conditions, text)
		}
		if !ok {
			r.fail("%s.check-cfg: want a list of declarations such as cfg(name, values(\"x\"))", key)
		}
		delete(config, "check-cfg")
	}
}

// lintFlags are the flags of the lints; clippy's are for clippy only. With check, the
// compiler knows --check-cfg.
func (m *Manifest) lintFlags(clippy, check bool) []string {
	var args []string
	for _, l := range m.lints {
		if !l.clippy || clippy {
			args = append(args, l.flag, l.name)
		}
		for _, c := range l.conditions {
			if check {
				args = append(args, "--check-cfg", c)
			}
		}
	}
	return args
}
