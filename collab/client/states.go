package client

// The states of a client, as tables: state × event → state. The page has the same in
// collab/web/src/collab/states.ts; testdata/vectors.json visits every cell of both.

// Link is the state of the connection to the session.
type Link string

// The states of a link.
const (
	Offline Link = "offline" // no connection
	Joining Link = "joining" // hello is sent, welcome has not come
	Live    Link = "live"    // welcomed
)

type linkEvent string

const (
	linkHello      linkEvent = "hello"
	linkWelcome    linkEvent = "welcome"
	linkDisconnect linkEvent = "disconnect"
)

var linkTable = table[Link, linkEvent]{
	Offline: {linkHello: Joining, linkDisconnect: Offline},
	Joining: {linkHello: Joining, linkWelcome: Live, linkDisconnect: Offline},
	Live:    {linkHello: Joining, linkDisconnect: Offline},
}

// Pending is the state of the user's edits that the session has not acknowledged.
type Pending string

// The states of what is pending.
const (
	Clean       Pending = "clean"        // nothing
	Typed       Pending = "typed"        // the buffer
	Sent        Pending = "sent"         // the outstanding push
	SentTyped   Pending = "sent+typed"   // both
	Unsent      Pending = "unsent"       // the outstanding push, to be sent again under its seq
	UnsentTyped Pending = "unsent+typed" // that and the buffer
)

type pendingEvent string

const (
	edited       pendingEvent = "edit"        // the user typed
	sent         pendingEvent = "send"        // the whole buffer, or the outstanding push again
	sentPart     pendingEvent = "send-part"   // the buffer takes several pushes
	acknowledged pendingEvent = "acknowledge" // the outstanding push is in the log
	lost         pendingEvent = "lose"        // whether it has arrived is unknown
	refused      pendingEvent = "refuse"      // it never will be in the log, and is taken back
	emptied      pendingEvent = "empty"       // all of the buffer is taken back
)

var pendingTable = table[Pending, pendingEvent]{
	Clean:       {edited: Typed, lost: Clean},
	Typed:       {edited: Typed, sent: Sent, sentPart: SentTyped, lost: Typed, emptied: Clean},
	Sent:        {edited: SentTyped, acknowledged: Clean, lost: Unsent, refused: Clean},
	SentTyped:   {edited: SentTyped, acknowledged: Typed, lost: UnsentTyped, refused: Typed, emptied: Sent},
	Unsent:      {edited: UnsentTyped, sent: Sent, acknowledged: Clean, lost: Unsent, refused: Clean},
	UnsentTyped: {edited: UnsentTyped, sent: SentTyped, acknowledged: Typed, lost: UnsentTyped, refused: Typed, emptied: Unsent},
}

// Request is a run that the user asked for.
type Request string

// The states of a request.
const (
	NoRequest   Request = "none"
	Asked       Request = "asked" // waits until everything typed before is sent
	SentRequest Request = "sent"  // unanswered
)

type requestEvent string

const (
	runAsked    requestEvent = "ask"
	runSent     requestEvent = "send"
	runAnswered requestEvent = "answer" // a run began, or the session refused something that was no push
	runWelcome  requestEvent = "welcome"
	runLost     requestEvent = "lose" // the connection ended
)

var requestTable = table[Request, requestEvent]{
	NoRequest:   {runAsked: Asked, runAnswered: NoRequest, runWelcome: NoRequest, runLost: NoRequest},
	Asked:       {runSent: SentRequest, runAnswered: Asked, runWelcome: Asked, runLost: NoRequest},
	SentRequest: {runAnswered: NoRequest, runWelcome: NoRequest, runLost: NoRequest},
}

// table leads from a state and an event to the next state. An event that is not there
// cannot happen in that state.
type table[S, E comparable] map[S]map[E]S

// step gives the state after an event.
func (t table[S, E]) step(s S, e E) S {
	if next, ok := t[s][e]; ok {
		return next
	}
	return s
}

// States are where a client is in each of its tables.
type States struct {
	Link    Link    `json:"link"`
	Pending Pending `json:"pending"`
	Request Request `json:"request"`
}

// action is a client's reaction to a message.
type action int

const (
	pass action = iota
	synchronise
	apply
	acknowledge
	join
	leave
	selects
	settle
	begin
	end
	refuse
)

// onMessage says what a client does with a message, by its type and the state of the
// link. Before the welcome, messages belong to what the welcome replaces. A message
// without a state is passed over in all of them: its caller keeps what a run does and
// prints, its transport answers pings and moves to other links.
var onMessage = map[string]map[Link]action{
	"welcome":  {Joining: synchronise},
	"entry":    {Live: apply},
	"ack":      {Live: acknowledge},
	"member":   {Live: join},
	"leave":    {Live: leave},
	"cursor":   {Live: selects},
	"settings": {Live: settle},
	"run":      {Live: begin},
	"end":      {Live: end},
	"error":    {Joining: refuse, Live: refuse},

	"stage":       nil,
	"waiting":     nil,
	"output":      nil,
	"input":       nil,
	"diagnostics": nil,
	"ahead":       nil,
	"product":     nil,
	"test":        nil,
	"moved":       nil,
	"ping":        nil,
	"pong":        nil,
}
