---
[package]
edition = "2021"
---
// A cargo script: the lines between the dashes are its manifest, and corust reads the
// edition and the dependencies there. In edition 2024, `gen` would be a keyword.
fn main() {
    let gen = (1..=5).map(|n| n * n).collect::<Vec<u32>>();
    println!("{gen:?}");
}
