use libloading::{Library, Symbol};

fn main() {
    unsafe {
        let libm = Library::new("libm.so.6").unwrap();
        let cos: Symbol<unsafe extern "C" fn(f64) -> f64> = libm.get(b"cos\0").unwrap();
        assert_eq!(cos(0.0), 1.0);
        assert!(Library::new("libnone-such.so").is_err());
    }
}
