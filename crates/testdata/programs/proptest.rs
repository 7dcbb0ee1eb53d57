use proptest::{prelude::*, test_runner::{Config, TestRunner}};

fn main() {
    let config = Config { failure_persistence: None, ..Config::with_cases(50) };
    TestRunner::new(config.clone())
        .run(&(any::<u32>(), "[a-z]{1,5}"), |(n, s)| {
            prop_assert_eq!(n.wrapping_add(1).wrapping_sub(1), n);
            prop_assert!(s.len() <= 5);
            Ok(())
        })
        .unwrap();
    let failed = TestRunner::new(config).run(&(0..1000u32), |n| {
        prop_assert!(n < 10);
        Ok(())
    });
    assert!(failed.unwrap_err().to_string().contains("minimal failing input"));
}
