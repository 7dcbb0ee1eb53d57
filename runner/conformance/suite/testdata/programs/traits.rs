use std::fmt;

trait Animal {
    fn name(&self) -> String;
    fn sound(&self) -> &'static str {
        "..."
    }
}

struct Dog;
struct Fish(u8);

impl Animal for Dog {
    fn name(&self) -> String {
        "dog".into()
    }
    fn sound(&self) -> &'static str {
        "woof"
    }
}

impl Animal for Fish {
    fn name(&self) -> String {
        format!("fish {}", self.0)
    }
}

impl fmt::Display for dyn Animal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} says {}", self.name(), self.sound())
    }
}

fn main() {
    let zoo: Vec<Box<dyn Animal>> = vec![Box::new(Dog), Box::new(Fish(3))];
    zoo.iter().for_each(|a| println!("{a}"));
}
