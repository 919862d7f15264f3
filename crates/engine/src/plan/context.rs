//! Named contexts (`--build-context NAME=…`): what stands for an image or a stage
//! (BuildKit's `dockerui/namedcontext`; measured on Docker Engine 28).

use std::collections::BTreeMap;

use crate::catalog::Reference;
use crate::error::{BuildError, ErrorKind};
use crate::project::NamedContext;

use super::Base;

/// The named contexts by name in normal form.
///
/// # Errors
/// Where a name or a reference is none.
pub(super) fn named(
    given: Option<&BTreeMap<String, NamedContext>>,
) -> Result<BTreeMap<String, Base>, BuildError> {
    let mut out = BTreeMap::new();
    for (name, context) in given.into_iter().flatten() {
        let name = normal_name(name)?;
        let base = match context {
            NamedContext::Files(_) => Base::Named(name.clone()),
            NamedContext::Image(text) => {
                Base::Image(Reference::parse(text).map_err(|message| {
                    BuildError::new(
                        ErrorKind::BaseImage,
                        format!("failed to parse the image of context {name}: {message}"),
                    )
                })?)
            }
        };
        out.insert(name, base);
    }
    Ok(out)
}

/// `docker.io/library/alpine:latest` as `alpine`, the form in which names are compared.
///
/// # Errors
/// The engine's message, where it is not formed like an image's name.
pub fn normal_name(name: &str) -> Result<String, BuildError> {
    let reference = Reference::parse(name).map_err(|message| {
        BuildError::new(
            ErrorKind::Context,
            format!("invalid context name {name}: {message}"),
        )
    })?;
    Ok(compared(&reference))
}

fn compared(reference: &Reference) -> String {
    let familiar = reference.familiar();
    match familiar.strip_suffix(":latest") {
        Some(short) => short.to_owned(),
        None => familiar,
    }
}

/// What stands for a stage; a stage's name must be one that a context could have.
pub(super) fn of_stage(
    name: &str,
    contexts: &BTreeMap<String, Base>,
) -> Result<Option<Base>, BuildError> {
    Ok(contexts.get(&normal_name(&name.to_lowercase())?).cloned())
}

/// The image, or what stands for it.
pub(super) fn base(reference: Reference, contexts: &BTreeMap<String, Base>) -> Base {
    contexts
        .get(&compared(&reference))
        .cloned()
        .unwrap_or(Base::Image(reference))
}
