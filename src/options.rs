//! Build arguments, target and platform.

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::model::{Action, use_model};

const PLATFORMS: [&str; 3] = ["linux/amd64", "linux/arm64", "linux/arm/v7"];

/// The controls below the editor.
#[component]
pub fn Options() -> Html {
    let model = use_model();
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
    let platform = project.platform.clone().unwrap_or_default();
    let arguments = project
        .build_args
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    let arguments: Vec<(String, String)> = arguments.collect();
    html! {
        <details class="options" open={!arguments.is_empty() || !target.is_empty()}>
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
                            <option value={*name} selected={**name == *platform}>{ *name }</option>
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
