//! The files of the image or of one layer: a tree, a filter and a treemap.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use layerlab_engine::build::parse_size;
use layerlab_engine::image::{Change, EntryKind};
use layerlab_engine::report::{FileRow, Listing};
use layerlab_engine::size::ByteCount;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::treemap::Treemap;
use super::{Size, waiting};
use crate::format;
use crate::model::{Action, use_model};

/// Most rows that are drawn at once.
const MAX_DRAWN: usize = 500;

/// The view.
#[component]
pub fn FilesView() -> Html {
    let model = use_model();
    let filter = use_state(String::new);
    let least = use_state(|| 0_u64);
    let changes_only = use_state(|| true);
    let open = use_state(BTreeSet::<String>::new);
    let Some(report) = model.report.clone() else {
        return waiting();
    };

    let on_scope = {
        let model = model.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                model.dispatch(Action::Step(select.value().parse().ok()));
            }
        })
    };
    let text_input = |set: Callback<String>| {
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                set.emit(input.value());
            }
        })
    };
    let on_filter = text_input({
        let filter = filter.clone();
        Callback::from(move |text| filter.set(text))
    });
    let on_least = text_input({
        let least = least.clone();
        Callback::from(move |text: String| least.set(parse_size(&text).unwrap_or(0)))
    });
    let on_changes = {
        let changes_only = changes_only.clone();
        Callback::from(move |_: Event| changes_only.set(!*changes_only))
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |path: String| {
            let mut next = (*open).clone();
            if !next.remove(&path) {
                next.insert(path);
            }
            open.set(next);
        })
    };
    let listing = model
        .listing
        .as_ref()
        .filter(|(step, _)| *step == model.step)
        .map(|(_, listing)| listing.clone());
    html! {
        <div class="files-view">
            <div class="row">
                <label>{ "Show" }
                    <select id="scope" onchange={on_scope}>
                        <option value="" selected={model.step.is_none()}>{ "the whole image" }</option>
                        { for report.layers.iter().enumerate().filter(|(_, layer)| !layer.empty).map(|(step, layer)| html! {
                            <option value={step.to_string()} selected={model.step == Some(step)}>
                                { format!("line {}: {}", layer.line, layer.instruction.chars().take(60).collect::<String>()) }
                            </option>
                        }) }
                    </select>
                </label>
                <label>{ "Name contains" }<input id="file-filter" type="search" oninput={on_filter} value={(*filter).clone()} /></label>
                <label>{ "At least" }<input type="text" placeholder="1 MB" oninput={on_least} size="7" /></label>
                if model.step.is_none() {
                    <label class="check"><input type="checkbox" id="changes-only" checked={*changes_only} onchange={on_changes} />{ "Changed files only" }</label>
                }
            </div>
            { match listing {
                None => waiting(),
                Some(listing) => {
                    let rows = visible(&listing, &filter, *least, *changes_only && model.step.is_none());
                    html! { <Tree rows={Rc::new(rows)} listing={listing} open={(*open).clone()} filtered={!filter.is_empty() || *least > 0} {toggle} /> }
                }
            } }
        </div>
    }
}

/// The rows that pass the filters.
fn visible(listing: &Listing, filter: &str, least: u64, changes_only: bool) -> Vec<FileRow> {
    let filter = filter.to_lowercase();
    listing
        .rows
        .iter()
        .filter(|row| !changes_only || row.change != Change::Kept || row.kind == EntryKind::Dir)
        .filter(|row| row.kind == EntryKind::Dir || row.size.bytes >= least)
        .filter(|row| {
            filter.is_empty()
                || (row.kind != EntryKind::Dir && row.path.to_lowercase().contains(&filter))
        })
        .cloned()
        .map(|mut row| {
            // What a directory holds unlisted is no file that passes a filter.
            let unasked = changes_only && row.change == Change::Kept;
            if row.kind == EntryKind::Dir && (unasked || least > 0 || !filter.is_empty()) {
                row.size = ByteCount::ZERO;
            }
            row
        })
        .collect()
}

#[derive(Properties, PartialEq)]
struct TreeProps {
    rows: Rc<Vec<FileRow>>,
    listing: Rc<Listing>,
    open: BTreeSet<String>,
    filtered: bool,
    toggle: Callback<String>,
}

