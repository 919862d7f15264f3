//! `EXPOSE` (the port specifications of Docker's `go-connections/nat`).

use crate::dockerfile::{Command, quoted};
use crate::error::ErrorKind;
use crate::image::Empty;

use super::Failure;
use super::stage::BuiltStage;

/// Most ports that one instruction may name.
const MAX_PORTS: usize = 200_000;

pub(super) fn apply(
    words: &[String],
    command: &Command,
    stage: &mut BuiltStage,
) -> Result<(), Failure> {
    let mut ports: Vec<String> = Vec::new();
    for word in words {
        for specification in stage.expand_words(word)? {
            ports.extend(
                expand(&specification)
                    .map_err(|message| Failure::convert(ErrorKind::Value, message))?,
            );
            if ports.len() > MAX_PORTS {
                return Err(Failure::convert(
                    ErrorKind::Limit,
                    format!("EXPOSE names more than {MAX_PORTS} ports; Layerlab allows that many"),
                ));
            }
        }
    }
    let shown = format!("EXPOSE [{}]", ports.join(" "));
    stage
        .config
        .exposed_ports
        .extend(ports.into_iter().map(|port| (port, Empty {})));
    stage.record(command, shown);
    Ok(())
}

/// The container ports of `[ip:][host:]port[-port][/protocol]`.
fn expand(specification: &str) -> Result<Vec<String>, String> {
    let (address, protocol) = match specification.split_once('/') {
        Some((address, protocol)) => (address, protocol),
        None => (specification, "tcp"),
    };
    let container = address.rsplit(':').next().unwrap_or_default();
    if container.is_empty() {
        return Err(format!(
            "invalid port: {}: no port specified",
            quoted(specification)
        ));
    }
    let protocol = protocol.to_lowercase();
    let protocol = if protocol.is_empty() {
        "tcp"
    } else {
        protocol.as_str()
    };
    if !["tcp", "udp", "sctp"].contains(&protocol) {
        return Err(format!(
            "invalid port: {}: invalid proto: {protocol}",
            quoted(specification)
        ));
    }
    let invalid = || format!("invalid containerPort: {container}");
    let (first, last) = container.split_once('-').unwrap_or((container, container));
    let number = |text: &str| text.parse::<u16>().map_err(|_| invalid());
    let (first, last) = (number(first)?, number(last)?);
    if last < first {
        return Err(invalid());
    }
    Ok((first..=last)
        .map(|port| format!("{port}/{protocol}"))
        .collect())
}
