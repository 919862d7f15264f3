//! Builds the command anew where a file of the catalog, which it carries, comes or goes.

fn main() {
    println!("cargo:rerun-if-changed=../../static/catalog");
}
