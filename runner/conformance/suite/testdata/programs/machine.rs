#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub enum Op {
    Push(i64),
    Add,
    Mul,
    Jump(usize),
    JumpIfZero(usize),
    Dup,
    Halt,
}

pub fn run(code: &[Op]) -> Result<Option<i64>, usize> {
    let mut stack = Vec::with_capacity(8);
    let mut at = 0;
    for _ in 0..1000 {
        let op = *code.get(at).ok_or(at)?;
        at += 1;
        match op {
            Op::Push(n) => stack.push(n),
            Op::Add | Op::Mul => {
                let (b, a) = (stack.pop().ok_or(at)?, stack.pop().ok_or(at)?);
                stack.push(if matches!(op, Op::Add) { a + b } else { a * b });
            }
            Op::Jump(to) => at = to,
            Op::JumpIfZero(to) => {
                if stack.pop().ok_or(at)? == 0 {
                    at = to;
                }
            }
            Op::Dup => stack.push(*stack.last().ok_or(at)?),
            Op::Halt => return Ok(stack.pop()),
        }
    }
    Err(at)
}

fn main() {
    let code = [
        Op::Push(5),
        Op::Push(-1),
        Op::Add,
        Op::Dup,
        Op::JumpIfZero(6),
        Op::Jump(1),
        Op::Push(42),
        Op::Halt,
    ];
    println!("{:?} {:?}", run(&code), run(&[Op::Add]));
}
