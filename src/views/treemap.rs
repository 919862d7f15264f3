//! Directories as boxes, their areas to scale.

use yew::prelude::*;

use crate::format;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 180.0;

/// Properties of [`Treemap`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Directories with their bytes, the largest first.
    pub totals: Vec<(String, u64)>,
    /// Called with the directory that is chosen.
    pub toggle: Callback<String>,
}

/// A box.
#[derive(Clone, Copy)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// The drawing; the table below it says the same in words.
#[component]
pub fn Treemap(props: &Props) -> Html {
    if props.totals.is_empty() {
        return Html::default();
    }
    let boxes = split(
        &props.totals,
        Area {
            x: 0.0,
            y: 0.0,
            width: WIDTH,
            height: HEIGHT,
        },
    );
    html! {
        <svg class="treemap" viewBox={format!("0 0 {WIDTH} {HEIGHT}")} aria-hidden="true">
            { for props.totals.iter().zip(boxes).enumerate().map(|(number, ((path, bytes), area))| {
                let onclick = props.toggle.reform({ let path = path.clone(); move |_: MouseEvent| path.clone() });
                let roomy = area.width > 60.0 && area.height > 18.0;
                html! {
                    <g class={format!("hue-{}", number % 6)} {onclick}>
                        <rect x={area.x.to_string()} y={area.y.to_string()} width={area.width.to_string()} height={area.height.to_string()} />
                        if roomy {
                            <text x={(area.x + 5.0).to_string()} y={(area.y + 15.0).to_string()}>{ fitted(path, area.width) }</text>
                        }
                        <title>{ format!("{path}: {}", format::bytes(*bytes)) }</title>
                    </g>
                }
            }) }
        </svg>
    }
}

fn fitted(text: &str, width: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small count"
    )]
    let most = (width / 7.0) as usize;
    text.chars().take(most).collect()
}

/// Halves the items by weight, again and again, along the longer side.
fn split(items: &[(String, u64)], area: Area) -> Vec<Area> {
    if items.len() <= 1 {
        return vec![area; items.len()];
    }
    #[expect(clippy::cast_precision_loss, reason = "drawn in pixels")]
    let weight =
        |items: &[(String, u64)]| items.iter().map(|(_, bytes)| *bytes as f64).sum::<f64>();
    let total = weight(items).max(1.0);
    let mut at = 1;
    while at < items.len() - 1 && weight(&items[..at]) < total / 2.0 {
        at += 1;
    }
    let share = weight(&items[..at]) / total;
    let (first, second) = if area.width >= area.height {
        let width = area.width * share;
        (
            Area { width, ..area },
            Area {
                x: area.x + width,
                width: area.width - width,
                ..area
            },
        )
    } else {
        let height = area.height * share;
        (
            Area { height, ..area },
            Area {
                y: area.y + height,
                height: area.height - height,
                ..area
            },
        )
    };
    let mut out = split(&items[..at], first);
    out.extend(split(&items[at..], second));
    out
}
