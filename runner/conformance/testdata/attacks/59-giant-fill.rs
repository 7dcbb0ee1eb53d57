//! row 59: four gigabytes out of one line of assembly
//! verdict: memory
//! stage: compile
//! limits: memory=256MiB
std::arch::global_asm!(".fill 4000000000,1,1");

fn main() {}
