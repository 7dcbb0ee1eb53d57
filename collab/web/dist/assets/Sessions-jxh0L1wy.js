import{n as e,t}from"./jsx-runtime-Am8b9ysO.js";import{i as n}from"./Dialog-BpgvHcEV.js";import{n as r,o as i,r as a,t as o}from"./index-CgeVVM_A.js";var s=e(),c=`//! A TCP server and its client, both inside the box: it has a loopback network and no
//! other. corust run examples/echo.rs
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn serve(listener: &TcpListener) -> io::Result<()> {
    let (stream, _) = listener.accept()?;
    let mut out = stream.try_clone()?;
    for line in BufReader::new(stream).lines() {
        writeln!(out, "{}", line?.to_uppercase())?;
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("localhost:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || serve(&listener));

    let mut stream = TcpStream::connect(address)?;
    let mut replies = BufReader::new(stream.try_clone()?).lines();
    for word in ["hello", "from", "the", "box"] {
        writeln!(stream, "{word}")?;
        println!("{}", replies.next().expect("a reply")?);
    }
    drop(replies);
    drop(stream);
    server.join().expect("the server does not panic")
}
`,l=`//! A guessing game: corust run examples/guess.rs
use std::cmp::Ordering;
use std::io::{self, BufRead, Write};
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> io::Result<()> {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let secret = seed.subsec_nanos() / 1000 % 100 + 1;
    let mut lines = io::stdin().lock().lines();
    for turn in 1.. {
        print!("Guess a number from 1 to 100: ");
        io::stdout().flush()?;
        let Some(line) = lines.next() else {
            println!("\\nIt was {secret}.");
            break;
        };
        let Ok(guess) = line?.trim().parse::<u32>() else {
            println!("That is not a number.");
            continue;
        };
        match guess.cmp(&secret) {
            Ordering::Less => println!("Too small."),
            Ordering::Greater => println!("Too big."),
            Ordering::Equal => {
                println!("Found in {turn} turns.");
                break;
            }
        }
    }
    Ok(())
}
`,u=`fn main() {
    println!("Hello from the sandbox!");
}
`,d=`---
[package]
edition = "2021"
---
// A cargo script: the lines between the dashes are its manifest, and corust reads the
// edition and the dependencies there. In edition 2024, \`gen\` would be a keyword.
fn main() {
    let gen = (1..=5).map(|n| n * n).collect::<Vec<u32>>();
    println!("{gen:?}");
}
`,f=`use crate::shape::{Circle, Square};

pub trait Area {
    fn area(&self) -> f64;
}

impl Area for Circle {
    fn area(&self) -> f64 {
        std::f64::consts::PI * self.radius * self.radius
    }
}

impl Area for Square {
    fn area(&self) -> f64 {
        self.side * self.side
    }
}
`,p=`//! A program of several files: corust run examples/shapes
mod area;
mod shape;

use area::Area;
use shape::{Circle, Square};

fn main() {
    let shapes: [&dyn Area; 2] = [&Circle { radius: 1.0 }, &Square { side: 2.0 }];
    for shape in shapes {
        println!("{:.2}", shape.area());
    }
}
`,m=`pub struct Circle {
    pub radius: f64,
}

pub struct Square {
    pub side: f64,
}
`,h=`//! Times a function as benchmark harnesses do: many batches, and the median of them.
//! corust run examples/timing.rs
use std::hint::black_box;
use std::time::{Duration, Instant};

fn fibonacci(n: u32) -> u64 {
    if n < 2 { n.into() } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

/// Returns the median time of one call.
fn median(mut f: impl FnMut()) -> Duration {
    const CALLS: u32 = 100;
    let mut batches: Vec<Duration> = (0..21)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                f();
            }
            start.elapsed() / CALLS
        })
        .collect();
    batches.sort();
    batches[batches.len() / 2]
}

fn main() {
    for n in [5, 10, 15] {
        let time = median(|| {
            black_box(fibonacci(black_box(n)));
        });
        println!("fibonacci({n}): {time:?}");
    }
}
`,g=`//! The same with tokio, which the default set of crates has:
//! corust crates build, then corust run examples/tokio_echo.rs
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("localhost:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        let (read, mut write) = stream.split();
        let mut lines = BufReader::new(read).lines();
        while let Some(line) = lines.next_line().await? {
            write.write_all(format!("{}\\n", line.to_uppercase()).as_bytes()).await?;
        }
        Ok::<_, std::io::Error>(())
    });

    let mut stream = TcpStream::connect(address).await?;
    let (read, mut write) = stream.split();
    let mut replies = BufReader::new(read).lines();
    for word in ["hello", "from", "tokio"] {
        write.write_all(format!("{word}\\n").as_bytes()).await?;
        println!("{}", replies.next_line().await?.expect("a reply"));
    }
    drop(stream);
    server.await.expect("the server does not panic")
}
`,_=e=>[{name:`main.rs`,content:e}],v=[{title:`Hello`,about:`The shortest program`,files:_(u)},{title:`Guessing game`,about:`Reads input while it runs`,files:_(l)},{title:`Several files`,about:`Modules in files beside main.rs`,files:[{name:`main.rs`,content:p},{name:`area.rs`,content:f},{name:`shape.rs`,content:m}]},{title:`Cargo script`,about:`Edition and dependencies in front matter`,files:_(d)},{title:`Timing`,about:`Measures a function, as benchmarks do`,files:_(h)},{title:`TCP echo`,about:`A server and its client in one box`,files:_(c)},{title:`Tokio echo`,about:`The same with tokio, from the set of crates`,files:_(g)}],y=t();function b({base:e,here:t,line:c}){let l=t?`h3`:`h2`,[u,d]=(0,s.useState)(()=>a().map(e=>e.id===t&&c!==void 0?{...e,line:c}:e)),[f,p]=(0,s.useState)(``),[m,h]=(0,s.useState)(!1);(0,s.useEffect)(()=>{let e=e=>{e.persisted&&(h(!1),p(``),d(a()))};return addEventListener(`pageshow`,e),()=>removeEventListener(`pageshow`,e)},[]);let g=async t=>{if(!m){h(!0),p(`One moment…`);try{if(!t)return location.assign(e);let{edit:r}=await n(new URL(`api/v1/sessions`,e).href,{files:t});if(!r)throw Error(`the server sent no link`);location.assign(new URL(r,e).href)}catch(e){p(`No session was created: ${e instanceof Error?e.message:String(e)}.`),h(!1)}}},_=e=>{o(e?.id),d(a()),p(e?`Removed ${S(e)}.`:`Removed all.`)};return(0,y.jsxs)(`div`,{className:`sessions`,children:[(0,y.jsx)(`p`,{className:`unseen`,role:`status`,children:f}),f.startsWith(`No`)&&(0,y.jsx)(`p`,{className:`failure`,children:f}),(0,y.jsx)(l,{children:`New session`}),(0,y.jsxs)(`ul`,{className:`templates`,children:[(0,y.jsx)(`li`,{children:(0,y.jsx)(x,{title:`New`,about:`With the server's first lines`,act:()=>void g(null)})}),v.map(({title:e,about:t,files:n})=>(0,y.jsx)(`li`,{children:(0,y.jsx)(x,{title:e,about:t,act:()=>void g(n)})},e))]}),(0,y.jsx)(l,{children:`Recent sessions`}),u.length===0?(0,y.jsx)(`p`,{className:`hint`,children:`None. Sessions that you open are listed here.`}):(0,y.jsxs)(y.Fragment,{children:[(0,y.jsx)(`ul`,{className:`recent`,children:u.map(n=>(0,y.jsxs)(`li`,{children:[(0,y.jsxs)(`a`,{href:new URL(r(n),e).href,"aria-current":n.id===t?`page`:void 0,children:[(0,y.jsx)(`bdi`,{translate:`no`,children:S(n)}),(0,y.jsx)(`span`,{className:`facts`,children:[n.id===t?`this session`:i(new Date(n.at).toISOString()),n.token===n.id?`watching`:``,n.id.slice(0,6)].filter(Boolean).join(` · `)})]}),(0,y.jsx)(`button`,{type:`button`,className:`icon`,"aria-label":`Remove ${S(n)} from the list`,title:`Remove from the list`,onClick:()=>_(n),children:`✕`})]},n.id))}),(0,y.jsxs)(`p`,{className:`hint`,children:[`The links are stored only in this browser, and anyone who uses it can open them. Removing a link does not delete the session.`,` `,(0,y.jsx)(`button`,{type:`button`,className:`link-button`,onClick:()=>_(),children:`Remove all`})]})]})]})}function x({title:e,about:t,act:n}){return(0,y.jsxs)(`button`,{type:`button`,onClick:n,children:[(0,y.jsx)(`span`,{className:`title`,children:e}),(0,y.jsx)(`span`,{className:`facts`,children:t})]})}var S=e=>e.name||e.line||`Untitled`;export{b as default};