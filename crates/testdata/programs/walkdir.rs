use walkdir::WalkDir;

fn main() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
    std::fs::write(dir.path().join("a/b/c.txt"), "x").unwrap();
    let names: Vec<_> = WalkDir::new(dir.path()).min_depth(1).sort_by_file_name().into_iter().map(|e| e.unwrap().file_name().to_owned()).collect();
    assert_eq!(names, ["a", "b", "c.txt"]);
}
