package server

import "net/http"

// Choices are what people may choose of a run. The page's menus show them, and the REST
// interface tells them to tools. They are those of the server's start.
type Choices struct {
	Actions  []ActionChoice `json:"actions"`
	Modes    []Choice       `json:"modes"`
	Editions []Choice       `json:"editions"`
	// Defaults hold for a session that has not chosen, and for a run that leaves an
	// option out.
	Defaults DefaultChoices `json:"defaults"`
}

// Choice is a value of an option.
type Choice struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Available says whether the server's toolchain can do it, and Reason, if not, what
	// it lacks.
	Available bool   `json:"available"`
	Reason    string `json:"reason,omitempty"`
}

// ActionChoice is an action with what it means for its other options.
type ActionChoice struct {
	Choice
	About string `json:"about"`
	// Program says that a program runs, which reads standard input, and Mode that the
	// mode changes what is done.
	Program bool `json:"program"`
	Mode    bool `json:"mode"`
	// Edits says that the result replaces the text: the page has a button for it.
	Edits bool `json:"edits"`
}

// DefaultChoices are the values of options that nobody has chosen. An empty channel is
// the server's default toolchain.
type DefaultChoices struct {
	Action  string `json:"action"`
	Mode    string `json:"mode"`
	Edition string `json:"edition"`
	Channel string `json:"channel,omitempty"`
}

// metaResponse tells a tool what it may ask of this server.
type metaResponse struct {
	// Run has no field where nothing can be run.
	Run *Choices `json:"run,omitempty"`
	// MaxText is the most characters of a session's text, in UTF-16 units.
	MaxText int `json:"max_text"`
}

func (s *Server) meta(w http.ResponseWriter, _ *http.Request) {
	s.reply(w, http.StatusOK, metaResponse{Run: s.cfg.Choices, MaxText: s.cfg.Session.Text})
}
