use object::{Object, ObjectSection, ObjectSymbol};

fn main() {
    let data = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let file = object::File::parse(&*data).unwrap();
    assert_eq!(file.format(), object::BinaryFormat::Elf);
    assert!(file.section_by_name(".text").unwrap().size() > 0);
    assert!(file.symbols().chain(file.dynamic_symbols()).any(|s| s.name().is_ok_and(|n| !n.is_empty())));
}
