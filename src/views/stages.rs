//! The build graph, drawn.

use layerlab_engine::report::{Report, StageReport};
use yew::prelude::*;

use super::{Size, waiting};
use crate::format;
use crate::model::{Action, use_model};

const BOX_WIDTH: usize = 230;
const BOX_HEIGHT: usize = 58;
const GAP: usize = 34;
const MARGIN: usize = 12;
const LANE: usize = 26;

/// The view.
#[component]
pub fn Stages() -> Html {
    let model = use_model();
    let Some(report) = model.report.clone() else {
        return waiting();
    };
    if report.stages.is_empty() {
        return html! { <p class="quiet">{ "There are no stages: the Dockerfile cannot be planned yet." }</p> };
    }
    let target = {
        let model = model.clone();
        move |name: String| {
            let model = model.clone();
            Callback::from(move |_: MouseEvent| model.dispatch(Action::Target(Some(name.clone()))))
        }
    };
    html! {
        <>
            <div class="scroll" tabindex="0" role="group" aria-label="Build graph">{ drawing(&report) }</div>
            <table>
                <caption class="hidden-label">{ "Stages" }</caption>
                <thead><tr><th scope="col">{ "Stage" }</th><th scope="col">{ "Begins with" }</th><th scope="col">{ "Copies from" }</th><th scope="col" class="number">{ "Size" }</th><th scope="col">{ "Build" }</th></tr></thead>
                <tbody>
                    { for report.stages.iter().map(|stage| html! {
                        <tr class={classes!((!stage.built).then_some("empty"))} key={stage.index}>
                            <td>{ &stage.name }</td>
                            <td>{ &stage.base }</td>
                            <td>{ copies(&report, stage) }</td>
                            <td class="number">
                                if stage.built { <Size size={stage.size} /> } else { <span class="quiet">{ "skipped" }</span> }
                            </td>
                            <td>
                                if !stage.name.starts_with("stage-") {
                                    <button type="button" onclick={target(stage.name.clone())}
                                        aria-label={format!("target {}", stage.name)}>{ "target" }</button>
                                }
                            </td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </>
    }
}

fn copies(report: &Report, stage: &StageReport) -> String {
    let names = stage.copies.iter().map(|edge| {
        let from = report
            .stages
            .get(edge.from)
            .map_or("?", |from| from.name.as_str());
        format!("{from}: {}", edge.label)
    });
    names.collect::<Vec<_>>().join("; ")
}

/// Stages as boxes one below the other; edges run in lanes on their right.
fn drawing(report: &Report) -> Html {
    let top = |index: usize| MARGIN + index * (BOX_HEIGHT + GAP);
    let edges: Vec<(usize, usize, String, bool)> = report
        .stages
        .iter()
        .flat_map(|stage| {
            let base = stage
                .base_stage
                .map(|base| (base, stage.index, "FROM".to_owned(), true));
            let copies = stage
                .copies
                .iter()
                .map(|edge| (edge.from, stage.index, edge.label.clone(), false));
            base.into_iter().chain(copies)
        })
        .collect();
    let width = BOX_WIDTH + 2 * MARGIN + LANE * (edges.len() + 1) + 200;
    let height = top(report.stages.len());
    html! {
        <svg class="graph" width={width.to_string()} height={height.to_string()} role="img"
            aria-label={format!("{} stages", report.stages.len())}>
            <defs>
                <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
                    <path d="M0 0 8 4 0 8Z" />
                </marker>
            </defs>
            { for edges.iter().enumerate().map(|(lane, (from, to, label, base))| {
                let x = BOX_WIDTH + MARGIN;
                let out = x + LANE * (lane + 1);
                let (start, end) = (top(*from) + BOX_HEIGHT / 2 + 8, top(*to) + BOX_HEIGHT / 2 - 8);
                let dead = report.stages.get(*to).is_some_and(|stage| !stage.built);
                html! {
                    <g class={classes!("edge", base.then_some("from"), dead.then_some("skipped"))}>
                        <path d={format!("M{x} {start}H{out}V{end}H{x}")} marker-end="url(#arrow)" />
                        <text x={(out + 6).to_string()} y={(start.midpoint(end) + 4).to_string()}>{ shortened(label, 28) }<title>{ label }</title></text>
                    </g>
                }
            }) }
            { for report.stages.iter().map(|stage| {
                let y = top(stage.index);
                let size = if stage.built { format::bytes(stage.size.bytes) } else { "skipped".to_owned() };
                let is_target = stage.built && stage.name == report.target;
                html! {
                    <g class={classes!("stage", (!stage.built).then_some("skipped"), is_target.then_some("target"))}>
                        <rect x={MARGIN.to_string()} y={y.to_string()} width={BOX_WIDTH.to_string()} height={BOX_HEIGHT.to_string()} rx="8" />
                        <text class="name" x={(MARGIN + 12).to_string()} y={(y + 24).to_string()}>{ shortened(&stage.name, 18) }</text>
                        <text class="base" x={(MARGIN + 12).to_string()} y={(y + 44).to_string()}>{ shortened(&format!("FROM {}", stage.base), 30) }</text>
                        <text class="weight" x={(MARGIN + BOX_WIDTH - 12).to_string()} y={(y + 24).to_string()}>{ size }</text>
                    </g>
                }
            }) }
        </svg>
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    format!("{}…", text.chars().take(most - 1).collect::<String>())
}
