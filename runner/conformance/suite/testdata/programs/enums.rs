#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Circle { radius: f64 },
    Square(f64),
    Nothing,
}

impl Shape {
    fn area(self) -> f64 {
        match self {
            Shape::Circle { radius } => std::f64::consts::PI * radius * radius,
            Shape::Square(side) => side * side,
            Shape::Nothing => 0.0,
        }
    }
}

fn main() {
    for shape in [
        Shape::Circle { radius: 1.5 },
        Shape::Square(2.0),
        Shape::Nothing,
    ] {
        println!("{shape:?}: {:.2}", shape.area());
    }
}
