fn compose<A, B, C>(f: impl Fn(A) -> B, g: impl Fn(B) -> C) -> impl Fn(A) -> C {
    move |x| g(f(x))
}

fn counter() -> impl FnMut() -> u32 {
    let mut n = 0;
    move || {
        n += 1;
        n
    }
}

fn main() {
    let f = compose(|x: i32| x + 1, |x: i32| x.to_string() + "!");
    let mut next = counter();
    println!("{} {} {}", f(41), next(), next());
    let boxed: Vec<Box<dyn Fn(i32) -> i32>> = vec![Box::new(|x| x * 2), Box::new(move |x| x - 3)];
    println!("{}", boxed.iter().fold(10, |x, f| f(x)));
}
