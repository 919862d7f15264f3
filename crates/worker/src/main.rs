//! The module of the engine with all its programs.

fn main() {
    layerlab_worker::register();
}
