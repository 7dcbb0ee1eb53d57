package wire

// Level is how grave a message of the compiler is.
type Level string

// The levels.
const (
	LevelError   Level = "error"
	LevelWarning Level = "warning"
	LevelNote    Level = "note"
	LevelHelp    Level = "help"
	// LevelFailureNote is a note that has no place in the text.
	LevelFailureNote Level = "failure-note"
)

// Diagnostic is what a compiler says of the text that ran. Its words are the
// runner's, which the program may have forged: nothing is decided by them.
type Diagnostic struct {
	Level   Level  `json:"level"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	// Spans are what it is about; there is at least one.
	Spans       []DiagnosticSpan `json:"spans"`
	Notes       []DiagnosticNote `json:"notes,omitempty"`
	Suggestions []Suggestion     `json:"suggestions,omitempty"`
}

// DiagnosticSpan is a part of a file's text, which may be empty.
type DiagnosticSpan struct {
	File    FileID `json:"file,omitempty"`
	From    int    `json:"from"`
	To      int    `json:"to"`
	Primary bool   `json:"primary,omitempty"`
	Label   string `json:"label,omitempty"`
}

// DiagnosticNote is a remark that changes nothing.
type DiagnosticNote struct {
	Level   Level  `json:"level"`
	Message string `json:"message"`
}

// Suggestion is a change that the compiler proposes: all of its edits, which are
// in order and do not overlap, or none. Only one that is applicable may be offered
// to be applied; others are to be read.
type Suggestion struct {
	Message    string          `json:"message"`
	Applicable bool            `json:"applicable,omitempty"`
	Edits      []SuggestedEdit `json:"edits"`
}

// SuggestedEdit replaces a part of a file's text.
type SuggestedEdit struct {
	File   FileID `json:"file,omitempty"`
	From   int    `json:"from"`
	To     int    `json:"to"`
	Insert string `json:"insert"`
}
