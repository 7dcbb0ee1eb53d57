import { Text } from "@codemirror/state";
import { describe, expect, test } from "vitest";
import { useOf } from "../src/run/use";

/** The source with the declaration, and | for the cursor. */
function used(source: string, crate = "serde-json"): string {
  const doc = Text.of(source.split("\n"));
  const { from, insert, cursor } = useOf(doc, crate);
  const after = source.slice(0, from) + insert + source.slice(from);
  return `${after.slice(0, cursor)}|${after.slice(cursor)}`;
}

describe("a use declaration", () => {
  for (const [source, want] of [
    ["fn main() {}\n", "use serde_json|;\nfn main() {}\n"],
    ["", "use serde_json|;\n"],
    ["//! About.\n#![allow(unused)]\n\n// A comment.\nuse std::io;\n", "//! About.\n#![allow(unused)]\nuse serde_json|;\n\n// A comment.\nuse std::io;\n"],
    ["#!/usr/bin/env cargo\n---\n[dependencies]\n# ---\n---\nfn main() {}", "#!/usr/bin/env cargo\n---\n[dependencies]\n# ---\n---\nuse serde_json|;\nfn main() {}"],
    ["#![no_std]", "#![no_std]\nuse serde_json|;"],
    ["use serde_json::Value;\n", "use serde_json|::Value;\n"],
    ["fn f() {\n    use ::serde_json;\n}\n", "fn f() {\n    use ::serde_json|;\n}\n"],
    ["use serde_json_path;\n", "use serde_json|;\nuse serde_json_path;\n"],
    ["---\nuse serde_json\n---\n", "---\nuse serde_json\n---\nuse serde_json|;\n"],
  ] as const)
    test(JSON.stringify(source), () => expect(used(source)).toBe(want));
});
