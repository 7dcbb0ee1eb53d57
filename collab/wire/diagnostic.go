package wire

// Level is the severity of a diagnostic.
type Level string

// The levels.
const (
	LevelError   Level = "error"
	LevelWarning Level = "warning"
	LevelNote    Level = "note"
	LevelHelp    Level = "help"
	// LevelFailureNote marks a note without a position in the text.
	LevelFailureNote Level = "failure-note"
)

// Diagnostic is a message of the compiler about the text that ran. The program can
// forge diagnostics, so no decision may depend on them.
type Diagnostic struct {
	Level   Level  `json:"level"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	// Spans has at least one element.
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
