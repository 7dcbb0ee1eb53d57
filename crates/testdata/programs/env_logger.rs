use std::io::Write;

fn main() {
    let log = env_logger::Builder::new()
        .parse_filters("info,noisy=off")
        .format(|out, r| writeln!(out, "{}: {}", r.level(), r.args()))
        .build();
    let meta = |level, target| log::Metadata::builder().level(level).target(target).build();
    assert!(log::Log::enabled(&log, &meta(log::Level::Info, "x")));
    assert!(!log::Log::enabled(&log, &meta(log::Level::Debug, "x")));
    assert!(!log::Log::enabled(&log, &meta(log::Level::Error, "noisy")));
}
