use std::ops::{AddAssign, Index, IndexMut, Neg, Not};

#[derive(Clone, Copy, Debug, PartialEq)]
struct Complex(f32, f32);

impl AddAssign for Complex {
    fn add_assign(&mut self, o: Self) {
        self.0 += o.0;
        self.1 += o.1;
    }
}

impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        Complex(-self.0, -self.1)
    }
}

impl Not for Complex {
    type Output = Self;
    fn not(self) -> Self {
        Complex(self.0, -self.1)
    }
}

struct Grid([[u8; 3]; 2]);

impl Index<(usize, usize)> for Grid {
    type Output = u8;
    fn index(&self, (x, y): (usize, usize)) -> &u8 {
        &self.0[y][x]
    }
}

impl IndexMut<(usize, usize)> for Grid {
    fn index_mut(&mut self, (x, y): (usize, usize)) -> &mut u8 {
        &mut self.0[y][x]
    }
}

fn main() {
    let mut c = Complex(1.0, 2.0);
    c += -!c;
    let mut g = Grid([[0; 3]; 2]);
    g[(2, 1)] = 7;
    println!("{c:?} {} {}", g[(2, 1)], g[(0, 0)]);
}
