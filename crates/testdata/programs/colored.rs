use colored::Colorize;

fn main() {
    colored::control::set_override(true);
    assert_eq!("hot".red().bold().to_string(), "\u{1b}[1;31mhot\u{1b}[0m");
}
