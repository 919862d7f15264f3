//! A row of tabs with the keyboard's ways (ARIA tabs pattern).

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Properties of [`Tabs`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Name of the row for screen readers.
    pub label: AttrValue,
    /// Names of the tabs.
    pub names: Vec<AttrValue>,
    /// The selected tab.
    pub selected: usize,
    /// Called with the tab that is chosen.
    pub on_select: Callback<usize>,
    /// Id of the panel that the tabs control.
    pub panel: AttrValue,
}

/// The row.
#[component]
pub fn Tabs(props: &Props) -> Html {
    let count = props.names.len();
    let onkeydown = {
        let (selected, on_select) = (props.selected, props.on_select.clone());
        Callback::from(move |event: KeyboardEvent| {
            let next = match event.key().as_str() {
                "ArrowRight" => (selected + 1) % count,
                "ArrowLeft" => (selected + count - 1) % count,
                "Home" => 0,
                "End" => count - 1,
                _ => return,
            };
            event.prevent_default();
            on_select.emit(next);
            let row = event
                .current_target()
                .and_then(|row| row.dyn_into::<web_sys::Element>().ok());
            let tab =
                row.and_then(|row| row.children().item(u32::try_from(next).unwrap_or_default()));
            if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
                // A tab that cannot be focused is still selected.
                let _ = tab.focus();
            }
        })
    };
    html! {
        <div class="tabs" role="tablist" aria-label={props.label.clone()} {onkeydown}>
            { for props.names.iter().enumerate().map(|(index, name)| {
                let chosen = index == props.selected;
                let onclick = props.on_select.reform(move |_| index);
                html! {
                    <button type="button" role="tab" aria-selected={chosen.to_string()}
                        aria-controls={props.panel.clone()} tabindex={if chosen { "0" } else { "-1" }} {onclick}>
                        { name }
                    </button>
                }
            }) }
        </div>
    }
}
