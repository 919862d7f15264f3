//! The top of the page: examples, sharing, import and export, theme.

use gloo::events::EventListener;
use layerlab_engine::Project;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::files::{download, read_files};
use crate::model::{Action, use_model};
use crate::{examples, storage, zip_file};

#[wasm_bindgen]
extern "C" {
    /// Opens the Share dialog with a link, or with why there is none.
    #[wasm_bindgen(js_name = layerlabShare)]
    fn share(link: &str, problem: &str);
}

/// The header.
#[component]
pub fn Header() -> Html {
    let model = use_model();

    // A link that is opened while the page is open is a visit too.
    use_effect_with((), {
        let dispatcher = model.dispatcher();
        move |()| {
            let listener = EventListener::new(&gloo::utils::window(), "hashchange", move |_| {
                let hash = gloo::utils::window().location().hash().unwrap_or_default();
                if !hash.starts_with("#p1=") {
                    return;
                }
                match layerlab_engine::permalink::decode(&hash) {
                    Ok(project) => dispatcher.dispatch(Action::Open(Box::new(project), true)),
                    Err(problem) => dispatcher.dispatch(Action::Notice(Some(problem))),
                }
            });
            move || drop(listener)
        }
    });

    let on_example = {
        let model = model.clone();
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else {
                return;
            };
            if let Some(project) = examples::by_id(&select.value()) {
                storage::clear_fragment();
                model.dispatch(Action::Open(Box::new(project), false));
            }
            select.set_value("");
        })
    };
    let on_share = {
        let model = model.clone();
        Callback::from(
            move |_: MouseEvent| match storage::link(&model.project.borrow()) {
                Ok(link) => share(&link, ""),
                Err(problem) => share("", &problem),
            },
        )
    };
    let on_export = {
        let model = model.clone();
        Callback::from(move |_: MouseEvent| {
            let (model, files) = (model.clone(), model.project.borrow().files.clone());
            spawn_local(async move {
                match zip_file::write(&files).await {
                    Ok(bytes) => download("layerlab-project.zip", &bytes),
                    Err(problem) => model.dispatch(Action::Notice(Some(problem))),
                }
            });
        })
    };
    let on_import = {
        let model = model.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else {
                return;
            };
            let (model, files) = (model.clone(), input.files());
            spawn_local(async move {
                let read = read_files(files, zip_file::MAX_ARCHIVE, zip_file::MAX_ARCHIVE).await;
                input.set_value("");
                for file in read.unwrap_or_default() {
                    match zip_file::open(&file).await {
                        Ok(project) => model.dispatch(Action::Open(Box::new(project), false)),
                        Err(problem) => model.dispatch(Action::Notice(Some(problem))),
                    }
                }
            });
        })
    };

    html! {
        <header>
            <h1><img src="icon.svg" alt="" width="28" height="28" />{ "Layerlab" }</h1>
            <nav aria-label="Project">
                <label class="select">
                    <span class="hidden-label">{ "Examples" }</span>
                    <select id="examples" onchange={on_example}>
                        <option value="" selected=true>{ "Examples…" }</option>
                        { for examples::groups().iter().map(|(group, entries)| html! {
                            <optgroup label={group.clone()}>
                                { for entries.iter().map(|(id, title)| html! {
                                    <option value={id.clone()}>{ title }</option>
                                }) }
                            </optgroup>
                        }) }
                    </select>
                </label>
                <a class="button" href="lessons.html">{ "Lessons" }</a>
                <button type="button" id="share" onclick={on_share}>{ "Share" }</button>
                <label class="button" for="import">{ "Import" }</label>
                <input class="hidden-input" id="import" type="file" accept=".zip,application/zip" onchange={on_import} />
                <button type="button" id="export" onclick={on_export}>{ "Export" }</button>
                <Theme />
            </nav>
            if model.visiting {
                <Visit />
            }
        </header>
    }
}

/// What to do with a project that came by a link.
#[component]
fn Visit() -> Html {
    let model = use_model();
    let keep = {
        let model = model.clone();
        Callback::from(move |_| {
            storage::adopt();
            model.dispatch(Action::Keep);
        })
    };
    let leave = Callback::from(move |_| {
        let own = storage::leave().unwrap_or_else(examples::first);
        model.dispatch(Action::Open(Box::new(own), false));
    });
    html! {
        <div class="visit" role="status">
            <p>{ "This project came by a link. Your own work is kept." }</p>
            <button type="button" onclick={leave}>{ "Back to my work" }</button>
            <button type="button" onclick={keep}>{ "Keep this instead" }</button>
        </div>
    }
}

/// The choice between light, dark and the system's theme.
#[component]
fn Theme() -> Html {
    let onchange = Callback::from(|event: Event| {
        let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else {
            return;
        };
        let value = select.value();
        let storage = gloo::utils::window().local_storage().ok().flatten();
        let root = gloo::utils::document().document_element();
        let Some(root) = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) else {
            return;
        };
        // A browser that keeps nothing shows the theme until the next reload.
        let _ = if value == "system" {
            storage.map(|storage| storage.remove_item("layerlab.theme"));
            root.remove_attribute("data-theme")
        } else {
            storage.map(|storage| storage.set_item("layerlab.theme", &value));
            root.set_attribute("data-theme", &value)
        };
    });
    let chosen = gloo::utils::document()
        .document_element()
        .and_then(|root| root.get_attribute("data-theme"))
        .unwrap_or_else(|| "system".to_owned());
    html! {
        <label class="select">
            <span class="hidden-label">{ "Theme" }</span>
            <select id="theme" {onchange}>
                { for [("system", "System"), ("light", "Light"), ("dark", "Dark")].map(|(value, name)| html! {
                    <option {value} selected={value == chosen}>{ name }</option>
                }) }
            </select>
        </label>
    }
}

/// A project of files that were brought in.
pub fn project_of(files: Vec<layerlab_engine::context::ContextFile>) -> Project {
    let dockerfile = files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| {
            path.to_lowercase().contains("dockerfile") && !path.ends_with(".dockerignore")
        })
        .min_by_key(|path| (*path != "Dockerfile", path.matches('/').count(), path.len()))
        .unwrap_or("Dockerfile")
        .to_owned();
    Project {
        files,
        dockerfile,
        ..Project::default()
    }
}
