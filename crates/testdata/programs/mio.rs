use mio::{Events, Interest, Poll, Token, net::{TcpListener, TcpStream}};

fn main() {
    let mut poll = Poll::new().unwrap();
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    poll.registry().register(&mut listener, Token(7), Interest::READABLE).unwrap();
    let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut events = Events::with_capacity(4);
    poll.poll(&mut events, Some(std::time::Duration::from_secs(5))).unwrap();
    assert_eq!(events.iter().next().unwrap().token(), Token(7));
    listener.accept().unwrap();
}
