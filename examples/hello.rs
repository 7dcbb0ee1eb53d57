fn main() {
    println!("Hello from the sandbox!");
}
