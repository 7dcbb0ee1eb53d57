use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Cli {
    #[arg(long, default_value_t = 1)]
    count: u32,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Greet { name: String },
}

fn main() {
    let cli = Cli::parse_from(["x", "--count", "3", "greet", "ada"]);
    let Command::Greet { name } = cli.command;
    assert_eq!((cli.count, name.as_str()), (3, "ada"));
    assert!(Cli::try_parse_from(["x", "dance"]).is_err());
}
