//! The size of the image: one big number.

use layerlab_engine::Report;
use layerlab_engine::build::parse_size;
use layerlab_engine::size::{Basis, ByteCount};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Size, waiting};
use crate::format;
use crate::model::{Action, use_model};

/// The view.
#[component]
pub fn Overview() -> Html {
    let model = use_model();
    let Some(report) = model.report.clone() else {
        return waiting();
    };
    let own: ByteCount = report.layers.iter().map(|layer| layer.size).sum();
    html! {
        <>
            if let Some(error) = &report.error {
                <div class="failure" role="alert">
                    <h2>{ "The build would fail" }</h2>
                    <p>
                        if let Some(line) = error.line { <strong>{ format!("Line {line}") }</strong> }
                        if let Some(stage) = &error.stage { { format!(" in stage {stage}") } }
                    </p>
                    <pre>{ &error.message }</pre>
                </div>
            }
            <div class="headline" role="status" aria-live="polite">
                <p class="big" id="size" data-bytes={report.size.bytes.to_string()} title={format::explained(report.size)}>
                    { format::bytes(report.size.bytes) }
                </p>
                <p class="range">
                    { match format::range(report.size) {
                        Some(range) => range,
                        None if report.size.low == report.size.high => "exactly".to_owned(),
                        // The range is smaller than the digits that are shown.
                        None => format!("give or take {}", format::bytes((report.size.high - report.size.low).div_ceil(2))),
                    } }
                    { ", " }{ format::basis(report.size) }
                </p>
            </div>
            <Budget size={report.size} />
            <dl class="facts">
                <dt>{ "Compressed (what a registry transfers)" }</dt>
                <dd><Size size={report.compressed} /></dd>
                if let Some(base) = &report.base {
                    <dt>{ format!("Base image {}", base.reference) }</dt>
                    <dd><Size size={base.size} /><p class="quiet source">{ &base.source }</p></dd>
                }
                <dt>{ "What this Dockerfile adds" }</dt>
                <dd><Size size={own} /></dd>
                <dt>{ "Stages built" }</dt>
                <dd>{ format!("{} of {}", report.stages.iter().filter(|stage| stage.built).count(), report.stages.len()) }</dd>
                if !report.ignored.is_empty() {
                    <dt>{ "Files that .dockerignore keeps out" }</dt>
                    <dd>{ report.ignored.len().to_string() }</dd>
                }
            </dl>
            <UnknownImages report={report.clone()} />
            <Pin />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct BudgetProps {
    size: ByteCount,
}

/// How far the image is from the size that it should stay under.
#[component]
fn Budget(props: &BudgetProps) -> Html {
    let model = use_model();
    let onchange = {
        let model = model.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else {
                return;
            };
            let text = input.value();
            let budget = parse_size(&text).filter(|budget| *budget > 0);
            if budget.is_none() && !text.trim().is_empty() {
                model.dispatch(Action::Notice(Some(format!(
                    "{text} is not a size: write 200 MB or 1.5 GB."
                ))));
            }
            model.dispatch(Action::Budget(budget));
        })
    };
    let value = model.budget.map(format::bytes).unwrap_or_default();
    let verdict = model.budget.map(|budget| {
        let (class, text) = if props.size.low > budget {
            (
                "over",
                format!(
                    "{} over budget",
                    format::bytes(props.size.bytes.saturating_sub(budget))
                ),
            )
        } else if props.size.high <= budget {
            (
                "under",
                format!(
                    "{} left",
                    format::bytes(budget.saturating_sub(props.size.bytes))
                ),
            )
        } else if props.size.bytes <= budget {
            (
                "perhaps",
                format!(
                    "{} left, perhaps: the range goes past the budget",
                    format::bytes(budget - props.size.bytes)
                ),
            )
        } else {
            (
                "perhaps",
                format!(
                    "{} over budget, perhaps: the range begins below it",
                    format::bytes(props.size.bytes - budget)
                ),
            )
        };
        let share = (props.size.bytes.saturating_mul(100) / budget.max(1)).min(100);
        html! {
            <p class={classes!("verdict", class)}>
                <progress max="100" value={share.to_string()} aria-label="Share of the budget" />
                { text }
            </p>
        }
    });
    html! {
        <div class="budget">
            <label>{ "Size budget" }
                <input id="budget" type="text" placeholder="200 MB" {value} {onchange} />
            </label>
            { verdict.unwrap_or_default() }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ReportProps {
    report: std::rc::Rc<Report>,
}

/// Fields for the sizes of base images that the catalog does not list.
#[component]
fn UnknownImages(props: &ReportProps) -> Html {
    let model = use_model();
    let Some(base) = props.report.base.as_ref().filter(|base| !base.known) else {
        return Html::default();
    };
    let reference = base.reference.clone();
    let typed = base.size.is_exact() && base.size.basis == Basis::Assumed;
    let value = if typed {
        format::bytes(base.size.bytes)
    } else {
        String::new()
    };
    let onchange = {
        let reference = reference.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                model.dispatch(Action::ImageSize(
                    reference.clone(),
                    parse_size(&input.value()),
                ));
            }
        })
    };
    html! {
        <label class="unknown">{ format!("Uncompressed size of {reference}, which the catalog does not list") }
            <input id="image-size" type="text" placeholder="150 MB" {value} {onchange} />
        </label>
    }
}

/// Keeps the present state as A of the comparison.
#[component]
fn Pin() -> Html {
    let model = use_model();
    let pinned = model.pinned.is_some();
    let onclick = Callback::from(move |_| model.dispatch(Action::Pin(true)));
    html! {
        <p>
            <button type="button" id="pin" {onclick}>
                { if pinned { "Pin this as A instead" } else { "Pin this as A to compare" } }
            </button>
        </p>
    }
}
