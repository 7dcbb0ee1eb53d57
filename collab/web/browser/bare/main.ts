// What the page is measured against: CodeMirror's basic setup with its Rust mode and a
// text of the given length, without the page's extensions.
import { basicSetup } from "codemirror";
import { rust } from "@codemirror/lang-rust";
import { EditorView } from "@codemirror/view";

const source = Array.from({ length: 3000 }, (_, i) => `fn f${i}(x: u32) -> u32 { x + ${i} } // line`).join("\n");
new EditorView({ doc: source, extensions: [basicSetup, rust()], parent: document.getElementById("editor")! });
