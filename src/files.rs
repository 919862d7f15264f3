//! The build context: file tabs, adding, renaming, deleting, uploading and dropping files.

use std::sync::Arc;

use js_sys::{Array, Reflect, Uint8Array};
use layerlab_engine::NamedContext;
use layerlab_engine::context::{ContextFile, Data, check_path};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DataTransfer, FileList, HtmlAnchorElement, HtmlInputElement, Url};
use yew::prelude::*;

use crate::format;
use crate::model::{Action, Handle, use_model};

/// Files up to this size are held by content, larger ones by size.
const MAX_HELD: f64 = 262_144.0;

/// Archives up to this size are held by content, so that ADD can unpack them.
const MAX_HELD_ARCHIVE: f64 = 8_388_608.0;

/// Most files that the list shows at once.
const MAX_SHOWN: usize = 200;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = layerlabEditor, js_name = readFileList)]
    fn read_file_list(files: &FileList, max_held: f64, max_archive: f64) -> js_sys::Promise;
    #[wasm_bindgen(js_namespace = layerlabEditor, js_name = readDropped)]
    fn read_dropped(data: &DataTransfer, max_held: f64, max_archive: f64) -> js_sys::Promise;
}

/// A file that the browser read.
pub struct ReadFile {
    /// Relative path.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Content, where it was read.
    pub bytes: Option<Vec<u8>>,
    /// Permissions, where they are known.
    pub mode: Option<u16>,
}

/// Reads files that a file input holds: up to `max` bytes by content, archives up to
/// `max_archive`.
pub async fn read_files(
    files: Option<FileList>,
    max: f64,
    max_archive: f64,
) -> Option<Vec<ReadFile>> {
    let promise = read_file_list(&files?, max, max_archive);
    JsFuture::from(promise)
        .await
        .ok()
        .map(|value| from_js(&value))
}

/// Files from `[{path, size, bytes, mode}]`.
pub fn from_js(value: &JsValue) -> Vec<ReadFile> {
    let get =
        |file: &JsValue, key: &str| Reflect::get(file, &key.into()).unwrap_or(JsValue::UNDEFINED);
    Array::from(value)
        .iter()
        .map(|file| {
            let bytes = get(&file, "bytes");
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a file's size"
            )]
            let size = get(&file, "size").as_f64().unwrap_or_default() as u64;
            ReadFile {
                path: get(&file, "path").as_string().unwrap_or_default(),
                size,
                bytes: bytes.is_object().then(|| Uint8Array::new(&bytes).to_vec()),
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "saturates"
                )]
                mode: get(&file, "mode").as_f64().map(|mode| mode as u16 & 0o7777),
            }
        })
        .collect()
}

/// A context file from what was read: text where it is text, its size where it was not read.
pub fn context_file(file: ReadFile) -> ContextFile {
    let data = match file.bytes.map(String::from_utf8) {
        None => Data::Size(file.size),
        Some(Ok(text)) if !text.contains('\0') => Data::Text(text.into()),
        Some(Ok(text)) => Data::Bytes(Arc::from(text.into_bytes())),
        Some(Err(error)) => Data::Bytes(Arc::from(error.into_bytes())),
    };
    let mode = file
        .mode
        .or_else(|| file.path.ends_with(".sh").then_some(0o755));
    ContextFile {
        path: file.path,
        data,
        mode,
    }
}

/// Context files from what was read, and what to tell the user of it.
///
/// # Errors
/// Where the project would hold too many files.
fn accepted(model: &Handle, read: Vec<ReadFile>) -> Result<(Vec<ContextFile>, String), String> {
    let mut refused = Vec::new();
    let mut files = Vec::new();
    for file in read {
        let path = file.path.trim_start_matches('/').to_owned();
        if let Err(problem) = check_path(&path) {
            refused.push(problem);
            continue;
        }
        files.push(context_file(ReadFile { path, ..file }));
    }
    let most = layerlab_engine::permalink::MAX_FILES;
    if model.project.borrow().all_files().count() + files.len() > most {
        return Err(format!(
            "A project holds up to {most} files; these would be more."
        ));
    }
    let notice = match refused.len() {
        0 => format!("{} files were added.", files.len()),
        count => format!(
            "{} files were added, {count} were not: {}.",
            files.len(),
            refused.swap_remove(0)
        ),
    };
    Ok((files, notice))
}

