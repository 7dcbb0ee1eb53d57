use unicode_segmentation::UnicodeSegmentation;

fn main() {
    assert_eq!("e\u{301}🇩🇪x".graphemes(true).count(), 3);
    assert_eq!("Hello, wörld!".unicode_words().collect::<Vec<_>>(), ["Hello", "wörld"]);
}
