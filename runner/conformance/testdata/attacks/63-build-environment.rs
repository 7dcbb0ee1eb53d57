//! row 63: the environment of the compiler
//! verdict: ok
//! check: secrets
macro_rules! show {
    ($($name:literal)*) => { $( println!("{}={:?}", $name, option_env!($name)); )* };
}

fn main() {
    show!("HOME" "USER" "HOSTNAME" "PWD" "CARGO_HOME" "RUSTUP_HOME" "RUSTUP_TOOLCHAIN" "SSH_AUTH_SOCK" "DOCKER_HOST" "CORUST_TEST_SECRET");
    assert_eq!(option_env!("HOME"), Some("/work"));
    for name in [option_env!("USER"), option_env!("CARGO_HOME"), option_env!("RUSTUP_HOME"), option_env!("CORUST_TEST_SECRET"), option_env!("HOSTNAME")] {
        assert_eq!(name, None);
    }
}
