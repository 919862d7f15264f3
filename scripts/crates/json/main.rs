use serde::{Deserialize, Serialize};
#[derive(Serialize, Deserialize, Debug)]
struct P {
    name: String,
    age: u32,
    tags: Vec<String>,
}
fn main() {
    let mut s = String::new();
    std::io::stdin().read_line(&mut s).unwrap();
    let p: P = serde_json::from_str(&s).unwrap();
    println!("{:?} {}", p, serde_json::to_string_pretty(&p).unwrap());
}
