//! The Layerlab page. The same module runs twice: in the page, where it draws, and in a
//! worker, where it simulates.

mod app;
mod bridge;
mod editor;
mod engine;
mod examples;
mod files;
mod format;
mod header;
mod model;
mod options;
mod storage;
mod tabs;
mod views;
mod zip_file;

use wasm_bindgen::JsCast;

fn main() {
    if js_sys::global().is_instance_of::<web_sys::DedicatedWorkerGlobalScope>() {
        engine::register();
        return;
    }
    let document = gloo::utils::document();
    if let Some(root) = document.get_element_by_id("app") {
        root.set_inner_html("");
        yew::Renderer::<app::App>::with_root(root).render();
    }
}
