//! The editor component: CodeMirror, reached through `globalThis.layerlabEditor`.

use std::cell::RefCell;
use std::rc::Rc;

use layerlab_engine::report::{LayerReport, Report, Severity};
use serde_json::json;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::format;
use crate::model::{Action, use_model};

#[wasm_bindgen]
extern "C" {
    /// A CodeMirror view.
    type Handle;

    #[wasm_bindgen(js_namespace = layerlabEditor)]
    fn create(
        parent: &HtmlElement,
        text: &str,
        dockerfile: bool,
        label: &str,
        on_change: &Closure<dyn FnMut(String)>,
        on_cursor: &Closure<dyn FnMut(u32)>,
    ) -> Handle;
    #[wasm_bindgen(js_namespace = layerlabEditor, js_name = setText)]
    fn set_text(editor: &Handle, text: &str, dockerfile: bool);
    #[wasm_bindgen(js_namespace = layerlabEditor, js_name = setFindings)]
    fn set_findings(editor: &Handle, json: &str);
    #[wasm_bindgen(js_namespace = layerlabEditor, js_name = setSizes)]
    fn set_sizes(editor: &Handle, json: &str);
    #[wasm_bindgen(js_namespace = layerlabEditor, js_name = setNames)]
    fn set_names(editor: &Handle, json: &str);
    #[wasm_bindgen(js_namespace = layerlabEditor)]
    fn mark(editor: &Handle, first: u32, last: u32, scroll: bool);
    #[wasm_bindgen(js_namespace = layerlabEditor, js_name = goTo)]
    fn go_to(editor: &Handle, line: u32);
    #[wasm_bindgen(js_namespace = layerlabEditor)]
    fn destroy(editor: &Handle);
}

/// A CodeMirror view with what it calls back.
struct Mounted {
    handle: Handle,
    _on_change: Closure<dyn FnMut(String)>,
    _on_cursor: Closure<dyn FnMut(u32)>,
}

thread_local! {
    static MOUNTED: RefCell<Option<Mounted>> = const { RefCell::new(None) };
}

fn with_editor(act: impl FnOnce(&Handle)) {
    MOUNTED.with_borrow(|mounted| {
        if let Some(mounted) = mounted {
            act(&mounted.handle);
        }
    });
}

/// Puts the cursor on a line of the open file.
pub fn go_to_line(line: u32) {
    with_editor(|editor| go_to(editor, line));
}

/// The editor of the open file.
#[component]
pub fn Editor() -> Html {
    let model = use_model();
    let place = use_node_ref();
    let is_dockerfile = model.active == model.project.borrow().dockerfile
        || model.active.to_lowercase().ends_with("dockerfile");
    let text = model.active_text();
    let dispatcher = model.dispatcher();

    {
        let (place, text) = (place.clone(), text.clone().unwrap_or_default());
        use_effect_with((), move |()| {
            if let Some(parent) = place.cast::<HtmlElement>() {
                let typed = dispatcher.clone();
                let on_change = Closure::new(move |text| typed.dispatch(Action::Typed(text)));
                let on_cursor = Closure::new(|_: u32| {});
                let handle = create(
                    &parent,
                    &text,
                    is_dockerfile,
                    "Editor",
                    &on_change,
                    &on_cursor,
                );
                let mounted = Mounted {
                    handle,
                    _on_change: on_change,
                    _on_cursor: on_cursor,
                };
                MOUNTED.set(Some(mounted));
            }
            || {
                if let Some(mounted) = MOUNTED.take() {
                    destroy(&mounted.handle);
                }
            }
        });
    }
    use_effect_with((model.active.clone(), model.replaced), {
        let text = text.clone();
        move |_| {
            with_editor(|editor| {
                set_text(editor, text.as_deref().unwrap_or_default(), is_dockerfile)
            })
        }
    });
    use_effect_with(
        (
            model.report_id,
            model.active.clone(),
            model
                .report
                .clone()
                .map(|report| Rc::as_ptr(&report) as usize),
        ),
        {
            let report = model.report.clone();
            move |_| {
                let Some(report) = report else { return };
                let shown = if is_dockerfile {
                    Some(report.as_ref())
                } else {
                    None
                };
                with_editor(|editor| {
                    set_findings(editor, &findings(shown));
                    set_sizes(editor, &sizes(shown));
                });
            }
        },
    );
    use_effect_with((model.images.clone(), model.report_id), {
        let (images, report) = (model.images.clone(), model.report.clone());
        move |_| {
            let stages = report
                .iter()
                .flat_map(|report| &report.stages)
                .map(|stage| &stage.name);
            let names = json!({ "stages": stages.collect::<Vec<_>>(), "images": *images });
            with_editor(|editor| set_names(editor, &names.to_string()));
        }
    });
    use_effect_with((model.step, model.report_id, is_dockerfile), {
        let line = model
            .step
            .zip(model.report.clone())
            .and_then(|(step, report)| {
                report
                    .layers
                    .get(step)
                    .map(|layer| (layer.line, layer.instruction.clone()))
            });
        move |(_, _, is_dockerfile): &(Option<usize>, u32, bool)| {
            let line = line.filter(|_| *is_dockerfile).map_or(0, |(line, _)| line);
            with_editor(|editor| mark(editor, line, line, true));
        }
    });

    html! {
        <div class="editor-frame">
            <div class={classes!("editor", text.is_none().then_some("hidden"))} ref={place} />
            if text.is_none() {
                <p class="binary">{ binary_note(&model) }</p>
            }
        </div>
    }
}

fn binary_note(model: &crate::model::Model) -> String {
    match model.project.borrow().file(&model.active) {
        Some(file) => format!(
            "{} holds {}; it is kept by its size and cannot be edited here.",
            file.path,
            format::bytes(file.size())
        ),
        None => format!(
            "{} is not in the build context. Add a file of that name.",
            model.active
        ),
    }
}

fn findings(report: Option<&Report>) -> String {
    let found = report
        .into_iter()
        .flat_map(|report| &report.diagnostics)
        .filter_map(|finding| {
            let severity = match finding.severity {
                Severity::Note => "info",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            Some(json!({ "line": finding.line?, "severity": severity, "message": finding.message }))
        });
    json!(found.collect::<Vec<_>>()).to_string()
}

/// What each instruction adds, stages that are not built left out.
fn sizes(report: Option<&Report>) -> String {
    let stages = report
        .into_iter()
        .flat_map(|report| &report.stages)
        .filter(|stage| stage.built);
    let mut marks: Vec<serde_json::Value> = Vec::new();
    for stage in stages {
        let own: layerlab_engine::size::ByteCount =
            stage.layers.iter().map(|layer| layer.size).sum();
        let base = stage.size.bytes.saturating_sub(own.bytes);
        if base > 0 && stage.base_stage.is_none() {
            let text = format::bytes(base);
            marks.push(json!({ "line": stage.line, "text": text, "title": format!("base image: {text}"), "basis": "published" }));
        }
        marks.extend(
            stage
                .layers
                .iter()
                .filter(|layer| !layer.empty)
                .map(size_mark),
        );
    }
    json!(marks).to_string()
}

fn size_mark(layer: &LayerReport) -> serde_json::Value {
    let sign = if layer.size.is_exact() { "+" } else { "≈ +" };
    json!({
        "line": layer.line,
        "text": format!("{sign}{}", format::bytes(layer.size.bytes)),
        "title": format::explained(layer.size),
        "basis": format::basis(layer.size),
    })
}
