//! The packages of the image: a treemap, and a table that can be filtered and sorted.

use layerlab_engine::build::parse_size;
use layerlab_engine::report::{PackageReport, Report};
use layerlab_engine::size::{Basis, ByteCount};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::treemap::Treemap;
use super::{Size, waiting};
use crate::format;
use crate::model::{Action, use_model};

/// Most rows that are shown at once.
const MAX_ROWS: usize = 500;

/// Most boxes of the treemap.
const MAX_BOXES: usize = 40;

/// Most fields for sizes of packages that the catalog does not list.
const MAX_UNLISTED: usize = 20;

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
    let manager = use_state(String::new);
    let Some(report) = model.report.clone() else {
        return waiting();
    };
    if report.packages.is_empty() {
        return html! {
            <p class="quiet">{ "No packages are known of this image: the catalog does not list its base image's, and no step installs any that it knows." }</p>
        };
    }
    // A manager that the image no longer has is no choice.
    let is_there = report
        .packages
        .iter()
        .any(|package| package.manager == *manager);
    let chosen = if is_there {
        (*manager).clone()
    } else {
        String::new()
    };
    let mut rows: Vec<&PackageReport> = report
        .packages
        .iter()
        .filter(|package| package.name.contains(filter.as_str()))
        .filter(|package| chosen.is_empty() || package.manager == chosen)
        .collect();
    match *order {
        Order::Name => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        Order::Size => rows.sort_by_key(|package| std::cmp::Reverse(package.size.bytes)),
        Order::Step => rows.sort_by(|a, b| (a.layer, &a.name).cmp(&(b.layer, &b.name))),
    }
    let mut boxes: Vec<(String, u64)> = rows
        .iter()
        .map(|package| (package.name.clone(), package.size.bytes))
        .filter(|(_, bytes)| *bytes > 0)
        .collect();
    boxes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    boxes.truncate(MAX_BOXES);
    let choose = {
        let filter = filter.clone();
        Callback::from(move |name: String| {
            filter.set(if *filter == name { String::new() } else { name });
        })
    };
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
            <Unlisted report={report.clone()} />
            <Treemap totals={boxes} toggle={choose} />
            { managers(&report, &manager) }
            <label>{ "Name contains" }<input id="package-filter" type="search" oninput={on_filter} value={(*filter).clone()} /></label>
            <div class="scroll" tabindex="0" role="group" aria-label="Packages">
            <table>
                <caption class="hidden-label">{ "Packages of the image" }</caption>
                <thead><tr>{ for headings }</tr></thead>
                <tbody>
                    { for rows.iter().take(MAX_ROWS).enumerate().map(|(number, package)| html! {
                        <tr key={format!("{number} {} {}", package.manager, package.name)}>
                            <td>{ &package.name }{ " " }<span class="quiet">{ &package.version }{ " " }{ &package.manager }</span></td>
                            <td class="number"><Size size={package.size} /></td>
                            <td>{ brought_by(&report, package) }{ why(package) }</td>
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

/// Why a package is there: the chain of those that need it.
fn why(package: &PackageReport) -> Html {
    if package.because.is_empty() {
        return Html::default();
    }
    let chain = package.because.join(" → ");
    html! { <span class="quiet">{ format!(", needed by {chain}") }</span> }
}

/// A choice of one package manager, where there are several.
fn managers(report: &Report, chosen: &UseStateHandle<String>) -> Html {
    let mut names: Vec<&str> = report
        .packages
        .iter()
        .map(|package| package.manager.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < 2 {
        return Html::default();
    }
    let onchange = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                chosen.set(select.value());
            }
        })
    };
    html! {
        <label>{ "Manager" }
            <select id="package-manager" {onchange}>
                <option value="" selected={chosen.is_empty()}>{ "all" }</option>
                { for names.into_iter().map(|name| html! {
                    <option value={name.to_owned()} selected={**chosen == name}>{ name }</option>
                }) }
            </select>
        </label>
    }
}

#[derive(Properties, PartialEq)]
struct UnlistedProps {
    report: std::rc::Rc<Report>,
}

/// Packages that the catalog does not list, with fields for their sizes.
#[component]
fn Unlisted(props: &UnlistedProps) -> Html {
    let model = use_model();
    let mut packages: Vec<&PackageReport> = props
        .report
        .packages
        .iter()
        .filter(|package| package.size.basis == Basis::Assumed)
        .collect();
    packages.dedup_by(|a, b| a.name == b.name && a.manager == b.manager);
    if packages.is_empty() {
        return Html::default();
    }
    let more = packages.len().saturating_sub(MAX_UNLISTED);
    html! {
        <section aria-labelledby="unlisted">
            <h3 id="unlisted">{ "Not in the catalog" }</h3>
            <p class="quiet">{ "What these weigh is assumed, with a wide range. A size that you type counts instead." }</p>
            { for packages.into_iter().take(MAX_UNLISTED).map(|package| {
                let key = format!("{}:{}", package.manager, package.name);
                let value = if package.size.is_exact() { format::bytes(package.size.bytes) } else { String::new() };
                let onchange = {
                    let (model, key) = (model.clone(), key.clone());
                    Callback::from(move |event: Event| {
                        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                            model.dispatch(Action::PackageSize(key.clone(), parse_size(&input.value())));
                        }
                    })
                };
                html! {
                    <label class="unknown" key={key}>{ format!("{} ({})", package.name, package.manager) }
                        <input type="text" placeholder="12 MB" {value} {onchange} />
                    </label>
                }
            }) }
            if more > 0 {
                <p class="quiet">{ format!("and {more} more") }</p>
            }
        </section>
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
