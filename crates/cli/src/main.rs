//! The `layerlab` command.
fn main() {
    let path = std::env::args().nth(2).unwrap();
    let text = layerlab_engine::dockerfile::decode(&std::fs::read(path).unwrap());
    let d = layerlab_engine::dockerfile::parse(&text);
    for e in &d.errors {
        eprintln!("{e:?}");
    }
    print!("{}", layerlab_engine::dockerfile::dump(&d));
    if !d.errors.is_empty() {
        std::process::exit(1)
    }
}
