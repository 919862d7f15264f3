//! What scripts around the page may do with it: the frame that embeds it, and lessons.

use std::cell::RefCell;
use std::rc::Rc;

use layerlab_engine::{Project, permalink};
use wasm_bindgen::prelude::*;
use yew::prelude::*;

use crate::engine::Client;
use crate::model::{Action, Handle, View};

/// Told on the window after each report.
const REPORTED: &str = "layerlab-report";

#[wasm_bindgen]
extern "C" {
    /// Passes the answer to a question on.
    #[wasm_bindgen(js_name = layerlabAnswer)]
    pub fn answer(json: &str);
}

thread_local! {
    static CLIENT: RefCell<Option<Rc<RefCell<Client>>>> = const { RefCell::new(None) };
    static MODEL: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

/// Lets scripts reach the page's state, and tells them of reports.
#[hook]
pub fn use_bridge(model: &Handle, client: &Rc<RefCell<Client>>) {
    MODEL.set(Some(model.clone()));
    CLIENT.set(Some(client.clone()));
    // A report comes anew under the same number when more of the catalog has come.
    let report = model
        .report
        .as_ref()
        .map(|report| Rc::as_ptr(report) as usize);
    use_effect_with((report, model.full), |(report, _)| {
        if report.is_some()
            && let Ok(event) = web_sys::Event::new(REPORTED)
        {
            // Nobody can refuse a report.
            let _ = gloo::utils::window().dispatch_event(&event);
        }
    });
}

fn model() -> Option<Handle> {
    MODEL.with_borrow(Clone::clone)
}

/// The project, as JSON.
#[wasm_bindgen(js_name = project)]
pub fn project() -> String {
    let json = model().map(|model| serde_json::to_string(&*model.project.borrow()));
    json.and_then(Result::ok).unwrap_or_default()
}

/// The last report, as JSON; empty where there is none.
#[wasm_bindgen(js_name = report)]
pub fn report() -> String {
    let report = model().and_then(|model| model.report.clone());
    report
        .and_then(|report| serde_json::to_string(&*report).ok())
        .unwrap_or_default()
}

/// Opens a project in place of the one that is open.
///
/// # Errors
/// What is wrong with it.
#[wasm_bindgen(js_name = open)]
pub fn open(json: &str) -> Result<(), JsError> {
    let project: Project = serde_json::from_str(json).map_err(JsError::from)?;
    permalink::check(&project).map_err(|problem| JsError::new(&problem))?;
    if let (Some(model), Some(client)) = (model(), CLIENT.with_borrow(Clone::clone)) {
        // Whoever opens a project takes the next report for one of it.
        client.borrow_mut().forget();
        model.dispatch(Action::Open(Box::new(project), true));
    }
    Ok(())
}

/// Asks the engine something, as JSON; the answer goes to `layerlabAnswer`.
#[wasm_bindgen(js_name = ask)]
pub fn ask(json: &str) {
    if let Some(client) = CLIENT.with_borrow(Clone::clone) {
        client.borrow().question(json);
    }
}

/// Opens a view by its name.
#[wasm_bindgen(js_name = show)]
pub fn show(name: &str) {
    let view = View::offered()
        .iter()
        .copied()
        .find(|view| view.name().eq_ignore_ascii_case(name));
    if let Some((model, view)) = model().zip(view) {
        model.dispatch(Action::Show(view));
    }
}

/// Pins the present state as A of the comparison.
#[wasm_bindgen(js_name = pin)]
pub fn pin() {
    if let Some(model) = model() {
        model.dispatch(Action::Pin(true));
    }
}

/// Takes what was measured of an instruction in place of the estimate; of a base image it is
/// `FROM` and its reference.
#[wasm_bindgen(js_name = measured)]
pub fn measured(instruction: String, bytes: f64) {
    if let Some(model) = model() {
        model.dispatch(Action::StepSize(instruction, bytes as u64));
    }
}

/// Sets the bytes that the image should stay under.
#[wasm_bindgen(js_name = budget)]
pub fn budget(bytes: f64) {
    if let Some(model) = model() {
        model.dispatch(Action::Budget(Some(bytes as u64)));
    }
}
