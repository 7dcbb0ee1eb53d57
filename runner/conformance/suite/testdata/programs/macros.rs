macro_rules! largest {
    ($x:expr) => { $x };
    ($x:expr, $($rest:expr),+) => {{
        let (a, b) = ($x, largest!($($rest),+));
        if a > b { a } else { b }
    }};
}

macro_rules! record {
    ($name:ident { $($field:ident: $type:ty = $value:expr),* $(,)? }) => {
        #[derive(Debug)]
        struct $name { $($field: $type),* }
        impl Default for $name {
            fn default() -> Self { Self { $($field: $value),* } }
        }
    };
}

record!(Settings {
    depth: usize = 3,
    name: String = String::from("x")
});

fn main() {
    println!("{} {:?}", largest!(3, 7, 5), Settings::default());
}
