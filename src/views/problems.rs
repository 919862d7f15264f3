//! The list of findings below the editor.

use layerlab_engine::report::Severity;
use yew::prelude::*;

use crate::editor::go_to_line;
use crate::model::{Action, use_model};

/// All findings, the worst first.
#[component]
pub fn Problems() -> Html {
    let model = use_model();
    let Some(report) = model.report.clone() else {
        return Html::default();
    };
    let mut findings: Vec<_> = report.diagnostics.iter().collect();
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.line));
    let count = |severity: Severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let summary = format!(
        "{} errors, {} warnings, {} notes",
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Note)
    );
    html! {
        <details class="problems" open={!report.success}>
            <summary aria-live="polite">{ summary }</summary>
            <ul>
                { for findings.iter().take(200).map(|finding| {
                    let severity = match finding.severity {
                        Severity::Error => "error",
                        Severity::Warning => "warning",
                        Severity::Note => "note",
                    };
                    let line = finding.line;
                    let onclick = {
                        let model = model.clone();
                        Callback::from(move |_| {
                            let dockerfile = model.project.borrow().dockerfile.clone();
                            model.dispatch(Action::Activate(dockerfile));
                            go_to_line(line.unwrap_or(1));
                        })
                    };
                    html! {
                        <li class={severity}>
                            <button type="button" {onclick}>
                                <span class="badge">{ severity }</span>
                                if let Some(line) = line { <span class="line">{ format!("line {line}") }</span> }
                                <span>{ &finding.message }</span>
                            </button>
                        </li>
                    }
                }) }
            </ul>
        </details>
    }
}
