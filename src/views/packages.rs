//! The packages of the image: a table that can be filtered and sorted.

use layerlab_engine::report::{PackageReport, Report};
use layerlab_engine::size::ByteCount;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Size, waiting};
use crate::format;
use crate::model::use_model;

/// Most rows that are shown at once.
const MAX_ROWS: usize = 500;

/// Packages that build something or talk to networks, and that a final image seldom needs.
const TOOLS: [&str; 14] = [
    "gcc",
    "g++",
    "make",
    "cmake",
    "git",
    "curl",
    "wget",
    "build-essential",
    "cpp",
    "binutils",
    "clang",
    "autoconf",
    "pkg-config",
    "subversion",
];

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Name,
    Size,
    Step,
}

impl Order {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Name, "Package"),
        (Self::Size, "Size"),
        (Self::Step, "Brought by"),
    ];
}

/// The view.
#[component]
pub fn Packages() -> Html {
    let model = use_model();
    let filter = use_state(String::new);
    let order = use_state(|| Order::Size);
    let Some(report) = model.report.clone() else {
        return waiting();
    };
    if report.packages.is_empty() {
        return html! {
            <p class="quiet">{ "No packages are known of this image: the catalog does not list its base image's, and no step installs any that it knows." }</p>
        };
    }
    let mut rows: Vec<&PackageReport> = report
        .packages
        .iter()
        .filter(|package| package.name.contains(filter.as_str()))
        .collect();
    match *order {
        Order::Name => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        Order::Size => rows.sort_by_key(|package| std::cmp::Reverse(package.size.bytes)),
        Order::Step => rows.sort_by(|a, b| (a.layer, &a.name).cmp(&(b.layer, &b.name))),
    }
    let total: ByteCount = rows.iter().map(|package| package.size).sum();
    let on_filter = {
        let filter = filter.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                filter.set(input.value());
            }
        })
    };
    let headings = Order::ALL.map(|(by, name)| {
        let chosen = *order == by;
        let onclick = {
            let order = order.clone();
            Callback::from(move |_: MouseEvent| order.set(by))
        };
        let direction = match (chosen, by) {
            (false, _) => "none",
            (true, Order::Size) => "descending",
            (true, _) => "ascending",
        };
        html! {
            <th scope="col" aria-sort={direction} class={classes!((by == Order::Size).then_some("number"))}>
                <button type="button" class="quiet" {onclick}>{ name }</button>
            </th>
        }
    });
    html! {
        <div class="packages">
            <p>{ summary(&report, rows.len(), total) }</p>
            { tools(&report) }
            <label>{ "Name contains" }<input id="package-filter" type="search" oninput={on_filter} value={(*filter).clone()} /></label>
            <div class="scroll" tabindex="0" role="group" aria-label="Packages">
            <table>
                <caption class="hidden-label">{ "Packages of the image" }</caption>
                <thead><tr>{ for headings }</tr></thead>
                <tbody>
                    { for rows.iter().take(MAX_ROWS).map(|package| html! {
                        <tr key={format!("{} {}", package.manager, package.name)}>
                            <td>{ &package.name }{ " " }<span class="quiet">{ &package.version }</span></td>
                            <td class="number"><Size size={package.size} /></td>
                            <td>{ brought_by(&report, package) }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
            </div>
            if rows.len() > MAX_ROWS {
                <p class="quiet">{ format!("The first {MAX_ROWS} are shown; filter by name to see others.") }</p>
            }
        </div>
    }
}

fn summary(report: &Report, shown: usize, total: ByteCount) -> String {
    format!(
        "{shown} of {} packages, {}",
        report.packages.len(),
        format::bytes(total.bytes)
    )
}

/// Where a package came in.
fn brought_by(report: &Report, package: &PackageReport) -> String {
    match package.layer.and_then(|layer| report.layers.get(layer)) {
        Some(layer) => format!("line {}", layer.line),
        None => "base image".to_owned(),
    }
}

/// Points out tools of the build that the image still has.
fn tools(report: &Report) -> Html {
    let own: Vec<&str> = report
        .packages
        .iter()
        .filter(|package| package.layer.is_some())
        .map(|package| package.name.as_str())
        .filter(|name| TOOLS.contains(name) || name.ends_with("-dev"))
        .collect();
    if own.is_empty() {
        return Html::default();
    }
    let named = own.iter().take(8).copied().collect::<Vec<_>>().join(", ");
    let more = own.len().saturating_sub(8);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    html! {
        <p class="quiet">{ format!("Tools of the build that the image keeps: {named}{rest}. A later stage that copies only what was built would leave them out.") }</p>
    }
}
