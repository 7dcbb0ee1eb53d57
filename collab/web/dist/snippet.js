// The page of a snapshot, and the page for frames: runs the files that it shows.
const api = document.body.dataset.api;
const form = document.forms[0];
const [run, status, output] = ["run", "status", "output"].map((id) => document.getElementById(id));
const files = [...document.querySelectorAll("textarea[data-file]")];
let running = null;

run.hidden = false;
run.addEventListener("click", () => (running ? running.abort() : start()));
document.addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
    e.preventDefault();
    if (!running) start();
  }
});

function show(text) {
  const atEnd = output.scrollTop + output.clientHeight >= output.scrollHeight - 4;
  output.append(text.replaceAll(/\x1b\[[0-9;]*[A-Za-z]/g, ""));
  if (atEnd) output.scrollTop = output.scrollHeight;
}

async function start() {
  running = new AbortController();
  run.textContent = "Stop";
  status.textContent = "compiling";
  output.hidden = false;
  output.textContent = "";
  const body = { files: files.map((f) => ({ name: f.dataset.file, content: f.value })) };
  const main = body.files.find((f) => f.name === "main.rs" || f.name === "src/main.rs") ?? body.files[0];
  body.main = main.name;
  for (const name of ["mode", "edition", "channel"]) if (form.elements[name]) body[name] = form.elements[name].value;
  try {
    const res = await fetch(api, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/x-ndjson" }, body: JSON.stringify(body), signal: running.signal });
    if (!res.ok) {
      status.textContent = (await res.json().catch(() => ({}))).detail ?? `the server answered ${res.status}`;
      return;
    }
    let rest = "";
    const reader = res.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      const lines = (rest + (value ?? "")).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line) event(JSON.parse(line));
      if (done) break;
    }
  } catch (e) {
    status.textContent = e.name === "AbortError" ? "stopped" : "the connection to the server broke";
  } finally {
    running = null;
    run.textContent = "Run";
  }
}

function event(e) {
  if (e.event === "stdout" || e.event === "stderr") show(e.text ?? new TextDecoder().decode(Uint8Array.from(atob(e.base64), (c) => c.charCodeAt(0))));
  else if (e.event === "stage-start") status.textContent = e.stage === "run" ? "running" : "compiling";
  else if (e.event === "queued") status.textContent = `place ${e.position} in the queue`;
  else if (e.event === "error") status.textContent = e.error;
  else if (e.event === "result") {
    const { verdict, exit_code: code, signal } = e.result;
    status.textContent = verdict === "ok" ? "done" : verdict === "exit" ? `ended with ${code}` : verdict === "signal" ? `ended by ${signal ?? "a signal"}` : verdict;
  }
}
