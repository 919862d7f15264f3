//! What the tests' images run, for want of a shell: one static program.

use std::io::Write as _;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| -> u64 { words.get(place).and_then(|word| word.parse().ok()).unwrap_or(0) };
    match words.first().map(String::as_str) {
        // write PATH BYTES
        Some("write") => std::fs::write(&words[1], vec![b'x'; number(2) as usize]).expect("a file"),
        Some("sleep") => std::thread::sleep(std::time::Duration::from_secs(number(1))),
        Some("print") => println!("{}", words[1..].join(" ")),
        // lines COUNT
        Some("lines") => (0..number(1)).for_each(|line| println!("line {line}")),
        Some("fail") => {
            eprintln!("it fails");
            std::process::exit(3);
        }
        // fill MIB
        Some("fill") => {
            let bytes = vec![1_u8; (number(1) << 20) as usize];
            println!("{}", bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        }
        Some("network") => {
            let interfaces = std::fs::read_to_string("/proc/net/dev").unwrap_or_default();
            println!("interfaces {}", interfaces.lines().count() - 2);
        }
        _ => println!("hello"),
    }
    std::io::stdout().flush().expect("an output");
}
