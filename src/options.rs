//! Build arguments, named contexts, target and platform.

use gloo::file::{File, futures::read_as_text};
use layerlab_engine::NamedContext;
use layerlab_engine::catalog::CatalogFile;
use layerlab_engine::context::ContextFile;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::files::read_named_context;
use crate::format;
use crate::model::{Action, Handle, use_model};

const PLATFORMS: [&str; 3] = ["linux/amd64", "linux/arm64", "linux/arm/v7"];

/// The controls below the editor.
#[component]
pub fn Options() -> Html {
    let model = use_model();
    let opened = use_mut_ref(|| false);
    let project = model.project.borrow();
    let stages: Vec<String> = model
        .report
        .iter()
        .flat_map(|report| report.stages.iter().map(|stage| stage.name.clone()))
        .filter(|name| !name.starts_with("stage-"))
        .collect();
    let select = |act: fn(Option<String>) -> Action| {
        let model = model.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                model.dispatch(act(Some(select.value()).filter(|value| !value.is_empty())));
            }
        })
    };
    let target = project.target.clone().unwrap_or_default();
    let platform = project.platform.as_deref().unwrap_or(PLATFORMS[0]);
    let arguments = project
        .build_args
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    let arguments: Vec<(String, String)> = arguments.collect();
    let contexts = project.contexts.iter();
    let contexts: Vec<(String, String)> = contexts
        .map(|(name, context)| (name.clone(), described(context)))
        .collect();
    // Once open it stays so: taking away the last option must not hide where to add another.
    *opened.borrow_mut() |= !arguments.is_empty() || !target.is_empty() || !contexts.is_empty();
    let open = *opened.borrow();
    html! {
        <details class="options" {open}>
            <summary>{ "Build options" }</summary>
            <div class="row">
                <label>{ "Target" }
                    <select id="target" onchange={select(Action::Target)}>
                        <option value="" selected={target.is_empty()}>{ "last stage" }</option>
                        if !target.is_empty() && !stages.contains(&target) {
                            <option value={target.clone()} selected=true>{ &target }</option>
                        }
                        { for stages.iter().map(|name| html! {
                            <option value={name.clone()} selected={*name == target}>{ name }</option>
                        }) }
                    </select>
                </label>
                <label>{ "Platform" }
                    <select id="platform" onchange={select(Action::Platform)}>
                        { for PLATFORMS.iter().map(|name| html! {
                            <option value={*name} selected={*name == platform}>{ *name }</option>
                        }) }
                    </select>
                </label>
            </div>
            <fieldset>
                <legend>{ "Build arguments" }</legend>
                { for arguments.iter().map(|(name, value)| html! {
                    <Argument key={name.clone()} name={name.clone()} value={value.clone()} />
                }) }
                <NewArgument />
            </fieldset>
            <fieldset>
                <legend>{ "Named contexts" }</legend>
                { for contexts.iter().map(|(name, what)| html! {
                    <Context key={name.clone()} name={name.clone()} what={what.clone()} />
                }) }
                <NewContext />
            </fieldset>
            <OwnCatalog />
        </details>
    }
}

#[derive(Properties, PartialEq)]
struct ArgumentProps {
    name: String,
    value: String,
}

#[component]
fn Argument(props: &ArgumentProps) -> Html {
    let model = use_model();
    let oninput = {
        let (model, name) = (model.clone(), props.name.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                model.dispatch(Action::BuildArg(name.clone(), Some(input.value())));
            }
        })
    };
    let remove = {
        let name = props.name.clone();
        Callback::from(move |_: MouseEvent| model.dispatch(Action::BuildArg(name.clone(), None)))
    };
    html! {
        <div class="row">
            <label>{ &props.name }<input type="text" value={props.value.clone()} {oninput} /></label>
            <button type="button" onclick={remove} aria-label={format!("Remove {}", props.name)}>{ "×" }</button>
        </div>
    }
}

#[component]
fn NewArgument() -> Html {
    let model = use_model();
    let (name, value) = (use_node_ref(), use_node_ref());
    let onsubmit = {
        let (name, value) = (name.clone(), value.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let fields = (
                name.cast::<HtmlInputElement>(),
                value.cast::<HtmlInputElement>(),
            );
            let (Some(name), Some(value)) = fields else {
                return;
            };
            let key = name.value().trim().to_owned();
            if !key.is_empty() {
                model.dispatch(Action::BuildArg(key, Some(value.value())));
                name.set_value("");
                value.set_value("");
            }
        })
    };
    html! {
        <form class="row" {onsubmit}>
            <label>{ "Name" }<input ref={name} id="new-arg-name" type="text" autocomplete="off" /></label>
            <label>{ "Value" }<input ref={value} id="new-arg-value" type="text" autocomplete="off" /></label>
            <button type="submit">{ "Add" }</button>
        </form>
    }
}

/// What a named context is, in a few words.
fn described(context: &NamedContext) -> String {
    match context {
        NamedContext::Image(reference) => format!("the image {reference}"),
        NamedContext::Files(files) => {
            let size = files.iter().map(ContextFile::size).sum();
            format!("{} files, {}", files.len(), format::bytes(size))
        }
    }
}

#[derive(Properties, PartialEq)]
struct ContextProps {
    name: String,
    what: String,
}

