use std::time::{Duration, UNIX_EPOCH};

fn main() {
    assert_eq!(humantime::parse_duration("1h 30m").unwrap(), Duration::from_secs(5400));
    assert_eq!(humantime::format_duration(Duration::from_secs(3661)).to_string(), "1h 1m 1s");
    assert_eq!(humantime::format_rfc3339(UNIX_EPOCH).to_string(), "1970-01-01T00:00:00Z");
}
