//! What survives a reload, and what links carry.

use layerlab_engine::{Project, permalink};
use web_sys::Storage;

const OWN: &str = "layerlab.project";
const PREVIOUS: &str = "layerlab.previous";
const VISIT: &str = "layerlab.visit";
const BUDGET: &str = "layerlab.budget";

/// Most characters that are kept; browsers allow about five million in all.
const MAX_KEPT: usize = 4_500_000;

/// What outlives the visit; none where the browser denies it.
fn local() -> Option<Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}

/// What lives as long as the tab.
fn session() -> Option<Storage> {
    gloo::utils::window().session_storage().ok().flatten()
}

fn read(storage: Option<Storage>, key: &str) -> Option<String> {
    storage?.get_item(key).ok().flatten()
}

/// Whether it was kept.
fn write(storage: Option<Storage>, key: &str, text: &str) -> bool {
    storage.is_some_and(|storage| storage.set_item(key, text).is_ok())
}

fn remove(storage: Option<Storage>, key: &str) {
    if let Some(storage) = storage {
        // What is not there is out already.
        let _ = storage.remove_item(key);
    }
}

/// The project to begin with.
pub enum Start {
    /// The visitor's own, or the first example.
    Own(Project),
    /// One that a link brought; the visitor's own stays in storage.
    Visit(Project),
    /// The visitor's own, and why the link could not be opened.
    BadLink(Project, String),
}

/// Whether the page is a part of another one: what the visitor keeps is not for that one.
pub fn is_embedded() -> bool {
    let root = gloo::utils::document().document_element();
    root.is_some_and(|root| root.has_attribute("data-embed"))
}

/// Finds the project to begin with.
pub fn start(first: impl Fn() -> Project) -> Start {
    let embedded = is_embedded();
    let own = || {
        let kept = (!embedded).then(|| kept(local(), OWN));
        kept.flatten().unwrap_or_else(&first)
    };
    let fragment = gloo::utils::window().location().hash().unwrap_or_default();
    if fragment.len() > 1 {
        return match permalink::decode(&fragment) {
            Ok(project) => Start::Visit(project),
            Err(problem) => Start::BadLink(own(), problem),
        };
    }
    if embedded {
        return Start::Visit(first());
    }
    match kept(session(), VISIT) {
        Some(project) => Start::Visit(project),
        None => Start::Own(own()),
    }
}

fn kept(storage: Option<Storage>, key: &str) -> Option<Project> {
    let project: Project = serde_json::from_str(&read(storage, key)?).ok()?;
    permalink::check(&project).ok().map(|()| project)
}

/// Keeps the project.
///
/// # Errors
/// Where the browser does not keep it.
pub fn keep(project: &Project, visiting: bool) -> Result<(), String> {
    if is_embedded() {
        return Ok(());
    }
    let text = serde_json::to_string(project).map_err(|error| error.to_string())?;
    if text.len() > MAX_KEPT {
        return Err(
            "This project is too large to survive a reload: export it as a zip.".to_owned(),
        );
    }
    let kept = if visiting {
        write(session(), VISIT, &text)
    } else {
        write(local(), OWN, &text)
    };
    kept.then_some(()).ok_or_else(|| {
        "The browser keeps nothing for this page: export your work before you leave.".to_owned()
    })
}

/// Makes what a link brought the visitor's own; the former own project is set aside.
pub fn adopt() {
    if let Some(own) = read(local(), OWN) {
        // Where nothing can be kept there is nothing to set aside.
        let _ = write(local(), PREVIOUS, &own);
    }
    remove(session(), VISIT);
    clear_fragment();
}

/// Leaves what a link brought and goes back to the visitor's own project.
pub fn leave() -> Option<Project> {
    remove(session(), VISIT);
    clear_fragment();
    kept(local(), OWN)
}

/// Takes the project out of the address, so that a reload keeps edits.
pub fn clear_fragment() {
    let window = gloo::utils::window();
    let location = window.location();
    let path = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if let Ok(history) = window.history() {
        // A page from a file may not change its address; the fragment then stays.
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&path));
    }
}

/// The link to a project.
///
/// # Errors
/// Where the project is too large for one.
pub fn link(project: &Project) -> Result<String, String> {
    let location = gloo::utils::window().location();
    let origin = location.origin().unwrap_or_default();
    let path = location.pathname().unwrap_or_default();
    permalink::encode(project).map(|fragment| format!("{origin}{path}#{fragment}"))
}

/// The budget of the last visit.
pub fn budget() -> Option<u64> {
    (!is_embedded())
        .then(|| read(local(), BUDGET)?.parse().ok())
        .flatten()
}

/// Keeps the budget.
pub fn keep_budget(budget: Option<u64>) {
    if is_embedded() {
        return;
    }
    match budget {
        // A budget that is not kept is typed again.
        Some(bytes) => drop(write(local(), BUDGET, &bytes.to_string())),
        None => remove(local(), BUDGET),
    }
}
