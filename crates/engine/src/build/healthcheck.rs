//! `HEALTHCHECK`

use crate::dockerfile::duration;
use crate::dockerfile::{Command, Healthcheck, quoted, quoted_list};
use crate::image::HealthConfig;

use super::stage::BuiltStage;

pub(super) fn apply(check: &Healthcheck, command: &Command, stage: &mut BuiltStage) {
    let [interval, timeout, start_period, start_interval] = [
        check.interval,
        check.timeout,
        check.start_period,
        check.start_interval,
    ]
    .map(|nanoseconds| quoted(&duration::format(nanoseconds)));
    let shown = format!(
        "HEALTHCHECK &{{{} {interval} {timeout} {start_period} {start_interval} {}}}",
        quoted_list(&check.test),
        quoted_rune(check.retries)
    );
    stage.config.healthcheck = Some(HealthConfig {
        test: check.test.clone(),
        interval: check.interval,
        timeout: check.timeout,
        start_period: check.start_period,
        start_interval: check.start_interval,
        retries: check.retries,
    });
    stage.record(command, shown);
}

/// A number as Go's `%q` writes it: the character with that code, in single quotes.
fn quoted_rune(number: u32) -> String {
    let ch = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
    let body = quoted(ch.encode_utf8(&mut [0; 4]));
    let body = body
        .trim_start_matches('"')
        .strip_suffix('"')
        .unwrap_or(&body);
    match ch {
        '"' => "'\"'".to_owned(),
        '\'' => "'\\''".to_owned(),
        _ => format!("'{body}'"),
    }
}
