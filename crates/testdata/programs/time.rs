use time::{Date, Duration, Month, OffsetDateTime, Weekday};

fn main() {
    let d = Date::from_calendar_date(2024, Month::February, 28).unwrap() + Duration::days(2);
    assert_eq!((d.month(), d.day(), d.weekday()), (Month::March, 1, Weekday::Friday));
    let t = OffsetDateTime::from_unix_timestamp(86_400).unwrap();
    assert_eq!((t.year(), t.ordinal()), (1970, 2));
    assert_eq!(Duration::minutes(90).whole_hours(), 1);
}
