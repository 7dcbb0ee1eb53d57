type Matrix = [[f64; 4]; 4];

#[inline(never)]
pub fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    let mut out = [[0.0; 4]; 4];
    for (row, line) in out.iter_mut().zip(a) {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell = line.iter().zip(b).map(|(x, other)| x * other[j]).sum();
        }
    }
    out
}

fn main() {
    let mut identity = [[0.0; 4]; 4];
    (0..4).for_each(|i| identity[i][i] = 1.0);
    let a: Matrix = std::array::from_fn(|i| std::array::from_fn(|j| (i * 4 + j) as f64));
    println!("{:?}", multiply(&a, &identity)[3]);
}
