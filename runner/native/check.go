package native

// State is how a check came out.
type State string

// The states.
const (
	StateOK   State = "ok"
	StateWarn State = "warn" // works, but worse
	StateFail State = "fail" // does not work without
)

// Check is one thing that boxes need of a machine.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Needed bool   `json:"needed"` // boxes that enforce everything cannot do without
	// Found is what the machine has, Cost what the lack means, Fix what to do.
	Found string `json:"found"`
	Cost  string `json:"cost,omitempty"`
	Fix   string `json:"fix,omitempty"`
}
