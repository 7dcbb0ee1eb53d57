use prost_types::{Duration, Timestamp, Value, value::Kind};

fn main() {
    let t: Timestamp = "1970-01-01T00:01:00Z".parse().unwrap();
    assert_eq!(t.seconds, 60);
    assert_eq!(std::time::Duration::try_from(Duration { seconds: 2, nanos: 0 }).unwrap().as_secs(), 2);
    assert_eq!(Value::from(true).kind, Some(Kind::BoolValue(true)));
}