fn add_read(model: &Handle, read: Vec<ReadFile>) {
    let notice = match accepted(model, read) {
        Ok((files, notice)) => {
            model.dispatch(Action::AddFiles(files));
            notice
        }
        Err(problem) => problem,
    };
    model.dispatch(Action::Notice(Some(notice)));
}

/// Takes a folder that a file input holds as the named context `name`.
pub async fn read_named_context(model: Handle, name: String, chosen: Option<FileList>) {
    let Some(read) = read_files(chosen, MAX_HELD, MAX_HELD_ARCHIVE).await else {
        return;
    };
    let notice = match accepted(&model, read) {
        Ok((files, notice)) => {
            let context = NamedContext::Files(files);
            model.dispatch(Action::Context(name, Some(context)));
            notice
        }
        Err(problem) => problem,
    };
    model.dispatch(Action::Notice(Some(notice)));
}

/// Gives the user a file.
pub fn download(name: &str, bytes: &[u8]) {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let Ok(blob) = web_sys::Blob::new_with_u8_array_sequence(&parts) else {
        return;
    };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else {
        return;
    };
    let anchor = gloo::utils::document().create_element("a").ok();
    if let Some(anchor) = anchor.and_then(|anchor| anchor.dyn_into::<HtmlAnchorElement>().ok()) {
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
    }
    // Freed at the latest when the page goes.
    let _ = Url::revoke_object_url(&url);
}

