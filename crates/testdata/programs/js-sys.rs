use js_sys::Array;
use wasm_bindgen::JsCast;

// Types of another world: on this platform they can be named, not used.
fn length<T: JsCast>(x: &T, f: fn(&Array) -> u32) -> Option<u32> {
    x.dyn_ref::<Array>().map(f)
}

fn main() {
    let _: fn(&Array, fn(&Array) -> u32) -> Option<u32> = length;
    assert_eq!(size_of::<Array>(), size_of::<wasm_bindgen::JsValue>());
    assert!(std::panic::catch_unwind(|| js_sys::Math::max(1.0, 2.0)).is_err());
}
