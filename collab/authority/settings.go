package authority

import (
	"maps"

	"github.com/corust-dev/corust/collab/wire"
)

// Settings are those of the session, committed or not.
func (a *Authority) Settings() wire.Settings { return a.settings }

// RecallSettings takes over settings that are in the store.
func (a *Authority) RecallSettings(s wire.Settings) { a.settings = s }

// Unsaved gives the settings if they have changed since the last Deliveries:
// the owner puts them into the store.
func (a *Authority) Unsaved() (wire.Settings, bool) { return a.settings, a.unsaved }

// set changes settings. All are told all of them, the sender included: so there
// is one order for everyone, and whoever missed one change has it with the next.
func (a *Authority) set(conn ConnID, m *member, change wire.Settings) error {
	s, err := a.settings.With(change)
	if err != nil {
		return err
	}
	msg := &wire.SettingsOf{By: m.id, Settings: s}
	if maps.Equal(s, a.settings) {
		a.tell(conn, msg)
		return nil
	}
	a.settings, a.unsaved = s, true
	a.broadcast(0, msg)
	return nil
}
