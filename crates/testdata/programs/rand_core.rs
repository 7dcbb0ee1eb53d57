use rand_core::{Infallible, Rng, SeedableRng, TryRng};

struct Counter(u64);

impl TryRng for Counter {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|n| n as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 += 1;
        Ok(self.0)
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        to.fill(self.0 as u8);
        Ok(())
    }
}

impl SeedableRng for Counter {
    type Seed = [u8; 8];
    fn from_seed(seed: [u8; 8]) -> Self {
        Counter(u64::from_le_bytes(seed))
    }
}

fn main() {
    let mut r = Counter::from_seed(5u64.to_le_bytes());
    assert_eq!((r.next_u32(), r.next_u64()), (6, 7));
}
