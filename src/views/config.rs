//! The image config, as `docker inspect` shows it.

use yew::prelude::*;

use super::waiting;
use crate::model::use_model;

/// The view.
#[component]
pub fn ConfigView() -> Html {
    let model = use_model();
    let Some(report) = model.report.clone() else {
        return waiting();
    };
    let mut config = serde_json::to_value(&report.config).unwrap_or_default();
    if let (Some(map), false) = (config.as_object_mut(), report.author.is_empty()) {
        map.insert("Author".to_owned(), report.author.clone().into());
    }
    html! { <pre class="code" id="config">{ serde_json::to_string_pretty(&config).unwrap_or_default() }</pre> }
}
