//! Projects as zip files; the code that packs them is loaded when it is first needed.

use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use layerlab_engine::Project;
use layerlab_engine::context::{ContextFile, Data, check_path};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::files::{ReadFile, context_file, from_js};
use crate::header::project_of;

/// Largest archive that is read, in bytes.
pub const MAX_ARCHIVE: f64 = 67_108_864.0;

/// The project in a zip file.
///
/// # Errors
/// What is wrong with it.
pub async fn open(file: &ReadFile) -> Result<Project, String> {
    let bytes = file.bytes.as_ref().ok_or_else(|| {
        format!(
            "{} is larger than 64 MiB; Layerlab does not read it.",
            file.path
        )
    })?;
    let problem = |text: String| format!("{} cannot be opened: {text}.", file.path);
    let read = call("read", &Uint8Array::from(bytes.as_slice()))
        .await
        .map_err(problem)?;
    let mut files = Vec::new();
    for entry in from_js(&read) {
        check_path(&entry.path).map_err(problem)?;
        files.push(context_file(entry));
    }
    Ok(project_of(files))
}

/// A zip file of a project's files; those held by size only are listed in it.
///
/// # Errors
/// Where it cannot be made.
pub async fn write(files: &[ContextFile]) -> Result<Vec<u8>, String> {
    let entries = Array::new();
    let mut left_out = String::new();
    for file in files {
        match &file.data {
            Data::Text(text) => push(&entries, &file.path, text.as_bytes(), file.mode),
            Data::Bytes(bytes) => push(&entries, &file.path, bytes, file.mode),
            Data::Size(size) => left_out.push_str(&format!("{} ({size} bytes)\n", file.path)),
            Data::Directory | Data::Link(_) => {}
        }
    }
    if !left_out.is_empty() {
        push(&entries, "layerlab-left-out.txt", left_out.as_bytes(), None);
    }
    call("write", &entries)
        .await
        .map(|bytes| Uint8Array::new(&bytes).to_vec())
}

fn push(entries: &Array, path: &str, bytes: &[u8], mode: Option<u16>) {
    let entry = Object::new();
    let fields: [(&str, JsValue); 3] = [
        ("path", path.into()),
        ("bytes", Uint8Array::from(bytes).into()),
        ("mode", mode.unwrap_or(0o644).into()),
    ];
    for (name, value) in fields {
        // A new object takes every property.
        let _ = Reflect::set(&entry, &name.into(), &value);
    }
    entries.push(&entry);
}

/// Loads the code where it is not there yet, and calls one of its functions.
async fn call(name: &str, argument: &JsValue) -> Result<JsValue, String> {
    let text = |error: JsValue| {
        error.dyn_ref::<js_sys::Error>().map_or_else(
            || "it failed".to_owned(),
            |error| String::from(error.message()),
        )
    };
    let load: Function = Reflect::get(&js_sys::global(), &"layerlabZip".into())
        .map_err(text)?
        .unchecked_into();
    let loading: js_sys::Promise = load.call0(&JsValue::NULL).map_err(text)?.unchecked_into();
    let module = JsFuture::from(loading).await.map_err(text)?;
    let function: Function = Reflect::get(&module, &name.into())
        .map_err(text)?
        .unchecked_into();
    function.call1(&JsValue::NULL, argument).map_err(text)
}
