//! Whether images start: what is predicted, beside what a real engine does.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use layerlab_companion::Limits;
use layerlab_engine::catalog::Catalog;
use layerlab_engine::context::{ContextFile, Data};
use layerlab_engine::start::{Start, predict};
use layerlab_engine::{Detail, Project};
use serde_json::{Value, json};
use support::{Bench, tool, uploaded};

/// Dockerfiles, each with the command that it is started with in place of its own.
const CASES: &[(&str, &[&str])] = &[
    ("CMD [\"/tool\"]", &[]),
    ("CMD [\"tool\"]", &[]),
    ("ENV PATH=/\nCMD [\"tool\"]", &[]),
    (
        "ENV PATH=/nowhere:/\nENTRYPOINT [\"tool\", \"print\"]",
        &["x"],
    ),
    ("CMD [\"uvicorn\", \"main:app\"]", &[]),
    ("ENTRYPOINT [\"gunicorn\"]\nCMD [\"-b\", \"0.0.0.0\"]", &[]),
    ("ENV A=1", &[]),
    ("ENTRYPOINT []", &[]),
    ("CMD [\"/nothing\"]", &[]),
    ("CMD [\"./nothing\"]", &[]),
    ("WORKDIR /app\nCMD [\"./tool\"]", &[]),
    ("WORKDIR /app\nCOPY tool .\nCMD [\"./tool\"]", &[]),
    ("WORKDIR /app\nCOPY tool .\nCMD [\"../app/tool\"]", &[]),
    ("WORKDIR /app\nCOPY tool .\nCMD [\"tool\"]", &[]),
    ("CMD [\"/app\"]\nWORKDIR /app", &[]),
    ("CMD [\"/\"]", &[]),
    ("CMD [\"/plain.sh\"]", &[]),
    ("COPY --chmod=755 plain.sh /p\nCMD [\"/p\"]", &[]),
    ("COPY --chmod=755 shebang.sh /s\nCMD [\"/s\"]", &[]),
    ("COPY --chmod=755 own.sh /s\nCMD [\"/s\"]", &[]),
    (
        "COPY --chmod=755 own.sh /s\nENTRYPOINT [\"/s\", \"a\"]",
        &[],
    ),
    ("COPY --chmod=755 returns.sh /s\nCMD [\"/s\"]", &[]),
    (
        "COPY --chmod=755 turns.sh /s\nENV PATH=/\nCMD [\"/s\"]",
        &[],
    ),
    ("COPY --chmod=755 empty /e\nCMD [\"/e\"]", &[]),
    ("COPY --chmod=644 tool /t\nCMD [\"/t\"]", &[]),
    ("COPY --chmod=644 tool /bin/t\nCMD [\"t\"]", &[]),
    ("COPY --chmod=700 tool /t\nUSER 1000\nCMD [\"/t\"]", &[]),
    (
        "COPY --chmod=700 --chown=1000 tool /t\nUSER 1000\nCMD [\"/t\"]",
        &[],
    ),
    (
        "COPY --chmod=750 --chown=0:7 tool /t\nUSER 1000:7\nCMD [\"/t\"]",
        &[],
    ),
    (
        "COPY --chmod=705 --chown=0:7 tool /t\nUSER 1000:7\nCMD [\"/t\"]",
        &[],
    ),
    ("COPY passwd /etc/passwd\nUSER nobody\nCMD [\"/tool\"]", &[]),
    (
        "COPY passwd /etc/passwd\nUSER someone\nCMD [\"/tool\"]",
        &[],
    ),
    (
        "COPY passwd /etc/passwd\nCOPY group /etc/group\nUSER nobody:staff\nCMD [\"/tool\"]",
        &[],
    ),
    (
        "COPY passwd /etc/passwd\nCOPY group /etc/group\nUSER nobody:others\nCMD [\"/tool\"]",
        &[],
    ),
    ("USER 12345\nCMD [\"/tool\"]", &[]),
    ("COPY dynamic /d\nCMD [\"/d\"]", &[]),
    ("COPY --chmod=755 dynamic /d\nCMD [\"/d\"]", &[]),
    ("CMD echo hello", &[]),
    ("ENTRYPOINT exec top", &[]),
    (
        "COPY tool /bin/sh\nCMD uvicorn main:app",
        &["/bin/sh", "print", "x"],
    ),
    ("ENTRYPOINT [\"/tool\"]", &["fail"]),
    ("CMD [\"/tool\"]", &["ls"]),
    ("CMD [\"/tool\"]", &["/tool", "print"]),
    (
        "COPY --link tool /usr/local/bin/serve\nCMD [\"serve\"]",
        &[],
    ),
    (
        "COPY tool /opt/bin/serve\nENV PATH=$PATH:/opt/bin\nCMD [\"serve\"]",
        &[],
    ),
    (
        "COPY tool /sbin/serve\nENV PATH=/usr/bin\nCMD [\"serve\"]",
        &[],
    ),
];

