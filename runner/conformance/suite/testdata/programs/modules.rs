mod geometry {
    pub mod flat {
        #[derive(Default, Debug)]
        pub struct Point {
            pub x: i32,
            pub(super) y: i32,
        }
    }
    pub fn up(p: flat::Point) -> flat::Point {
        flat::Point { y: p.y + 1, ..p }
    }
}

use geometry::{flat::Point, up};

fn main() {
    let p = up(up(Point::default()));
    println!("{p:?} {}", p.x);
}
