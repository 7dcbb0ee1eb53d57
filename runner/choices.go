package runner

import "slices"

// Choices are the options of a run that both a request and the text of its main file can
// set.
type Choices struct {
	Mode      Mode
	Edition   Edition
	Channel   Channel
	CrateType CrateType
	Flags     []string
	Args      []string
	Env       []string
}

func (r Request) choices() Choices {
	return Choices{r.Mode, r.Edition, r.Channel, r.CrateType, r.Flags, r.Args, r.Env}
}

func (r Request) with(c Choices) Request {
	r.Mode, r.Edition, r.Channel, r.CrateType, r.Flags, r.Args, r.Env = c.Mode, c.Edition, c.Channel, c.CrateType, c.Flags, c.Args, c.Env
	return r
}

// over returns c with what it leaves open taken from below: an option that is not set, or
// arguments if there are none. Flags and environment add up, with those of c last, where
// they prevail.
func (c Choices) over(below Choices) Choices {
	pick(&c.Mode, below.Mode)
	pick(&c.Edition, below.Edition)
	pick(&c.Channel, below.Channel)
	pick(&c.CrateType, below.CrateType)
	c.Flags = slices.Concat(below.Flags, c.Flags)
	c.Env = slices.Concat(below.Env, c.Env)
	if len(c.Args) == 0 {
		c.Args = below.Args
	}
	return c
}

// resolve decides the precedence of options for every caller: the request comes before its
// source, unless SourceFirst is set, and both before the defaults: the request's, and then
// the executor's. In the result,
// SourceFirst tells the planner whether a manifest's edition, which is also part of the
// source, comes before Edition.
func (r Request) resolve(source Choices, defaults Options) Request {
	asked := r.choices()
	if r.SourceFirst {
		r = r.with(source.over(asked))
		asked.Edition = ""
	} else {
		r = r.with(asked.over(source))
	}
	r.SourceFirst = asked.Edition == "" && source.Edition == ""
	opts := r.options().Or(r.Defaults).Or(defaults)
	r.Action, r.Mode, r.Edition, r.Channel = opts.Action, opts.Mode, opts.Edition, opts.Channel
	return r
}

// OptionsWith returns the options that a run of the request has, which its source may set,
// where the executor has this planner and these defaults. The channel is empty for the
// backend's default.
func (r Request) OptionsWith(p Planner, defaults Options) (Options, error) {
	pick(&r.Main, MainFile)
	source, err := p.SourceOptions(r)
	return r.resolve(source, defaults).options(), err
}
