import Sessions from "./Sessions";

/** The page from which a session is opened. */
export default function Start() {
  const base = new URL("..", location.href).href;
  return (
    <div className="start">
      <h1>
        <img src={new URL("icon.svg", base).href} alt="" width="26" height="26" /> corust
      </h1>
      <p>Write and run Rust together in the browser.</p>
      <Sessions base={base} here="" />
    </div>
  );
}
