use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};

fn main() {
    let day = NaiveDate::from_ymd_opt(2024, 2, 28).unwrap() + Duration::days(1);
    assert_eq!((day.month(), day.day()), (2, 29));
    let t: DateTime<Utc> = "2024-02-29T12:30:00Z".parse().unwrap();
    assert_eq!(t.timestamp(), 1709209800);
    assert_eq!(t.format("%H:%M").to_string(), "12:30");
}
