package wire

// MaxNames is how many names of authors a session keeps.
const MaxNames = 1000

// MaxStdin is how many bytes people may type into one run.
const MaxStdin = 1 << 20

// Limits bounds the content of one session and of one message. A zero field stands for
// its default.
//
// The welcome states the limits that have a JSON name; a client checks messages against
// them before it sends. Both clients split a change with more parts or bytes than one
// push may have into several pushes.
type Limits struct {
	Text    int `json:"text"`    // UTF-16 units of all files together; 262,144
	Files   int `json:"files"`   // files; 64
	Parts   int `json:"parts"`   // sections in one change; 32,768
	History int `json:"-"`       // entries kept in memory for those who lag behind; 4,096
	Bytes   int `json:"-"`       // approximate bytes of those entries as JSON; 4 MiB
	Clients int `json:"-"`       // clients whose last push is remembered, more if the log is kept for longer; 4,096
	Ranges  int `json:"ranges"`  // ranges in one selection; 64
	Name    int `json:"name"`    // UTF-16 units of a name; 64
	Message int `json:"message"` // bytes of one message; 2 MiB
	Members int `json:"members"` // connections at once; 256
	Stdin   int `json:"stdin"`   // bytes that people may type into one run; 1 MiB
	// Watchers is how many of Members may be watchers; all but 32, or all but half if
	// Members is below 64. So holders of a watch link cannot lock editors out.
	Watchers int `json:"-"`
}

// WithDefaults returns the limits with the default for each field that is not above 0.
func (l Limits) WithDefaults() Limits {
	for _, f := range []struct {
		field *int
		or    int
	}{
		{&l.Text, 256 << 10}, {&l.Files, 64}, {&l.Parts, 32_768}, {&l.History, 4096}, {&l.Bytes, 4 << 20}, {&l.Clients, 4096},
		{&l.Ranges, 64}, {&l.Name, 64}, {&l.Message, 2 << 20}, {&l.Members, 256},
		{&l.Stdin, MaxStdin},
	} {
		if *f.field <= 0 {
			*f.field = f.or
		}
	}
	if l.Watchers <= 0 {
		l.Watchers = l.Members - min(32, l.Members/2)
	}
	return l
}
