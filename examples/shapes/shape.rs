pub struct Circle {
    pub radius: f64,
}

pub struct Square {
    pub side: f64,
}
