use proc_macro_error::{Diagnostic, Level};

fn main() {
    // Messages go to the compiler; outside of it one can be made and not sent.
    let d = Diagnostic::new(Level::Warning, "unused".to_string()).help("remove it".to_string());
    std::mem::forget(d);
    let out = std::panic::catch_unwind(|| proc_macro_error::entry_point(proc_macro::TokenStream::new, false));
    assert!(out.is_err() || out.unwrap().is_empty());
}

extern crate proc_macro;
