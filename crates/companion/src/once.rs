//! One build, without a server.

use std::path::Path;
use std::sync::Arc;

use layerlab_engine::comparison::Truth;

use crate::engine::{Engine, Order};
use crate::event::{Event, StepState};
use crate::settings::{EngineChoice, Limits};
use crate::spec::Spec;
use crate::spool::Spool;

/// Whose images these builds make.
const OWNER: &str = "compare";

/// Builds a directory and says what came out; the image is taken out again. What happens is
/// told in lines of text.
///
/// # Errors
/// Where the engine does not answer, or the build fails.
pub async fn build_once(
    engine: &EngineChoice,
    spec: &Spec,
    context: &Path,
    mut tell: impl FnMut(&str),
) -> anyhow::Result<Truth> {
    let engine = Engine::of(engine)?;
    let limits = Limits {
        context: u64::MAX,
        files: usize::MAX,
        ..Limits::default()
    };
    let spool =
        Spool::of_directory(context, &limits).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let tag = format!("layerlab-companion/{OWNER}:{}", std::process::id());
    let order = Order {
        spec,
        spool: Arc::new(spool),
        tag: tag.clone(),
        owner: OWNER,
        offline: spec.offline,
        memory: None,
    };
    let truth = engine
        .build(&order, |event| match event {
            Event::Log { text, .. } => tell(&text),
            Event::Step { name, state, .. } if state != StepState::Done => {
                tell(&format!("{name}\n"));
            }
            _ => {}
        })
        .await;
    let removed = engine.remove_image(&tag).await;
    let truth = truth?;
    removed?;
    Ok(truth)
}
