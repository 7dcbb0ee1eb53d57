// Away from Windows this crate is empty; that it links is all there is to say.
extern crate winapi;

fn main() {
    assert_eq!(cfg!(windows), false);
}
