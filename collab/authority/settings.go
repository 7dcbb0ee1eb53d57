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

// SetFor changes settings for a caller that is not a member, and returns all. The error
// wraps [wire.ErrMalformed] or [wire.ErrTooLarge].
func (a *Authority) SetFor(c Caller, change wire.Settings) (wire.Settings, error) {
	s, err := a.settings.With(change)
	if err != nil {
		return nil, err
	}
	if !maps.Equal(s, a.settings) {
		a.settings, a.unsaved, a.ahead = s, true, nil
		a.chosen++
		a.broadcast(0, &wire.SettingsOf{By: c.ID, Settings: s})
	}
	return s, nil
}

// set changes settings. All members, the sender included, are sent all settings: so all
// see one order of changes, and a member that missed a change gets it with the next.
func (a *Authority) set(conn ConnID, m *member, change wire.Settings) error {
	before := a.settings
	s, err := a.SetFor(Caller{ID: m.id}, change)
	if err == nil && maps.Equal(s, before) {
		a.tell(conn, &wire.SettingsOf{By: m.id, Settings: s})
	}
	return err
}
