import { createRoot } from "react-dom/client";
import { App } from "./App";
import { Session, type Bootstrap } from "./collab/session";
import { loadPerson } from "./collab/person";
import { protocolVersion } from "./collab/wire";
import "./styles.css";

const meta = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

const boot = JSON.parse(meta("corust-session")) as Bootstrap;
const socket = new URL(`${location.pathname}/socket?protocol=${protocolVersion}`, location.href);
socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";

const session = new Session(socket.href, loadPerson(), boot);
session.start();
createRoot(document.getElementById("root")!).render(<App session={session} nonce={meta("corust-nonce")} />);
