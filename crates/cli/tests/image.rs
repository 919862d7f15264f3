//! `layerlab catalog image`: an OCI layout made here, its catalog file, and a build from it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

type Failure = Box<dyn std::error::Error>;

fn layerlab(arguments: &[&str]) -> Result<Output, Failure> {
    Ok(Command::new(env!("CARGO_BIN_EXE_layerlab"))
        .args(arguments)
        .output()?)
}

/// A layer: paths with contents; `name -> target` is a link, a path with `/` at its end a directory.
fn layer(files: &[(&str, &str)]) -> Result<Vec<u8>, Failure> {
    let mut out = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        if let Some((path, target)) = path.split_once(" -> ") {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            out.append_link(&mut header, path, target)?;
        } else if path.ends_with('/') {
            header.set_entry_type(tar::EntryType::Directory);
            header.set_size(0);
            out.append_data(&mut header, path, &[][..])?;
        } else {
            header.set_size(text.len() as u64);
            out.append_data(&mut header, path, text.as_bytes())?;
        }
    }
    Ok(out.into_inner()?)
}

fn layout(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder.join("blobs/sha256"))?;
    let put = |name: &str, bytes: &[u8]| fs::write(folder.join("blobs/sha256").join(name), bytes);
    let lower = layer(&[
        ("etc/", ""),
        ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ("usr/bin/sh", "shell"),
        ("usr/bin/cp", "cp"),
        ("bin -> usr/bin", ""),
        ("opt/tool/old", "0123456789"),
        ("opt/gone", "x"),
        (
            "var/lib/dpkg/status",
            "Package: tool\nStatus: install ok installed\nVersion: 1.0\nInstalled-Size: 3\n\nPackage: left\nStatus: deinstall ok config-files\nVersion: 2\n",
        ),
    ])?;
    let upper = layer(&[
        ("opt/.wh.gone", ""),
        ("opt/tool/new", "12345"),
        ("opt/tool/.wh..wh..opq", ""),
    ])?;
    put("lower", &lower)?;
    put("upper", &upper)?;
    put(
        "config",
        br#"{"created":"2026-09-01T00:00:00Z","config":{"Env":["PATH=/usr/bin"],"WorkingDir":"/opt"}}"#,
    )?;
    put(
        "manifest",
        br#"{"config":{"digest":"sha256:config"},"layers":[{"digest":"sha256:lower"},{"digest":"sha256:upper"}]}"#,
    )?;
    fs::write(
        folder.join("index.json"),
        r#"{"manifests":[{"digest":"sha256:manifest","platform":{"architecture":"amd64"}}]}"#,
    )?;
    Ok(())
}

#[test]
fn an_image_becomes_a_catalog_file() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    layout(&folder.path().join("layout"))?;
    let nameless = layerlab(&["catalog", "image", &at("layout")])?;
    assert!(String::from_utf8_lossy(&nameless.stderr).contains("--name"));

    let file = at("own.json");
    let made = layerlab(&[
        "catalog",
        "image",
        &at("layout"),
        "--name",
        "lab/base:1",
        "-o",
        &file,
    ])?;
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    assert!(layerlab(&["catalog", "verify", &file])?.status.success());

    fs::create_dir(at("context"))?;
    fs::write(
        folder.path().join("context/Dockerfile"),
        "FROM lab/base:1\nRUN test ! -e gone && test ! -e tool/old && test -e tool/new && cp tool/new copy\n",
    )?;
    let simulated = layerlab(&["simulate", "--json", "--catalog", &file, &at("context")])?;
    let report: serde_json::Value = serde_json::from_slice(&simulated.stdout)?;
    assert_eq!(report["success"], true, "{}", report["error"]);
    assert_eq!(report["layers"][0]["size"]["bytes"], 5);
    let packages: Vec<&str> = (report["packages"].as_array().into_iter().flatten())
        .filter_map(|package| package["name"].as_str())
        .collect();
    assert_eq!(packages, ["tool"]);
    Ok(())
}

#[test]
fn paths_do_not_lead_out_of_the_layout() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    fs::write(
        folder.path().join("manifest.json"),
        r#"[{"Config":"../../etc/passwd","Layers":[]}]"#,
    )?;
    let path = folder.path().to_string_lossy().into_owned();
    let made = layerlab(&["catalog", "image", &path, "--name", "a:b"])?;
    assert!(!made.status.success());
    assert!(String::from_utf8_lossy(&made.stderr).contains("leads out"));
    Ok(())
}