fn context() -> Vec<(&'static str, u16, Vec<u8>)> {
    let mut dynamic = vec![0; 64 + 56 + 32];
    let loader = b"/lib64/ld-linux-x86-64.so.2\0";
    dynamic[..6].copy_from_slice(b"\x7fELF\x02\x01");
    dynamic[6] = 1;
    let mut put = |at: usize, bytes: &[u8]| dynamic[at..at + bytes.len()].copy_from_slice(bytes);
    put(16, &2_u16.to_le_bytes());
    put(18, &62_u16.to_le_bytes());
    put(20, &1_u32.to_le_bytes());
    put(32, &64_u64.to_le_bytes());
    put(52, &64_u16.to_le_bytes());
    put(54, &56_u16.to_le_bytes());
    put(56, &1_u16.to_le_bytes());
    put(64, &3_u32.to_le_bytes());
    put(68, &4_u32.to_le_bytes());
    put(72, &120_u64.to_le_bytes());
    put(96, &(loader.len() as u64).to_le_bytes());
    put(104, &(loader.len() as u64).to_le_bytes());
    put(120, loader);
    vec![
        ("tool", 0o755, tool().to_vec()),
        ("dynamic", 0o644, dynamic),
        ("plain.sh", 0o644, b"echo hello\n".to_vec()),
        ("shebang.sh", 0o644, b"#!/bin/bash\necho hello\n".to_vec()),
        ("own.sh", 0o644, b"#!/tool print\n".to_vec()),
        ("returns.sh", 0o644, b"#!/tool\r\nprint\r\n".to_vec()),
        ("turns.sh", 0o644, b"#!/s\n".to_vec()),
        ("empty", 0o644, Vec::new()),
        (
            "passwd",
            0o644,
            b"root:x:0:0::/:/tool\nnobody:x:65534:65534::/:/tool\n".to_vec(),
        ),
        ("group", 0o644, b"root:x:0:\nstaff:x:50:\n".to_vec()),
    ]
}

/// What is predicted.
fn predicted(dockerfile: &str, command: &[&str]) -> Start {
    let mut project = Project::from_dockerfile(dockerfile);
    for (path, mode, bytes) in context() {
        project.files.push(ContextFile {
            path: path.to_owned(),
            data: Data::Bytes(bytes.into()),
            mode: Some(mode),
        });
    }
    let simulation = layerlab_engine::run(&project, &Catalog::default(), Detail::Sizes);
    assert!(simulation.report.success, "{:?}", simulation.report.error);
    let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    let command = (!command.is_empty()).then_some(command.as_slice());
    predict(simulation.target().expect("an image"), command)
}

/// What the engine does: none where it runs, else what it says.
async fn real(bench: &Bench, dockerfile: &str, command: &[&str]) -> Option<String> {
    let mut files: Vec<Value> = context()
        .iter()
        .map(|(path, mode, bytes)| uploaded(path, u32::from(*mode), bytes))
        .collect();
    files.push(json!({ "path": "Dockerfile", "text": dockerfile }));
    let (id, _) = bench.succeeds(&json!({ "files": files })).await;
    let spec = if command.is_empty() {
        json!({})
    } else {
        json!({ "command": command })
    };
    let events = bench.run(&id, &spec).await;
    if let Some(refused) = events.iter().find(|event| event["type"] == "refused") {
        return refused["message"].as_str().map(str::to_owned);
    }
    // The container's first process says itself that it cannot become the program.
    let said = support::output(&events);
    (support::last(&events)["code"] == 255).then_some(said)
}

#[tokio::test]
async fn are_as_predicted() {
    let limits = Limits {
        images: 100,
        ..Limits::default()
    };
    let Some(bench) = Bench::start(limits).await else {
        return;
    };
    // The messages are those of this engine.
    if !bench.engine_is(28).await {
        bench.stop().await;
        return;
    }
    let mut wrong = Vec::new();
    for (lines, command) in CASES {
        let dockerfile = format!("FROM scratch\nCOPY tool plain.sh /\n{lines}\n");
        let real = real(&bench, &dockerfile, command).await;
        let predicted = predicted(&dockerfile, command);
        let agree = match (&predicted, &real) {
            (Start::Runs { .. }, None) => true,
            (Start::Fails { message }, Some(real)) => real.contains(message.as_str()),
            _ => false,
        };
        if !agree {
            wrong.push(format!(
                "{lines:?} {command:?}\n  predicted {predicted:?}\n  real      {real:?}"
            ));
        }
    }
    eprintln!(
        "{} of {} starts as predicted",
        CASES.len() - wrong.len(),
        CASES.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    bench.stop().await;
}
