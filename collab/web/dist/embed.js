// Makes the Rust blocks of a page runnable:
//   <script src="https://corust.example.org/embed.js" defer></script>
// Each <pre><code class="language-rust"> gets a button, which shows the block in a frame of
// the server. An edition stands in the class, as in mdBook: language-rust edition2021. The
// server names the pages that may do so in serve.frame_ancestors.
(() => {
  const server = new URL(".", document.currentScript.src);
  const start = () => {
    for (const code of document.querySelectorAll("pre > code.language-rust")) {
      if (code.classList.contains("no_run") || code.classList.contains("ignore")) continue;
      const pre = code.parentElement;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Run";
      button.addEventListener("click", () => {
        const edition = /\bedition(20\d\d)\b/.exec(code.className)?.[1] ?? "2021";
        const frame = document.createElement("iframe");
        frame.src = new URL(`embed?edition=${edition}&code=${encodeURIComponent(code.textContent)}`, server).href;
        frame.title = "A Rust program that can be run";
        frame.loading = "lazy";
        frame.style.cssText = `width:100%;border:0;height:${Math.min(40, code.textContent.split("\n").length + 14) * 1.45}em`;
        pre.replaceWith(frame);
        button.remove();
      });
      pre.after(button);
    }
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
