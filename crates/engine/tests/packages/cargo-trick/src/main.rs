use std::collections::BTreeMap;
use std::io::BufRead;

fn main() {
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        for word in line.split_whitespace() {
            *words.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    for (word, count) in &words {
        println!("{count:6} {word}");
    }
}
