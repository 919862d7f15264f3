//! The build's output, as `docker build --progress=plain` prints it.

use yew::prelude::*;

use super::waiting;
use crate::model::use_model;

/// The view.
#[component]
pub fn Log() -> Html {
    let model = use_model();
    let Some(report) = model.report.clone() else {
        return waiting();
    };
    let text: String = report
        .log
        .iter()
        .take(5000)
        .map(|line| format!("{}\n", line.text))
        .collect();
    html! { <pre class="code" id="log">{ text }</pre> }
}
