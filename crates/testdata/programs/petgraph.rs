use petgraph::{algo::{dijkstra, is_cyclic_directed, toposort}, graph::DiGraph};

fn main() {
    let mut g = DiGraph::new();
    let [a, b, c] = ["a", "b", "c"].map(|n| g.add_node(n));
    g.extend_with_edges([(a, b, 1), (b, c, 2), (a, c, 9)]);
    assert_eq!(dijkstra(&g, a, Some(c), |e| *e.weight())[&c], 3);
    assert_eq!(toposort(&g, None).unwrap(), [a, b, c]);
    g.add_edge(c, a, 1);
    assert!(is_cyclic_directed(&g));
}
