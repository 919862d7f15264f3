//! A, as it was pinned, beside B, as it is now.

use std::collections::BTreeMap;

use layerlab_engine::Report;
use layerlab_engine::image::EntryKind;
use layerlab_engine::report::Listing;
use yew::prelude::*;

use super::{Size, waiting};
use crate::format;
use crate::model::{Action, use_model};

/// Most files that are listed on each side.
const MAX_LISTED: usize = 200;

/// The view.
#[component]
pub fn Compare() -> Html {
    let model = use_model();
    let Some(now) = model.report.clone() else {
        return waiting();
    };
    let pin = |on: bool| {
        let model = model.clone();
        Callback::from(move |_: MouseEvent| model.dispatch(Action::Pin(on)))
    };
    let Some(pinned) = model.pinned.clone() else {
        return html! {
            <>
                <p>{ "Pin the present state as A, change anything, and see A and B side by side." }</p>
                <button type="button" id="compare-pin" onclick={pin(true)}>{ "Pin this as A" }</button>
            </>
        };
    };
    let then = pinned.report;
    let listing = model
        .listing
        .as_ref()
        .filter(|(step, _)| step.is_none())
        .map(|(_, listing)| listing.clone());
    let files = pinned
        .listing
        .zip(listing)
        .map(|(a, b)| changed_files(&a, &b));
    html! {
        <>
            <table class="compare">
                <caption class="hidden-label">{ "A and B" }</caption>
                <thead><tr><th scope="col">{ "What" }</th><th scope="col">{ "A, pinned" }</th><th scope="col">{ "B, now" }</th><th scope="col">{ "Difference" }</th></tr></thead>
                <tbody>
                    <tr id="compare-size">
                        <th scope="row">{ "Size" }</th>
                        <td><Size size={then.size} /></td><td><Size size={now.size} /></td>
                        <td>{ format::difference(then.size.bytes, now.size.bytes) }</td>
                    </tr>
                    <tr>
                        <th scope="row">{ "Compressed" }</th>
                        <td><Size size={then.compressed} /></td><td><Size size={now.compressed} /></td>
                        <td>{ format::difference(then.compressed.bytes, now.compressed.bytes) }</td>
                    </tr>
                    <tr>
                        <th scope="row">{ "Layers" }</th>
                        <td>{ layer_count(&then) }</td><td>{ layer_count(&now) }</td><td></td>
                    </tr>
                    <tr>
                        <th scope="row">{ "Result" }</th>
                        <td>{ outcome(&then) }</td><td>{ outcome(&now) }</td><td></td>
                    </tr>
                </tbody>
            </table>
            <div class="sides">
                { side("A", &then) }
                { side("B", &now) }
            </div>
            { files.map(|(gone, came)| html! {
                <div class="sides">
                    { file_list("Only in A", &gone) }
                    { file_list("Only in B, or of another size", &came) }
                </div>
            }).unwrap_or_default() }
            <div class="row">
                <button type="button" onclick={pin(true)}>{ "Pin B as A" }</button>
                <button type="button" onclick={pin(false)}>{ "Forget A" }</button>
            </div>
        </>
    }
}

fn layer_count(report: &Report) -> usize {
    report.layers.iter().filter(|layer| !layer.empty).count()
}

fn outcome(report: &Report) -> String {
    match &report.error {
        None => "builds".to_owned(),
        Some(error) => format!("fails: {}", error.message),
    }
}

fn side(name: &str, report: &Report) -> Html {
    html! {
        <section>
            <h3>{ name }</h3>
            <ol class="steps">
                { for report.layers.iter().filter(|layer| !layer.empty).map(|layer| html! {
                    <li><span>{ layer.instruction.chars().take(70).collect::<String>() }</span><Size size={layer.size} /></li>
                }) }
            </ol>
        </section>
    }
}

fn file_list(name: &str, files: &[(String, u64)]) -> Html {
    html! {
        <section>
            <h3>{ format!("{name}: {}", files.len()) }</h3>
            <ul class="steps">
                { for files.iter().take(MAX_LISTED).map(|(path, bytes)| html! {
                    <li><span>{ path }</span><span class="size">{ format::bytes(*bytes) }</span></li>
                }) }
            </ul>
        </section>
    }
}

/// Paths with their bytes.
type Sizes = Vec<(String, u64)>;

/// Files that went and files that came or changed their size, the largest first.
fn changed_files(a: &Listing, b: &Listing) -> (Sizes, Sizes) {
    let sizes = |listing: &Listing| -> BTreeMap<String, u64> {
        let files = listing.rows.iter().filter(|row| row.kind != EntryKind::Dir);
        files
            .filter(|row| row.change != layerlab_engine::image::Change::Removed)
            .map(|row| (row.path.clone(), row.size.bytes))
            .collect()
    };
    let (a, b) = (sizes(a), sizes(b));
    let only = |these: &BTreeMap<String, u64>, those: &BTreeMap<String, u64>, sizes_too: bool| {
        let mut out: Vec<(String, u64)> = these
            .iter()
            .filter(|(path, bytes)| match those.get(*path) {
                None => true,
                Some(other) => sizes_too && other != *bytes,
            })
            .map(|(path, bytes)| (path.clone(), *bytes))
            .collect();
        out.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        out
    };
    (only(&a, &b, false), only(&b, &a, true))
}
