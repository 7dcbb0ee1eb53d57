// Programs to start from: the files of examples/, which the tests of the repository run.

import echo from "../../../../examples/echo.rs?raw";
import guess from "../../../../examples/guess.rs?raw";
import hello from "../../../../examples/hello.rs?raw";
import script from "../../../../examples/script.rs?raw";
import area from "../../../../examples/shapes/area.rs?raw";
import shapes from "../../../../examples/shapes/main.rs?raw";
import shape from "../../../../examples/shapes/shape.rs?raw";
import timing from "../../../../examples/timing.rs?raw";
import tokio from "../../../../examples/tokio_echo.rs?raw";
import type { NamedFile } from "../collab/wire.gen";

export interface Example {
  title: string;
  about: string;
  /** The main file first. */
  files: NamedFile[];
}

const one = (content: string): NamedFile[] => [{ name: "main.rs", content }];

export const examples: readonly Example[] = [
  { title: "Hello", about: "The shortest program", files: one(hello) },
  { title: "Guessing game", about: "Reads input while it runs", files: one(guess) },
  {
    title: "Several files",
    about: "Modules in files beside main.rs",
    files: [
      { name: "main.rs", content: shapes },
      { name: "area.rs", content: area },
      { name: "shape.rs", content: shape },
    ],
  },
  { title: "Cargo script", about: "Edition and dependencies in front matter", files: one(script) },
  { title: "Timing", about: "Measures a function, as benchmarks do", files: one(timing) },
  { title: "TCP echo", about: "A server and its client in one box", files: one(echo) },
  { title: "Tokio echo", about: "The same with tokio, from the set of crates", files: one(tokio) },
];
