import { createRoot } from "react-dom/client";
import { App } from "./App";
import { Session, type Bootstrap } from "./collab/session";
import { loadPerson } from "./collab/person";
import { protocolVersion } from "./collab/wire.gen";
import { followLinks, noteVisits } from "./start/visit";
import { keepUnsent } from "./unsent/keep";
import { browserStore } from "./unsent/store";
import { Boundary } from "./ui/Boundary";
import "./styles.css";

const meta = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

/**
 * A part of the document that React renders into. It listens to everything there,
 * and if anything listens to animations, the browser draws an additional frame for
 * each: at every key, since the editor's cursor restarts its blinking.
 */
function place(id: string): HTMLElement {
  const el = document.getElementById(id)!;
  const listen = el.addEventListener.bind(el) as EventTarget["addEventListener"];
  el.addEventListener = (type: string, ...rest: [EventListenerOrEventListenerObject, (AddEventListenerOptions | boolean)?]) => {
    if (!/^(animation|transition)/.test(type)) listen(type, ...rest);
  };
  return el;
}

const boot = JSON.parse(meta("corust-session")) as Bootstrap;
if (boot.start) void import("./start/Start").then(({ default: Start }) => createRoot(place("root")).render(<Start />));
else openSession();

function openSession(): void {
  const socket = new URL(`${location.pathname}/socket?protocol=${protocolVersion}`, location.href);
  socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";
  const session = new Session(socket.href, loadPerson(), boot);
  if (!boot.readOnly) keepUnsent(session, browserStore());
  followLinks(session, location);
  noteVisits(session, location);
  session.start();
  const places = { editor: place("editor"), output: place("output") };
  createRoot(place("root")).render(
    <Boundary session={session}>
      <App session={session} places={places} nonce={meta("corust-nonce")} />
    </Boundary>,
  );
}
