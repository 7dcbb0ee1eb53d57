fn main() {
    assert_eq!(textwrap::wrap("Memory safety without garbage collection.", 18), ["Memory safety", "without garbage", "collection."]);
    assert_eq!(textwrap::indent("a\nb\n", "> "), "> a\n> b\n");
    assert_eq!(textwrap::dedent("  a\n    b"), "a\n  b");
}