/// Bytes and number of files below each directory.
fn totals(rows: &[FileRow]) -> BTreeMap<String, (ByteCount, usize)> {
    let mut out: BTreeMap<String, (ByteCount, usize)> = BTreeMap::new();
    for row in rows {
        let files = usize::from(row.kind != EntryKind::Dir);
        if row.change == Change::Removed || (files == 0 && row.size.high == 0) {
            continue;
        }
        let mut directory = if files == 0 {
            row.path.as_str()
        } else {
            parent(&row.path)
        };
        loop {
            let total = out.entry(directory.to_owned()).or_default();
            total.0 += row.size;
            total.1 += files;
            if directory.is_empty() {
                break;
            }
            directory = parent(directory);
        }
    }
    out
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[component]
fn Tree(props: &TreeProps) -> Html {
    let totals = use_memo(props.rows.clone(), |rows| totals(rows));
    let shown: Vec<&FileRow> = props
        .rows
        .iter()
        .filter(|row| {
            row.kind != EntryKind::Dir
                || row.change != Change::Kept
                || totals.contains_key(&row.path)
        })
        .filter(|row| {
            // Below a closed directory nothing shows; the first level always does.
            props.filtered || ancestors(&row.path).all(|directory| props.open.contains(directory))
        })
        .collect();
    let count = shown.len();
    let files: Vec<&FileRow> = props
        .rows
        .iter()
        .filter(|row| row.kind != EntryKind::Dir && row.change != Change::Removed)
        .collect();
    let sum: ByteCount = files.iter().map(|row| row.size).sum();
    let files = files.len();
    html! {
        <>
            <p class="quiet" role="status">
                { format!("{files} {}, {}", if files == 1 { "file" } else { "files" }, format::bytes(sum.bytes)) }
                if props.listing.unlisted.high > 0 {
                    { format!("; {} more in files that are not listed", format::bytes(props.listing.unlisted.bytes)) }
                }
                if props.listing.left_out > 0 {
                    { format!("; {} rows are left out", props.listing.left_out) }
                }
            </p>
            <Treemap totals={top_directories(&totals)} toggle={props.toggle.clone()} />
            <div class="scroll" tabindex="0" role="group" aria-label="List of files">
            <table class="tree">
                <caption class="hidden-label">{ "Files" }</caption>
                <thead><tr><th scope="col">{ "Path" }</th><th scope="col">{ "Mode" }</th><th scope="col">{ "Owner" }</th><th scope="col" class="number">{ "Size" }</th></tr></thead>
                <tbody>
                    { for shown.iter().take(MAX_DRAWN).map(|row| file_row(row, props, &totals)) }
                </tbody>
            </table>
            </div>
            if count > MAX_DRAWN {
                <p class="quiet">{ format!("{} more rows: close directories or filter.", count - MAX_DRAWN) }</p>
            }
        </>
    }
}

fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(parent(path)), |path| Some(parent(path)))
        .take_while(|path| !path.is_empty())
}

/// Directories of the first two levels, for the treemap.
fn top_directories(totals: &BTreeMap<String, (ByteCount, usize)>) -> Vec<(String, u64)> {
    let deep = |path: &str| path.matches('/').count();
    let mut out: Vec<(String, u64)> = totals
        .iter()
        .filter(|(path, _)| {
            deep(path) == 2
                || (deep(path) == 1
                    && !totals
                        .keys()
                        .any(|other| other.starts_with(&format!("{path}/"))))
        })
        .map(|(path, (size, _))| (path.clone(), size.bytes))
        .filter(|(_, bytes)| *bytes > 0)
        .collect();
    out.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    out.truncate(40);
    out
}

fn file_row(
    row: &FileRow,
    props: &TreeProps,
    totals: &BTreeMap<String, (ByteCount, usize)>,
) -> Html {
    let depth = if props.filtered {
        0
    } else {
        row.path.matches('/').count().saturating_sub(1).min(12)
    };
    let name = if props.filtered {
        row.path.as_str()
    } else {
        row.path.rsplit('/').next().unwrap_or_default()
    };
    let (mark, class) = match row.change {
        Change::Added => ("+", "added"),
        Change::Changed => ("~", "changed"),
        Change::Removed => ("\u{2212}", "removed"),
        Change::Kept => ("", "kept"),
    };
    let directory = row.kind == EntryKind::Dir && !props.filtered;
    let size = if row.kind == EntryKind::Dir {
        totals
            .get(&row.path)
            .map(|(size, _)| *size)
            .unwrap_or_default()
    } else {
        row.size
    };
    let open = props.open.contains(&row.path);
    let onclick = props.toggle.reform({
        let path = row.path.clone();
        move |_: MouseEvent| path.clone()
    });
    html! {
        <tr class={class} key={row.path.clone()}>
            <td class={format!("depth-{depth}")}>
                <span class="change" aria-label={class}>{ mark }</span>
                if directory {
                    <button type="button" class="directory" aria-expanded={open.to_string()} {onclick}>{ format!("{name}/") }</button>
                } else {
                    <span class="name">{ name }</span>
                }
                if let Some(link) = &row.link { <span class="quiet">{ format!(" → {link}") }</span> }
            </td>
            <td class="quiet">{ format!("{:o}", row.mode) }</td>
            <td class="quiet">{ format!("{}:{}", row.uid, row.gid) }</td>
            <td class="number"><Size {size} /></td>
        </tr>
    }
}
