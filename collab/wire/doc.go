// Package wire is the protocol between an editor and a session: ids, limits,
// messages of both sides with their JSON, error codes, and what a log keeps of an
// edit. It is the only source of the protocol in Go; package authority gives the
// model and the law that the messages serve.
//
// # Units
//
// Lengths and positions count UTF-16 code units; a line break is one, "\n". Offsets
// of run output count bytes. Versions count entries of the log. A client id names one
// editor instance, not a person: two tabs are two.
//
// # Wire form
//
// Messages are JSON objects, one a WebSocket text message, told apart by
// "type". A connection starts with a hello; whatever is missing from an object
// is zero. changes is CodeMirror's ChangeSet JSON, see package ot; a cursor is
// a list of [anchor, head] pairs; data is bytes in base64.
//
// From the editor:
//
//	{"type":"hello","protocol":4,"key":"…","person":"…","name":"Ada","epoch":"…","version":12,"seq":4}
//	{"type":"push","epoch":"…","version":12,"seq":5,"changes":[3,[0,"x"],9],"cursor":[[4,4]]}
//	{"type":"cursor","epoch":"…","version":13,"cursor":[[0,7]]}
//	{"type":"settings","settings":{"mode":"release"}}
//	{"type":"run","options":{"mode":"release"}}
//	{"type":"stdin","run":"…","data":"NDIK","eof":false}
//	{"type":"stop","run":"…"}
//
// From the session:
//
//	{"type":"welcome","protocol":4,"client":"k","epoch":"…","version":14,"acked_seq":4,
//	 "text":"…" or "entries":[{"version":13,"client":"p","seq":1,"changes":[…]},…],
//	 "members":[{"client":"p","name":"Bo","cursor":[[2,2]]}],
//	 "limits":{"text":262144,"parts":32768,"ranges":64,"name":64,"message":2097152,"members":256,"stdin":1048576},
//	 "settings":{"edition":"2024","mode":"release"},
//	 "run":{"run":"…","by":"p","version":9,"stage":"run","output":[…],"verdict":"ok"}}
//	{"type":"entry","version":15,"client":"p","seq":2,"changes":[…],"cursor":[[3,3]]}
//	{"type":"ack","version":16,"seq":5}
//	{"type":"member","client":"q","name":"Cy"}
//	{"type":"leave","client":"q"}
//	{"type":"cursor","client":"p","version":16,"cursor":[[0,2]]}
//	{"type":"settings","by":"p","settings":{"edition":"2024","mode":"release"}}
//	{"type":"run","run":"…","by":"p","version":16,"options":{…}}
//	{"type":"stage","run":"…","stage":"compile"}
//	{"type":"waiting","run":"…","waiting":true}
//	{"type":"output","run":"…","stream":"stdout","offset":0,"data":"aGkK"}
//	{"type":"input","run":"…","by":"p","offset":0,"data":"NDIK"}
//	{"type":"diagnostics","run":"…","epoch":"…","version":16,"list":[{"level":"warning","code":"unused_mut",
//	 "message":"…","spans":[{"from":20,"to":25,"primary":true}],
//	 "suggestions":[{"message":"remove this `mut`","applicable":true,"edits":[{"from":20,"to":24,"insert":""}]}]}]}
//	{"type":"end","run":"…","verdict":"ok","detail":{…}}
//	{"type":"error","code":"stale","message":"…","seq":5}
//
// From both, at any time, and seen by no session:
//
//	{"type":"ping"}
//	{"type":"pong"}
//
// A ping is answered by a pong. The server sends one when it has sent nothing for
// 8 s, since browsers do not tell a page of a WebSocket's pings. An editor sends a
// pong, too, when something comes and it has said nothing for 8 s. Whoever hears
// nothing for 24 s takes the connection for dead. A message of the session that is
// longer than [PartSize] comes in parts; see there.
//
// Settings are shared by all of a session and kept with it. Their names and
// values are short words that mean nothing to this package. An editor sends
// those that it changes, an empty value to remove one; everyone is sent all of
// them, in one order, so the last change of each name holds.
//
// The output of a run in a welcome holds what was typed, too, in its place: as
// pieces of a stream "stdin", with "by" and, where the input ended, "eof".
//
// Entries and acks of one connection come in the order of their versions,
// without a gap; an ack stands where the others get the entry. A client that
// sees a gap, or an error "stale", "future" or "epoch", says hello again. The
// answer brings the entries behind the version that it names; or the whole
// text when the epoch is another or the history does not reach so far. acked_seq
// then tells whether the push that was under way is in that text. After a
// welcome, a push that is still not acknowledged is sent again under its seq,
// as mapped by what was missed. On "malformed" and "too-large" with its seq,
// the client takes the push back. A connection that is ended with the code
// "resume" was too slow, or the server is restarting: come back, nothing is
// lost. With "replaced", the same editor has joined elsewhere; with "gone", the
// session has been deleted; with "too-old", the editor speaks another protocol.
//
// The limits of a welcome, see [Limits], are those that the session checks. A client
// checks its edits against them before it sends, so that a person is told at once.
// A change of more parts or bytes than half of what one push may have, as of every
// line of a long text, is sent as several pushes, each behind the acknowledgement of
// the one before. A push whose mapping would take the session long is refused as
// "stale"; its sender maps it, after a welcome.
//
// An editor instance has a secret key, and so may a person. What others see is
// the id that the session makes of them, the same after any restart, and tells
// in the welcome. So nobody can say hello as somebody else whose id, edits and
// runs they see; see [ClientOf].
//
// A run is of the text that the session has. An editor that wants its own to run
// asks behind its last push, so it waits for the one that is under way to be
// acknowledged if more has been typed since.
//
// Positions in diagnostics are those of the text at their version: the run's,
// or, in a welcome and for those who were welcomed after the run began, the
// head's. From there a client moves them through what it sees and types. A
// suggestion is applied like any edit, by a push, and only while the text under
// all of its edits is what it was at that version.
package wire
