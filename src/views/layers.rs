//! The layers: a stack drawn to scale beside a table like `docker history`.

use layerlab_engine::size::ByteCount;
use yew::prelude::*;

use super::{Size, waiting};
use crate::format;
use crate::model::{Action, View, use_model};

/// Height of the drawing, in its own units.
const HEIGHT: u64 = 1000;

/// Least height of a layer that weighs anything.
const LEAST: u64 = 8;

/// The view.
#[component]
pub fn Layers() -> Html {
    let model = use_model();
    let Some(report) = model.report.clone() else {
        return waiting();
    };
    let select = |step: Option<usize>| {
        let model = model.clone();
        Callback::from(move |_: MouseEvent| model.dispatch(Action::Step(step)))
    };
    let mut parts: Vec<(Option<usize>, String, ByteCount)> = Vec::new();
    if let Some(base) = &report.base {
        parts.push((None, format!("base image {}", base.reference), base.size));
    }
    for (step, layer) in report
        .layers
        .iter()
        .enumerate()
        .filter(|(_, layer)| !layer.empty)
    {
        parts.push((Some(step), layer.instruction.clone(), layer.size));
    }
    html! {
        <div class="layers">
            { stack(&parts, model.step, &select) }
            <div class="scroll" tabindex="0" role="group" aria-label="Steps">
            <table>
                <caption class="hidden-label">{ "Steps of the image, the newest last" }</caption>
                <thead><tr><th scope="col">{ "Line" }</th><th scope="col">{ "Step" }</th><th scope="col" class="number">{ "Size" }</th></tr></thead>
                <tbody>
                    if let Some(base) = &report.base {
                        <tr>
                            <td></td>
                            <td>{ format!("FROM {}", base.reference) }</td>
                            <td class="number"><Size size={base.size} /></td>
                        </tr>
                    }
                    { for report.layers.iter().enumerate().map(|(step, layer)| {
                        let chosen = model.step == Some(step);
                        html! {
                            <tr class={classes!(layer.empty.then_some("empty"), chosen.then_some("chosen"))} key={step}>
                                <td>{ layer.line }</td>
                                <td>
                                    <button type="button" class="step" aria-pressed={chosen.to_string()}
                                        title={layer.created_by.clone()}
                                        onclick={select((!chosen).then_some(step))}>{ short(&layer.instruction) }</button>
                                </td>
                                <td class="number">
                                    if layer.empty { <span class="quiet">{ "no layer" }</span> } else { <Size size={layer.size} /> }
                                </td>
                            </tr>
                        }
                    }) }
                </tbody>
            </table>
            </div>
            if let Some(step) = model.step {
                <ShowFiles {step} />
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ShowFilesProps {
    step: usize,
}

#[component]
fn ShowFiles(props: &ShowFilesProps) -> Html {
    let model = use_model();
    let step = props.step;
    let onclick = Callback::from(move |_| {
        model.dispatch(Action::Step(Some(step)));
        model.dispatch(Action::Show(View::Files));
    });
    html! { <button type="button" id="layer-files" {onclick}>{ "Files of this layer" }</button> }
}

fn short(instruction: &str) -> String {
    let line: String = instruction.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 120 {
        return line;
    }
    format!("{}…", line.chars().take(119).collect::<String>())
}

/// Layers as boxes, their heights to scale, the base at the bottom.
fn stack(
    parts: &[(Option<usize>, String, ByteCount)],
    chosen: Option<usize>,
    select: &dyn Fn(Option<usize>) -> Callback<MouseEvent>,
) -> Html {
    let total: u64 = parts.iter().map(|(_, _, size)| size.bytes).sum();
    let heights: Vec<u64> = parts
        .iter()
        .map(|(_, _, size)| match size.bytes {
            0 => 4,
            bytes => (u128::from(bytes) * u128::from(HEIGHT) / u128::from(total.max(1))) as u64,
        })
        .map(|height| height.max(LEAST))
        .collect();
    let sum: u64 = heights.iter().map(|height| height + 3).sum();
    let mut top = sum;
    html! {
        <svg class="stack" viewBox={format!("0 0 120 {}", sum.max(1))} preserveAspectRatio="none" aria-hidden="true">
            { for parts.iter().zip(&heights).map(|((step, name, size), height)| {
                top -= height + 3;
                let class = classes!(
                    "box",
                    step.is_none().then_some("base"),
                    (step.is_some() && *step == chosen).then_some("chosen"),
                    format::basis(*size)
                );
                html! {
                    <rect {class} x="2" width="116" y={top.to_string()} height={height.to_string()} onclick={select(*step)}>
                        <title>{ format!("{name}: {}", format::explained(*size)) }</title>
                    </rect>
                }
            }) }
        </svg>
    }
}
