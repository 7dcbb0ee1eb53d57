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
// Each WebSocket text message holds one JSON object; its member "type" names the
// message. A connection starts with a hello. Members that an object omits are zero.
// changes is CodeMirror's ChangeSet JSON (see package ot), cursor is a list of
// [anchor, head] pairs, and data is bytes in base64.
//
// From the editor:
//
//	{"type":"hello","protocol":5,"key":"…","person":"…","name":"Ada","epoch":"…","version":12,"seq":4,"ahead":true}
//	{"type":"push","epoch":"…","version":12,"seq":5,"changes":[3,[0,"x"],9],"cursor":[[4,4]]}
//	{"type":"push","epoch":"…","version":12,"seq":5,"file":9,"op":{"do":"create","path":"util/mod.rs","text":"…"}}
//	{"type":"cursor","epoch":"…","version":13,"cursor":[[0,7]]}
//	{"type":"settings","settings":{"mode":"release"}}
//	{"type":"run","options":{"mode":"release"}}
//	{"type":"stdin","run":"…","data":"NDIK","eof":false}
//	{"type":"stop","run":"…"}
//
// From the session:
//
//	{"type":"welcome","protocol":5,"client":"k","epoch":"…","version":14,"acked_seq":4,
//	 "files":[{"path":"main.rs","text":"…"}] or "entries":[{"version":13,"client":"p","seq":1,"changes":[…]},…],
//	 "members":[{"client":"p","name":"Bo","cursor":[[2,2]]}],
//	 "limits":{"text":262144,"files":64,"parts":32768,"ranges":64,"name":64,"message":2097152,"members":256,"stdin":1048576},
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
//	{"type":"ahead","epoch":"…","version":16,"state":"ready","list":[]}
//	{"type":"end","run":"…","verdict":"ok","detail":{…}}
//	{"type":"error","code":"stale","message":"…","seq":5}
//
// From both, at any time; sessions never see them:
//
//	{"type":"ping"}
//	{"type":"pong"}
//
// The receiver of a ping answers with a pong. The server sends a ping when it has sent
// nothing for 8 s, because browsers hide a WebSocket's pings from the page. An editor
// also sends a pong when it receives a message and has sent nothing for 8 s. A side
// that receives nothing for 24 s treats the connection as dead. The server sends a
// message longer than [PartSize] in parts.
//
// Settings are shared by all members of a session and stored with it. Their names and
// values are short words that this package does not interpret. An editor sends those
// that it changes, with an empty value to remove one. The session sends all settings
// to every member, in the same order, so the last change of each name wins.
//
// The output of a run in a welcome includes what members typed, in the order of
// events: as pieces of a stream "stdin", with "by" and, at the end of input, "eof".
//
// A connection receives entries and acks in the order of their versions, without a
// gap: an ack takes the place of the receiver's entry. A client that sees a gap, or an
// error "stale", "future" or "epoch", sends another hello. The welcome brings the
// entries after the version in the hello, or all files if the epoch differs or the
// history does not reach back to that version. acked_seq then tells whether the files
// contain the pending push. After a welcome, the client maps a push that is still not
// acknowledged through the entries that it missed and sends it again under the same
// seq. On "malformed", "too-large", "no-file", "exists" or "renamed" with the push's seq,
// the client reverts the push.
// The code that ends a connection tells why: "resume", it was too slow or the server is
// restarting, and the client can reconnect without losing anything; "replaced", the
// same editor instance has joined elsewhere; "gone", the session has been deleted;
// "too-old", the editor speaks another version of the protocol.
//
// The welcome states the limits that the session checks (see [Limits]). A client checks
// edits against them before it sends, so that the user sees an error at once. A client
// splits a change with more than half of the parts or bytes that one push may have,
// such as a change of every line of a long text, into several pushes, and sends each
// after the previous one is acknowledged. The session refuses a push that would take
// long to map as "stale"; the client maps it after the next welcome.
//
// An editor instance has a secret key, and a person may have one, too. Other members
// see only the id that the session derives from these keys and returns in the welcome;
// it stays the same after a restart. So a member cannot impersonate another member
// whose id, edits and runs it sees; see [ClientOf].
//
// A session has up to [Limits].Files files, which share one log and one version. A push and
// an entry are about one file: either a change of its text, or an operation that creates,
// renames or deletes it, see [FileOp]. Changes of different files do not affect each other.
// The session refuses an edit of a file that was deleted ("no-file"), a path that collides
// with another ("exists", see [PathsCollide]), and the renaming or deletion of a file that
// was renamed after the version of the push ("renamed"). A client that receives the entry
// which leads to such a refusal takes its own push back at once, and never sends it again.
//
// A run uses the session's files. To run what its user sees, an editor sends the run
// message after its last push; if there are unsent changes, it first waits until the
// pending push is acknowledged.
//
// Positions in diagnostics refer to the text at the version of the message: the
// version of the run or, in a welcome and for members who joined after the run began,
// the head. The client maps them through later entries and local edits. It applies a
// suggestion by an ordinary push, and only while the text under all of its edits is
// unchanged since that version.
//
// A server may compile the text while it rests. It sends the outcome as "ahead" to the
// clients whose hello has "ahead", since older clients do not know the message.
package wire
