use clap::Parser;
#[derive(Parser)]
struct A {
    #[arg(short, long)]
    name: String,
    #[arg(short, long, default_value_t = 1)]
    count: u8,
}
fn main() -> anyhow::Result<()> {
    let a = A::parse();
    for _ in 0..a.count {
        println!("Hello {}", a.name);
    }
    Ok(())
}
