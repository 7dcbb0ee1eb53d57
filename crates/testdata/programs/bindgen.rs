fn main() {
    let out = bindgen::Builder::default()
        .header_contents("point.h", "struct point { int x; int y; };\nint norm(struct point *p);")
        .allowlist_function("norm")
        .layout_tests(false)
        .generate()
        .expect("libclang reads the header")
        .to_string();
    assert!(out.contains("pub struct point"), "{out}");
    assert!(out.contains("pub fn norm"), "{out}");
}
