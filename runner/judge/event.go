package judge

// CaseEvent is an Outcome as a line of JSON.
type CaseEvent struct {
	Event string `json:"event"` // KindCase
	Outcome
}

// SummaryEvent is a Summary as a line of JSON, the last of a task.
type SummaryEvent struct {
	Event string `json:"event"` // KindSummary
	Summary
}

// The kinds of the events.
const (
	KindCase    = "case"
	KindSummary = "summary"
)
