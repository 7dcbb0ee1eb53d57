use pyo3::{prelude::*, types::PyList};

#[pyfunction]
fn double(n: i64) -> i64 {
    n * 2
}

fn main() -> PyResult<()> {
    Python::initialize();
    Python::attach(|py| {
        let list = PyList::new(py, [3, 1, 2])?;
        list.sort()?;
        assert_eq!(list.extract::<Vec<i64>>()?, [1, 2, 3]);
        let f = wrap_pyfunction!(double, py)?;
        assert_eq!(f.call1((21,))?.extract::<i64>()?, 42);
        assert_eq!(py.eval(c"sum(range(5))", None, None)?.extract::<i64>()?, 10);
        Ok(())
    })
}
