//! row 67: a program that names a loader which is not there cannot be executed,
//! and that is its own affair
//! verdict: no-program
#[unsafe(link_section = ".interp")]
#[used]
pub static LOADER: [u8; 9] = *b"/no/such\0";

fn main() {}
