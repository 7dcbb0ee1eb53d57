struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        println!("drop {}", self.0);
    }
}

fn main() {
    let _a = Noisy("a");
    let b = Noisy("b");
    {
        let _c = Noisy("c");
        std::mem::drop(b);
    }
    let list = vec![Noisy("d"), Noisy("e")];
    let _last = list.into_iter().next_back();
    println!("end");
}
