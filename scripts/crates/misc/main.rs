use rand::Rng;
use rayon::prelude::*;
fn main() {
    env_logger::init();
    log::info!("x");
    let re = regex::Regex::new(r"^\d{4}-(\d\d)$").unwrap();
    println!("{}", re.is_match("2020-01"));
    let v: Vec<u64> = (0..1000u64).into_par_iter().map(|x| x * x).collect();
    println!(
        "{} {} {}",
        v.len(),
        rand::thread_rng().gen_range(0..9),
        chrono::Utc::now()
    );
    let t: toml::Value = toml::from_str("a=1").unwrap();
    println!("{t:?}");
    let y: serde_yaml::Value = serde_yaml::from_str("a: 1").unwrap();
    println!("{y:?}");
    for e in walkdir::WalkDir::new(".") {
        println!("{:?}", e.unwrap().path());
    }
    let mut r = csv::Reader::from_path("x.csv").unwrap();
    for x in r.records() {
        println!("{:?}", x);
    }
    println!("{}", url::Url::parse("http://a/b").unwrap());
}
