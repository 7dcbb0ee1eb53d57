use indoc::{formatdoc, indoc};

fn main() {
    let text = indoc! {"
        one
          two
    "};
    assert_eq!(text, "one\n  two\n");
    let n = 3;
    assert_eq!(formatdoc! {"
        n = {n}"}, "n = 3");
}
