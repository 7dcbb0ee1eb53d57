use strum::{EnumCount, IntoEnumIterator};
use strum_macros::{Display, EnumCount, EnumIter, EnumString};

#[derive(EnumCount, EnumIter, EnumString, Display, PartialEq, Debug)]
#[strum(serialize_all = "kebab-case")]
enum Colour {
    DarkRed,
    Blue,
}

fn main() {
    assert_eq!(Colour::COUNT, 2);
    assert_eq!(Colour::iter().map(|c| c.to_string()).collect::<Vec<_>>(), ["dark-red", "blue"]);
    assert_eq!("dark-red".parse(), Ok(Colour::DarkRed));
    assert_eq!("green".parse::<Colour>(), Err(strum::ParseError::VariantNotFound));
}