#[component]
fn Context(props: &ContextProps) -> Html {
    let model = use_model();
    let remove = {
        let name = props.name.clone();
        Callback::from(move |_: MouseEvent| model.dispatch(Action::Context(name.clone(), None)))
    };
    html! {
        <div class="row named-context">
            <span><code>{ &props.name }</code>{ format!(": {}", props.what) }</span>
            <button type="button" onclick={remove} aria-label={format!("Remove {}", props.name)}>{ "×" }</button>
        </div>
    }
}

#[wasm_bindgen]
extern "C" {
    /// The text at an address.
    #[wasm_bindgen(js_name = layerlabText, catch)]
    async fn text_at(address: &str) -> Result<JsValue, js_sys::Error>;
}

/// Takes a catalog of the user's own from its text, or says why not.
fn take_catalog(model: &Handle, from: &str, text: Result<String, String>) {
    model.dispatch(match text.and_then(|text| CatalogFile::parse(&text)) {
        Ok(catalog) => Action::Catalog(Some(catalog)),
        Err(problem) => Action::Notice(Some(format!(
            "{from} is not taken as a catalog: {problem}. docs/catalog.md describes the form."
        ))),
    });
}

/// Images, packages and downloads of the user's own, from a file or an address.
#[component]
fn OwnCatalog() -> Html {
    let model = use_model();
    let address = use_node_ref();
    let own = model.project.borrow().catalog.clone();
    let onchange = {
        let model = model.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else {
                return;
            };
            let Some(file) = input.files().and_then(|files| files.get(0)) else {
                return;
            };
            let model = model.clone();
            spawn_local(async move {
                let name = file.name();
                let text = read_as_text(&File::from(file)).await;
                take_catalog(&model, &name, text.map_err(|error| error.to_string()));
            });
            input.set_value("");
        })
    };
    let onsubmit = {
        let (model, address) = (model.clone(), address.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let field = address.cast::<HtmlInputElement>();
            let Some(from) = field.map(|field| field.value().trim().to_owned()) else {
                return;
            };
            let model = model.clone();
            spawn_local(async move {
                let text = text_at(&from).await;
                let text = text.map(|text| text.as_string().unwrap_or_default());
                take_catalog(&model, &from, text.map_err(|error| error.message().into()));
            });
        })
    };
    let remove = {
        let model = model.clone();
        Callback::from(move |_: MouseEvent| model.dispatch(Action::Catalog(None)))
    };
    html! {
        <fieldset>
            <legend>{ "Catalog of your own" }</legend>
            if let Some(own) = own {
                <div class="row">
                    <span role="status">{ format!("{} images, {} packages, {} downloads", own.images.len(), own.packages.len(), own.downloads.len()) }</span>
                    <button type="button" onclick={remove} aria-label="Remove the catalog">{ "×" }</button>
                </div>
            }
            <label>{ "JSON file" }<input id="own-catalog" type="file" accept="application/json,.json" {onchange} /></label>
            <form class="row" {onsubmit}>
                <label>{ "or its address" }<input ref={address} id="catalog-address" type="text" inputmode="url" placeholder="https://…/catalog.json" required=true autocomplete="off" /></label>
                <button type="submit">{ "Load" }</button>
            </form>
        </fieldset>
    }
}

/// A name, and an image or a folder that shall stand for it.
#[component]
fn NewContext() -> Html {
    let model = use_model();
    let (name, image) = (use_node_ref(), use_node_ref());
    let checked_name = {
        let (model, name) = (model.clone(), name.clone());
        move || {
            let field = name.cast::<HtmlInputElement>()?;
            let text = field.value().trim().to_owned();
            match layerlab_engine::plan::normal_name(&text) {
                Ok(_) => {
                    field.set_value("");
                    Some(text)
                }
                Err(error) => {
                    model.dispatch(Action::Notice(Some(format!(
                        "{}. Name the image or the stage that the context stands for.",
                        error.message
                    ))));
                    None
                }
            }
        }
    };
    let onsubmit = {
        let (model, image, checked_name) = (model.clone(), image.clone(), checked_name.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(field) = image.cast::<HtmlInputElement>() else {
                return;
            };
            let reference = field.value().trim().to_owned();
            if reference.is_empty() {
                return;
            }
            if let Some(name) = checked_name() {
                field.set_value("");
                let context = NamedContext::Image(reference);
                model.dispatch(Action::Context(name, Some(context)));
            }
        })
    };
    let onchange = Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else {
            return;
        };
        if let Some(name) = checked_name() {
            let (model, files) = (model.clone(), input.files());
            spawn_local(async move {
                read_named_context(model, name, files).await;
                input.set_value("");
            });
        } else {
            input.set_value("");
        }
    });
    html! {
        <form class="row" {onsubmit}>
            <label>{ "Name" }<input ref={name} id="new-context-name" type="text" autocomplete="off" /></label>
            <label>{ "Image" }<input ref={image} id="new-context-image" type="text" autocomplete="off" /></label>
            <button type="submit">{ "Add image" }</button>
            <label class="button" for="new-context-folder">{ "Add a folder" }</label>
            <input class="hidden-input" id="new-context-folder" type="file" webkitdirectory={true} {onchange} />
        </form>
    }
}
