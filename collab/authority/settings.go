package authority

import (
	"maps"

	"github.com/corust-dev/corust/collab/wire"
)

// Settings gives the settings of the session, saved or not.
func (a *Authority) Settings() wire.Settings { return a.settings }

// RecallSettings sets the settings that are in the store.
func (a *Authority) RecallSettings(s wire.Settings) { a.settings = s }

// Unsaved gives the settings, and whether they have changed since the last Deliveries:
// then the owner puts them into the store.
func (a *Authority) Unsaved() (wire.Settings, bool) { return a.settings, a.unsaved }

// set changes settings. All members, the sender included, are sent all settings: so all
// see one order of changes, and a member that missed a change gets it with the next.
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
