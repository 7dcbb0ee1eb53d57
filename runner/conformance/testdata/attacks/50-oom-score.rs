//! row 50: to be spared when the machine runs out of memory
//! verdict: ok
mod sys;

fn main() {
    for score in ["999", "0", "-1000"] {
        let r = std::fs::write("/proc/self/oom_score_adj", score);
        sys::denied(&format!("oom_score_adj {score}"), r, &[sys::EACCES, sys::EPERM]);
    }
}
