package runner

// A Diagnostic is one message of the compiler about the source, with where it
// points and what could be done about it. It repeats in structure what the
// compiler's standard error says as text; a request that asks for diagnostics
// gets both.
//
// The compiler shares its standard error with macros and linkers, which run as
// part of it and are as hostile as the source: they can forge a diagnostic. So
// nothing may be decided by one. What holds of every diagnostic, forged or not,
// is that its strings are valid UTF-8, that its positions lie in the request's
// own main file, on boundaries of characters and in order, and that it is within
// the bounds below.
type Diagnostic struct {
	Level Level `json:"level"`
	// Code is the error's code, as E0308, or the lint's name; empty for neither.
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	// Spans are the places in the main file that the message is about. A place in
	// a macro of another file stands for the place where that macro was used;
	// other files' are left out.
	Spans []Span `json:"spans,omitempty"`
	// Notes are the notes and helps below the message that change nothing.
	Notes []Note `json:"notes,omitempty"`
	// Suggestions are changes of the main file that the compiler proposes.
	Suggestions []Suggestion `json:"suggestions,omitempty"`
}

// Bounds of diagnostics. What is beyond them is left out, or cut where it is text;
// a suggestion is whole or not there.
const (
	// MaxDiagnostics is how many a run reports, and MaxDiagnosticBytes how large
	// all of them together may be, counted as their strings and 64 bytes for each
	// position, note and suggestion.
	MaxDiagnostics     = 256
	MaxDiagnosticBytes = 256 << 10
	// MaxDiagnosticText is how long one string may be, in bytes.
	MaxDiagnosticText = 4 << 10
	// MaxDiagnosticParts is how many spans, notes, suggestions and edits of a
	// suggestion there may be in each list.
	MaxDiagnosticParts = 64
)

// Level says how bad a diagnostic or a note is.
type Level string

// The levels, in the compiler's words. A failure note has no place in the source.
const (
	LevelError       Level = "error"
	LevelWarning     Level = "warning"
	LevelNote        Level = "note"
	LevelHelp        Level = "help"
	LevelFailureNote Level = "failure-note"
)

// Span is a part of the main file, from Start up to but without End.
type Span struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
	// Primary says that this is the place itself and not one that explains it.
	Primary bool   `json:"primary,omitempty"`
	Label   string `json:"label,omitempty"`
}

// Position is a place between two characters of the main file, as the request
// had it, in every unit that an editor may count in.
type Position struct {
	// Line and Column count from 1, Column in characters (Unicode scalar values),
	// as the compiler prints them. Lines end with "\n".
	Line   int `json:"line"`
	Column int `json:"column"`
	// Byte and UTF16 count from 0 from the beginning of the file: bytes of UTF-8
	// and code units of UTF-16.
	Byte  int `json:"byte"`
	UTF16 int `json:"utf16"`
}

// Note is a remark below a diagnostic.
type Note struct {
	Level   Level  `json:"level"`
	Message string `json:"message"`
	Spans   []Span `json:"spans,omitempty"`
}

// Applicability is how sure the compiler is of a suggestion.
type Applicability string

// The applicabilities. Only MachineApplicable may be applied without a person who
// has read it; HasPlaceholders does not compile as it stands.
const (
	MachineApplicable Applicability = "machine-applicable"
	MaybeIncorrect    Applicability = "maybe-incorrect"
	HasPlaceholders   Applicability = "has-placeholders"
	Unspecified       Applicability = "unspecified"
)

// Suggestion is a change of the main file: all of its edits or none.
type Suggestion struct {
	Message       string        `json:"message"`
	Applicability Applicability `json:"applicability"`
	// Edits are in order and do not overlap. Their positions are those before any
	// of them is made.
	Edits []Edit `json:"edits"`
}

// Edit replaces what is between Start and End.
type Edit struct {
	Start       Position `json:"start"`
	End         Position `json:"end"`
	Replacement string   `json:"replacement"`
}
