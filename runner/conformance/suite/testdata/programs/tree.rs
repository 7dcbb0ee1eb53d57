#[derive(Debug, Default)]
pub struct Tree<K, V>(Option<Box<Node<K, V>>>);

#[derive(Debug)]
struct Node<K, V> {
    key: K,
    value: V,
    left: Tree<K, V>,
    right: Tree<K, V>,
}

impl<K: Ord, V> Tree<K, V> {
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match &mut self.0 {
            None => {
                self.0 = Some(Box::new(Node {
                    key,
                    value,
                    left: Tree(None),
                    right: Tree(None),
                }));
                None
            }
            Some(n) if key == n.key => Some(std::mem::replace(&mut n.value, value)),
            Some(n) if key < n.key => n.left.insert(key, value),
            Some(n) => n.right.insert(key, value),
        }
    }
    pub fn depth(&self) -> usize {
        self.0
            .as_ref()
            .map_or(0, |n| 1 + n.left.depth().max(n.right.depth()))
    }
}

fn main() {
    let mut tree = Tree::default();
    for n in [5, 2, 8, 1, 9, 2] {
        if let Some(old) = tree.insert(n, n * 10) {
            println!("again {old}");
        }
    }
    println!("{}", tree.depth());
}
