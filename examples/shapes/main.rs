//! A program of several files: corust run examples/shapes
mod area;
mod shape;

use area::Area;
use shape::{Circle, Square};

fn main() {
    let shapes: [&dyn Area; 2] = [&Circle { radius: 1.0 }, &Square { side: 2.0 }];
    for shape in shapes {
        println!("{:.2}", shape.area());
    }
}
