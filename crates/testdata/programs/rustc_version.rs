use rustc_version::{Channel, LlvmVersion, Version, VersionMeta, version_meta_for};

fn main() {
    let text = "rustc 1.80.0 (051478957 2024-07-21)\nbinary: rustc\ncommit-hash: 051478957371ee0084a7c0913941d2a8c4757bb9\ncommit-date: 2024-07-21\nhost: x86_64-unknown-linux-gnu\nrelease: 1.80.0\nLLVM version: 18.1.7\n";
    let meta: VersionMeta = version_meta_for(text).unwrap();
    assert_eq!((meta.semver, meta.channel), (Version::new(1, 80, 0), Channel::Stable));
    assert_eq!(meta.llvm_version, Some(LlvmVersion { major: 18, minor: 1 }));
}
