//! Builds on a real engine: the panel is a script of its own, loaded when it is first opened.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::model::{Action, use_model};

#[wasm_bindgen]
extern "C" {
    /// The panel's script.
    type Script;

    /// An open panel.
    type Panel;

    #[wasm_bindgen(js_name = layerlabReal)]
    fn load() -> js_sys::Promise;
    #[wasm_bindgen(method)]
    fn mount(this: &Script, place: &HtmlElement) -> Panel;
    #[wasm_bindgen(method)]
    fn destroy(this: &Panel);
}

thread_local! {
    static PANEL: RefCell<Option<Panel>> = const { RefCell::new(None) };
}

/// The view.
#[component]
pub fn Real() -> Html {
    let model = use_model();
    let place = use_node_ref();
    let failed = use_state(|| None::<String>);
    {
        let (place, failed) = (place.clone(), failed.clone());
        use_effect_with((), move |()| {
            spawn_local(async move {
                match JsFuture::from(load()).await {
                    Ok(script) => {
                        // The view may have been left meanwhile.
                        let Some(place) = place.cast::<HtmlElement>() else {
                            return;
                        };
                        let panel = script.unchecked_into::<Script>().mount(&place);
                        PANEL.set(Some(panel));
                    }
                    Err(_) => failed.set(Some(
                        "This part of the page could not be loaded: reload the page.".to_owned(),
                    )),
                }
            });
            || {
                if let Some(panel) = PANEL.take() {
                    panel.destroy();
                }
            }
        });
    }
    let measured = !model.project.borrow().step_sizes.is_empty();
    let forget = Callback::from(move |_: MouseEvent| model.dispatch(Action::ForgetSteps));
    html! {
        <>
            if let Some(text) = &*failed {
                <p class="bad" role="alert">{ text }</p>
            }
            if measured {
                <p class="quiet">
                    { "What was measured here counts as it was measured. " }
                    <button type="button" id="real-forget" onclick={forget}>{ "Estimate it again" }</button>
                </p>
            }
            <div class="real" ref={place}></div>
        </>
    }
}
