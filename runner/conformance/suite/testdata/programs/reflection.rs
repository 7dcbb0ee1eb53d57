use std::any::{Any, type_name};

fn name_of<T: ?Sized>(_: &T) -> &'static str {
    type_name::<T>()
}

fn main() {
    let values: [Box<dyn Any>; 3] = [Box::new(1u8), Box::new("text"), Box::new(vec![1.5f32])];
    for value in &values {
        if let Some(n) = value.downcast_ref::<u8>() {
            println!("{} {n}", name_of(n));
        } else if let Some(s) = value.downcast_ref::<&str>() {
            println!("{} {s}", name_of(s));
        } else {
            println!("something else");
        }
    }
    println!("{}", name_of(&|x: i32| x).contains("closure"));
}
