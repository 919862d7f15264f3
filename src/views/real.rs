//! Builds on a real engine: the panel is a script of its own, loaded when it is first opened.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::model::{Action, Handle, use_model};

#[wasm_bindgen]
extern "C" {
    /// The panel's script.
    type Script;

    /// An open panel.
    type Panel;

    #[wasm_bindgen(js_name = layerlabReal)]
    fn load() -> js_sys::Promise;
    #[wasm_bindgen(method)]
    fn mount(this: &Script, place: &HtmlElement, host: &js_sys::Object) -> Panel;
    #[wasm_bindgen(method)]
    fn destroy(this: &Panel);
}

/// A panel, with what it calls back.
struct Mounted {
    panel: Panel,
    _calls: Calls,
}

/// What the panel calls back.
struct Calls {
    use_base: Closure<dyn FnMut(f64)>,
    use_step: Closure<dyn FnMut(String, f64)>,
}

thread_local! {
    static MOUNTED: RefCell<Option<Mounted>> = const { RefCell::new(None) };
}

impl Calls {
    fn new(latest: &Rc<RefCell<Handle>>) -> Self {
        let model = {
            let latest = Rc::clone(latest);
            move || latest.borrow().clone()
        };
        let (base, step) = (model.clone(), model);
        Self {
            use_base: Closure::new(move |bytes: f64| {
                let model = base();
                let report = model.report.as_ref();
                if let Some(base) = report.and_then(|report| report.base.as_ref()) {
                    let key = format!("FROM {}", base.reference);
                    model.dispatch(Action::StepSize(key, bytes as u64));
                }
            }),
            use_step: Closure::new(move |instruction: String, bytes: f64| {
                step().dispatch(Action::StepSize(instruction, bytes as u64));
            }),
        }
    }

    fn host(&self) -> js_sys::Object {
        let host = js_sys::Object::new();
        let calls: [(&str, &JsValue); 2] = [
            ("useBase", self.use_base.as_ref()),
            ("useStep", self.use_step.as_ref()),
        ];
        for (name, call) in calls {
            // A new object takes every property.
            let _ = js_sys::Reflect::set(&host, &name.into(), call);
        }
        host
    }
}

/// The view.
#[component]
pub fn Real() -> Html {
    let model = use_model();
    let place = use_node_ref();
    let latest = use_mut_ref(|| model.clone());
    *latest.borrow_mut() = model.clone();
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
                        let calls = Calls::new(&latest);
                        let panel = script
                            .unchecked_into::<Script>()
                            .mount(&place, &calls.host());
                        MOUNTED.set(Some(Mounted {
                            panel,
                            _calls: calls,
                        }));
                    }
                    Err(_) => failed.set(Some(
                        "This part of the page could not be loaded: reload the page.".to_owned(),
                    )),
                }
            });
            || {
                if let Some(mounted) = MOUNTED.take() {
                    mounted.panel.destroy();
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
