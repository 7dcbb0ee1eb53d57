package server

import "net/http"

// Choices lists the options of a run. The page shows them in its menus, and the REST
// interface lists them for tools. They do not change after the server has started.
type Choices struct {
	Actions  []ActionChoice `json:"actions"`
	Modes    []Choice       `json:"modes"`
	Editions []Choice       `json:"editions"`
	// CrateTypes are what a source may be compiled to. A run that names none has what the
	// source says. The first of AsmSyntaxes holds for a run that names none.
	CrateTypes  []Choice `json:"crate_types"`
	AsmSyntaxes []Choice `json:"asm_syntaxes"`
	// Defaults hold for a session that has not chosen, and for a run that leaves an
	// option out.
	Defaults DefaultChoices `json:"defaults"`
}

// Choice is a value of an option.
type Choice struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Available reports whether the server's toolchain supports the choice. If not,
	// Reason names what it lacks.
	Available bool   `json:"available"`
	Reason    string `json:"reason,omitempty"`
	// Hint is the command that installs it, if there is one.
	Hint string `json:"hint,omitempty"`
}

// ActionChoice is an action with its effect on the other options.
type ActionChoice struct {
	Choice
	About string `json:"about"`
	// Program reports whether the action runs a program, which reads standard input.
	// Mode reports whether the action depends on the mode.
	Program bool `json:"program"`
	Mode    bool `json:"mode"`
	// Edits reports whether the result replaces the text. The page has a button for it.
	Edits bool `json:"edits"`
	// View reports whether the action shows what the compiler makes of the source. Other
	// actions may be asked to do it as well.
	View bool `json:"view"`
}

// DefaultChoices holds the default values of the options. An empty channel is the
// server's default toolchain.
type DefaultChoices struct {
	Action  string `json:"action"`
	Mode    string `json:"mode"`
	Edition string `json:"edition"`
	Channel string `json:"channel,omitempty"`
}

// metaResponse lists the limits and choices of this server, for tools.
type metaResponse struct {
	// Run has no field where nothing can be run.
	Run *Choices `json:"run,omitempty"`
	// MaxText is the most characters of a session's text, in UTF-16 units.
	MaxText int `json:"max_text"`
}

func (s *Server) meta(w http.ResponseWriter, _ *http.Request) {
	s.reply(w, http.StatusOK, metaResponse{Run: s.cfg.Choices, MaxText: s.cfg.Session.Text})
}
