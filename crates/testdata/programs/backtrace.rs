fn main() {
    let trace = backtrace::Backtrace::new_unresolved();
    assert!(!trace.frames().is_empty());
    let mut frames = 0;
    backtrace::trace(|_| {
        frames += 1;
        true
    });
    assert!(frames > 0);
}
