package runner

// Diagnostic is one message of the compiler about the source, with its spans and
// suggestions. It repeats, in structured form, text on the compiler's standard error; a
// request that asks for diagnostics gets both.
//
// Macros and linkers run as part of the compiler, write to the same standard error and
// are as hostile as the source: they can forge diagnostics. So no decision may depend on
// one. Every diagnostic, forged or not, has valid UTF-8 strings and ordered positions on
// character boundaries of the request's main file, and is within the bounds below.
type Diagnostic struct {
	Level Level `json:"level"`
	// Code is the code of an error, such as E0308, or the name of a lint, or empty.
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	// Spans are the parts of the main file that the message is about. A span in a macro
	// of another file is replaced by the macro's call site; other spans in other files
	// are omitted.
	Spans []Span `json:"spans,omitempty"`
	// Notes are the notes and helps of the message that suggest no change.
	Notes []Note `json:"notes,omitempty"`
	// Suggestions are changes of the request's files that the compiler proposes.
	Suggestions []Suggestion `json:"suggestions,omitempty"`
}

// Bounds of diagnostics. Text beyond them is cut, everything else is omitted. A
// suggestion is complete or omitted.
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

// Level is the severity of a diagnostic or a note.
type Level string

// The levels, as the compiler names them. A failure note has no spans.
const (
	LevelError       Level = "error"
	LevelWarning     Level = "warning"
	LevelNote        Level = "note"
	LevelHelp        Level = "help"
	LevelFailureNote Level = "failure-note"
)

// Span is a part of a file of the request, from Start up to but not including End.
type Span struct {
	// File is the name of the file, "" for the main file.
	File  string   `json:"file,omitempty"`
	Start Position `json:"start"`
	End   Position `json:"end"`
	// Primary is set for the span of the message itself, and not for a span that
	// explains it.
	Primary bool   `json:"primary,omitempty"`
	Label   string `json:"label,omitempty"`
}

// Position is a position between two characters of a file, in every unit that editors
// use.
type Position struct {
	// Line and Column count from 1, Column in characters (Unicode scalar values),
	// as the compiler prints them. Lines end with "\n".
	Line   int `json:"line"`
	Column int `json:"column"`
	// Byte and UTF16 are offsets from the beginning of the file, in bytes of UTF-8 and
	// in UTF-16 code units.
	Byte  int `json:"byte"`
	UTF16 int `json:"utf16"`
}

// Note is a note or help that belongs to a diagnostic.
type Note struct {
	Level   Level  `json:"level"`
	Message string `json:"message"`
	Spans   []Span `json:"spans,omitempty"`
}

// Applicability is the compiler's confidence in a suggestion.
type Applicability string

// The applicabilities. Only MachineApplicable may be applied without review by a person;
// HasPlaceholders does not compile until a person fills them in.
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
	// Edits are in order and do not overlap. Their positions refer to the text before
	// any of them is applied.
	Edits []Edit `json:"edits"`
}

// Edit replaces the text between Start and End.
type Edit struct {
	// File is the name of the file, "" for the main file.
	File        string   `json:"file,omitempty"`
	Start       Position `json:"start"`
	End         Position `json:"end"`
	Replacement string   `json:"replacement"`
}
