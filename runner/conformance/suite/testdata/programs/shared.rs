use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

#[derive(Debug)]
struct Node {
    value: i32,
    parent: RefCell<Weak<Node>>,
    children: RefCell<Vec<Rc<Node>>>,
}

fn node(value: i32) -> Rc<Node> {
    Rc::new(Node {
        value,
        parent: RefCell::default(),
        children: RefCell::default(),
    })
}

fn main() {
    let root = node(1);
    for value in 2..4 {
        let child = node(value);
        *child.parent.borrow_mut() = Rc::downgrade(&root);
        root.children.borrow_mut().push(child);
    }
    let sum: i32 = root
        .children
        .borrow()
        .iter()
        .map(|c| c.value * c.parent.borrow().upgrade().map_or(0, |p| p.value))
        .sum();
    println!("{sum} {}", Rc::weak_count(&root));
}
