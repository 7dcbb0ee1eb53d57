package runner

// Hit is a limit that the stage in Result.Stage met, to explain a verdict.
type Hit struct {
	// Limit is the Name of a row of the table of limits, and Amount the value of the
	// limit, in that row's Unit.
	Limit  string `json:"limit"`
	Amount Amount `json:"amount"`
	Unit   Unit   `json:"unit"`
	// Refused counts the processes and threads that the kernel refused beyond the
	// limit, if known.
	Refused int64 `json:"refused,omitempty"`
}

// Hits returns the limits that explain a result's verdict, given the limits of the run:
// the limit that ended the stage comes first. It returns nil for a verdict that no limit
// explains. VerdictDisk yields both file systems, since the agent does not report which
// one was full. VerdictTimeout may also yield the limit on processes, since the program
// may have waited for processes that it was refused.
func Hits(res Result, limits Limits) []Hit {
	var last Stage
	if n := len(res.Stages); n > 0 {
		last = res.Stages[n-1]
	}
	var list []Hit
	hit := func(name string, refused int64) {
		row, _ := LimitNamed(name)
		list = append(list, Hit{Limit: name, Amount: row.Of(limits), Unit: row.Unit, Refused: refused})
	}
	var denied int64
	if last.Name == res.Stage { // otherwise it has no report, and the box died with its counters
		denied = last.Usage.ProcessesDenied
	}
	switch res.Verdict {
	case VerdictTimeout:
		switch waited := last.Usage.Waited; {
		case waited > 0 && waited >= limits.InputTime:
			hit("input_time", 0)
			return list
		case res.Stage == StageCompile:
			hit("compile_time", 0)
		default:
			hit("run_time", 0)
		}
		if denied > 0 {
			hit("processes", denied)
		}
	case VerdictMemory:
		hit("memory", 0)
	case VerdictOutput:
		hit("output", 0)
	case VerdictProcesses:
		hit("processes", denied)
	case VerdictDisk:
		hit("work", 0)
		if res.Signal != SIGXFSZ { // SIGXFSZ is about the size of one file
			hit("tmp", 0)
		}
	}
	return list
}
