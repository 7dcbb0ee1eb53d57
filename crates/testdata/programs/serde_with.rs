use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, DurationSeconds, serde_as, skip_serializing_none};
use std::time::Duration;

#[serde_as]
#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
struct Job {
    #[serde_as(as = "DisplayFromStr")]
    id: u64,
    #[serde_as(as = "Option<DurationSeconds<u64>>")]
    limit: Option<Duration>,
}

fn main() {
    let j: Job = serde_json::from_str(r#"{"id":"7","limit":3}"#).unwrap();
    assert_eq!((j.id, j.limit), (7, Some(Duration::from_secs(3))));
    assert_eq!(serde_json::to_string(&Job { id: 1, limit: None }).unwrap(), r#"{"id":"1"}"#);
}
