//! What survives a reload, and what links carry.

use gloo::storage::{LocalStorage, SessionStorage, Storage};
use layerlab_engine::{Project, permalink};

const OWN: &str = "layerlab.project";
const PREVIOUS: &str = "layerlab.previous";
const VISIT: &str = "layerlab.visit";
const BUDGET: &str = "layerlab.budget";

/// Most characters that are kept; browsers allow about five million in all.
const MAX_KEPT: usize = 4_500_000;

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
        let kept = (!embedded).then(|| kept::<LocalStorage>(OWN));
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
    match kept::<SessionStorage>(VISIT) {
        Some(project) => Start::Visit(project),
        None => Start::Own(own()),
    }
}

fn kept<S: Storage>(key: &str) -> Option<Project> {
    let text: String = S::get(key).ok()?;
    let project: Project = serde_json::from_str(&text).ok()?;
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
        SessionStorage::set(VISIT, text)
    } else {
        LocalStorage::set(OWN, text)
    };
    kept.map_err(|_| {
        "The browser keeps nothing for this page: export your work before you leave.".to_owned()
    })
}

/// Makes what a link brought the visitor's own; the former own project is set aside.
pub fn adopt() {
    if let Ok(own) = LocalStorage::get::<String>(OWN) {
        // Where nothing can be kept there is nothing to set aside.
        let _ = LocalStorage::set(PREVIOUS, own);
    }
    SessionStorage::delete(VISIT);
    clear_fragment();
}

/// Leaves what a link brought and goes back to the visitor's own project.
pub fn leave() -> Option<Project> {
    SessionStorage::delete(VISIT);
    clear_fragment();
    kept::<LocalStorage>(OWN)
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
        .then(|| LocalStorage::get(BUDGET).ok())
        .flatten()
}

/// Keeps the budget.
pub fn keep_budget(budget: Option<u64>) {
    if is_embedded() {
        return;
    }
    match budget {
        // A budget that is not kept is typed again.
        Some(bytes) => drop(LocalStorage::set(BUDGET, bytes)),
        None => LocalStorage::delete(BUDGET),
    }
}