/// The row of files and what can be done with them.
#[component]
pub fn Files() -> Html {
    let model = use_model();
    let dragging = use_state(|| false);
    let filter = use_state(String::new);

    let on_upload = {
        let model = model.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else {
                return;
            };
            let (model, files) = (model.clone(), input.files());
            spawn_local(async move {
                if let Some(read) = read_files(files, MAX_HELD, MAX_HELD_ARCHIVE).await {
                    add_read(&model, read);
                }
                input.set_value("");
            });
        })
    };
    let on_drop = {
        let (model, dragging) = (model.clone(), dragging.clone());
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            dragging.set(false);
            let (model, data) = (model.clone(), event.data_transfer());
            spawn_local(async move {
                let Some(data) = data else { return };
                if let Ok(read) =
                    JsFuture::from(read_dropped(&data, MAX_HELD, MAX_HELD_ARCHIVE)).await
                {
                    add_read(&model, from_js(&read));
                }
            });
        })
    };
    let on_drag = |over: bool| {
        let dragging = dragging.clone();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            dragging.set(over);
        })
    };
    let on_filter = {
        let filter = filter.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                filter.set(input.value());
            }
        })
    };

    let paths: Vec<(String, u64)> = {
        let project = model.project.borrow();
        let listed = project
            .files
            .iter()
            .filter(|file| !matches!(file.data, Data::Directory));
        let mut paths: Vec<_> = listed
            .map(|file| (file.path.clone(), file.size()))
            .collect();
        paths.sort_by_key(|(path, _)| {
            (
                *path != project.dockerfile,
                path.matches('/').count(),
                path.clone(),
            )
        });
        paths
    };
    let total = paths.len();
    let matching = paths
        .iter()
        .filter(|(path, _)| path.contains(filter.as_str()));
    let shown: Vec<_> = matching.take(MAX_SHOWN).cloned().collect();
    html! {
        <div class={classes!("files", dragging.then_some("dragging"))}
            ondragover={on_drag(true)} ondragleave={on_drag(false)} ondrop={on_drop}>
            <div class="file-row" role="group" aria-label={format!("Files of the build context: {total}")}>
                { for shown.iter().take(if total > 12 { 12 } else { shown.len() }).map(|(path, size)| {
                    html! { <FileTab path={path.clone()} size={*size} key={path.clone()} /> }
                }) }
            </div>
            <div class="file-actions">
                <FileActions />
                <label class="button" for="upload-files">{ "Upload files" }</label>
                <input class="hidden-input" id="upload-files" type="file" multiple=true onchange={on_upload.clone()} />
                <label class="button" for="upload-folder">{ "Upload a folder" }</label>
                <input class="hidden-input" id="upload-folder" type="file" webkitdirectory={true} onchange={on_upload} />
            </div>
            if total > 12 {
                <details class="all-files">
                    <summary>{ format!("All {total} files") }</summary>
                    <label>{ "Filter" }<input type="search" oninput={on_filter} value={(*filter).clone()} /></label>
                    <ul>
                        { for shown.iter().map(|(path, size)| html! {
                            <li key={path.clone()}><FileTab path={path.clone()} size={*size} /></li>
                        }) }
                    </ul>
                </details>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct FileTabProps {
    path: String,
    size: u64,
}

#[component]
fn FileTab(props: &FileTabProps) -> Html {
    let model = use_model();
    let active = model.active == props.path;
    let onclick = {
        let (model, path) = (model.clone(), props.path.clone());
        Callback::from(move |_| model.dispatch(Action::Activate(path.clone())))
    };
    html! {
        <button type="button" class="file" aria-current={active.then_some("true")}
            title={format::bytes(props.size)} {onclick}>{ &props.path }</button>
    }
}

/// Which question the form asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    New,
    Rename,
}

/// New, rename and delete.
#[component]
fn FileActions() -> Html {
    let model = use_model();
    let question = use_state(|| None::<Question>);
    let input = use_node_ref();
    let ask = |wanted: Question| {
        let question = question.clone();
        Callback::from(move |_: MouseEvent| question.set(Some(wanted)))
    };
    let on_delete = {
        let model = model.clone();
        Callback::from(move |_: MouseEvent| model.dispatch(Action::Delete(model.active.clone())))
    };
    let on_submit = {
        let (model, question, input) = (model.clone(), question.clone(), input.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let path = input
                .cast::<HtmlInputElement>()
                .map(|input| input.value())
                .unwrap_or_default();
            let path = path.trim().to_owned();
            let taken = model.project.borrow().file(&path).is_some();
            let problem = check_path(&path)
                .err()
                .or_else(|| taken.then(|| format!("There is a file {path} already.")));
            match (problem, *question) {
                (Some(problem), _) => return model.dispatch(Action::Notice(Some(problem))),
                (None, Some(Question::New)) => {
                    model.dispatch(Action::AddFiles(vec![ContextFile::text(&path, "")]));
                    model.dispatch(Action::Activate(path));
                }
                (None, Some(Question::Rename)) => {
                    model.dispatch(Action::Rename(model.active.clone(), path))
                }
                (None, None) => {}
            }
            question.set(None);
        })
    };
    let cancel = {
        let question = question.clone();
        Callback::from(move |_: MouseEvent| question.set(None))
    };
    use_effect_with(*question, {
        let input = input.clone();
        move |question| {
            if let (Some(_), Some(input)) = (question, input.cast::<HtmlInputElement>()) {
                // A field that cannot be focused can still be clicked.
                let _ = input.focus();
                input.select();
            }
        }
    });
    match *question {
        None => html! {
            <>
                <button type="button" id="new-file" onclick={ask(Question::New)}>{ "New file" }</button>
                <button type="button" onclick={ask(Question::Rename)}>{ "Rename" }</button>
                <button type="button" onclick={on_delete}>{ "Delete" }</button>
            </>
        },
        Some(asked) => {
            let value = if asked == Question::Rename {
                model.active.clone()
            } else {
                String::new()
            };
            html! {
                <form class="path-form" onsubmit={on_submit}>
                    <label>
                        { if asked == Question::New { "Path of the new file" } else { "New path" } }
                        <input ref={input} type="text" {value} autocomplete="off" />
                    </label>
                    <button type="submit">{ "OK" }</button>
                    <button type="button" onclick={cancel}>{ "Cancel" }</button>
                </form>
            }
        }
    }
}
