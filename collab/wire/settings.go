package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/corust-dev/corust/collab/ot"
)

// Settings maps the names of a session's settings to their values. Package wire bounds
// them. Runs interpret most of them, and sessions interpret [SettingName] and
// [SettingLocked]. The latest change of each name wins, in the order in which the session
// received the changes.
//
// Settings are immutable: With returns a copy.
type Settings map[string]string

// Settings that sessions interpret. Their values have further rules.
const (
	// SettingName is what the members call the session: of the characters that a member's
	// name may have, at most 100 UTF-16 units, with no space at an end.
	SettingName = "name"
	// SettingLocked is "true" while the session is read-only: no member can change its
	// files, and every editor can run them and remove the setting.
	SettingLocked = "locked"
)

const maxSessionName = 100 // UTF-16 units

// checkSetting returns an error for a value that a setting of the name cannot have. The
// error wraps [ErrTooLarge] or [ErrMalformed].
func checkSetting(name, value string) error {
	switch {
	case len(name) > maxSettingName:
		return Exceeds("setting_name", len(name), maxSettingName, UnitBytes)
	case len(value) > maxSettingValue:
		return Exceeds("setting_value", len(value), maxSettingValue, UnitBytes)
	case name == "" || !isWord(name) || !isText(value):
		return fmt.Errorf("setting %.40q: %w", name, ErrMalformed)
	case name == SettingName && ot.Len(value) > maxSessionName:
		return Exceeds("session_name", ot.Len(value), maxSessionName, UnitUTF16)
	case name == SettingName && strings.TrimSpace(value) != value:
		return fmt.Errorf("setting %q: %.40q begins or ends with a space: %w", name, value, ErrMalformed)
	case name == SettingName:
		return checkName(value)
	case name == SettingLocked && value != "" && value != "true":
		return fmt.Errorf("setting %q: %.40q, want %q or nothing: %w", name, value, "true", ErrMalformed)
	}
	return nil
}

// Bounds of settings. Names are of the characters a–z, A–Z, 0–9, ".", "_" and "-". Values
// are text without control characters except tabs and line feeds. Every change is sent to
// all members with all settings, which bounds their size.
const (
	maxSettings      = 32
	maxSettingName   = 32
	maxSettingValue  = 4 << 10 // bytes
	maxSettingsBytes = 8 << 10 // of all names and values
)

// With returns a copy of s with a change, in which an empty value removes its name. The
// error wraps [ErrTooLarge] or [ErrMalformed].
func (s Settings) With(change Settings) (Settings, error) {
	out := maps.Clone(s)
	if out == nil {
		out = Settings{}
	}
	for name, value := range change {
		if err := checkSetting(name, value); err != nil {
			return s, err
		}
		if value == "" {
			delete(out, name)
		} else {
			out[name] = value
		}
	}
	if len(out) > maxSettings {
		return s, Exceeds("settings", len(out), maxSettings, UnitCount)
	}
	size := 0
	for name, value := range out {
		size += len(name) + len(value)
	}
	if size > maxSettingsBytes {
		return s, Exceeds("settings_size", size, maxSettingsBytes, UnitBytes)
	}
	return out, nil
}

func isWord(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool {
		return unicode.Is(unicode.Cc, c) && c != '\t' && c != '\n'
	})
}

// Encode returns the form in which a store keeps settings.
func (s Settings) Encode() []byte {
	data, err := json.Marshal(s)
	if err != nil {
		return nil // it is strings
	}
	return data
}

// DecodeSettings decodes the result of Encode. Empty data stands for no settings.
func DecodeSettings(data []byte) (Settings, error) {
	var s Settings
	if len(data) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	// Clients of an earlier version may have used these names for something else.
	for _, name := range []string{SettingName, SettingLocked} {
		if checkSetting(name, s[name]) != nil {
			delete(s, name)
		}
	}
	return Settings{}.With(s)
}
