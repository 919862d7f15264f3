//! The views of the image.

mod compare;
mod config;
mod files;
mod layers;
mod log;
mod overview;
mod packages;
mod problems;
mod real;
mod stages;
mod treemap;

pub use compare::Compare;
pub use config::ConfigView;
pub use files::FilesView;
pub use layers::Layers;
pub use log::Log;
pub use overview::Overview;
pub use packages::Packages;
pub use problems::Problems;
pub use real::Real;
pub use stages::Stages;

use layerlab_engine::size::ByteCount;
use yew::prelude::*;

use crate::format;

/// Properties of [`Size`].
#[derive(Properties, PartialEq)]
pub struct SizeProps {
    /// The size.
    pub size: ByteCount,
}

/// A size that says on hover and focus how it is known.
#[component]
pub fn Size(props: &SizeProps) -> Html {
    let basis = format::basis(props.size);
    html! {
        <span class={classes!("size", basis)} title={format::explained(props.size)}>
            { format::bytes(props.size.bytes) }
        </span>
    }
}

/// What is shown where there is no report yet.
fn waiting() -> Html {
    html! { <p class="quiet">{ "Simulating…" }</p> }
}
