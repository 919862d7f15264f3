//! Projects as text for a URL's fragment: JSON, deflated, in URL-safe base64.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::context::check_path;
use crate::project::Project;

/// What stands before the data in the fragment; the number is the format's version.
pub const PREFIX: &str = "p1=";

/// Longest fragment that is read.
const MAX_TEXT: usize = 4 << 20;

/// Most bytes that a fragment may unpack to.
const MAX_JSON: u64 = 16 << 20;

/// Most files of a project.
pub const MAX_FILES: usize = 100_000;

/// The fragment for a project, without `#`.
///
/// # Errors
/// Where the project is too large for a link.
pub fn encode(project: &Project) -> Result<String, String> {
    let json = serde_json::to_vec(project).map_err(|error| error.to_string())?;
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
    let packed = packer
        .write_all(&json)
        .and_then(|()| packer.finish())
        .map_err(|error| error.to_string())?;
    let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(packed));
    if text.len() > MAX_TEXT {
        return Err(format!(
            "the link would have {} characters; export a zip instead",
            text.len()
        ));
    }
    Ok(text)
}

/// The project of a fragment, with or without `#`.
///
/// # Errors
/// What is wrong with the link.
pub fn decode(fragment: &str) -> Result<Project, String> {
    let text = fragment.trim_start_matches('#');
    let text = text
        .strip_prefix(PREFIX)
        .ok_or("the link is not one of Layerlab's")?;
    if text.len() > MAX_TEXT {
        return Err("the link is too long".to_owned());
    }
    let damaged = |what: &str| format!("the link is damaged ({what}): copy the whole of it again");
    let packed = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| damaged("not base64"))?;
    let mut json = Vec::new();
    DeflateDecoder::new(packed.as_slice())
        .take(MAX_JSON + 1)
        .read_to_end(&mut json)
        .map_err(|_| damaged("it does not unpack"))?;
    if json.len() as u64 > MAX_JSON {
        return Err("the link unpacks to more than 16 MiB".to_owned());
    }
    let project: Project =
        serde_json::from_slice(&json).map_err(|error| damaged(&error.to_string()))?;
    check(&project)?;
    Ok(project)
}

/// Checks a project that comes from outside.
///
/// # Errors
/// What is wrong with it.
pub fn check(project: &Project) -> Result<(), String> {
    if project.all_files().count() > MAX_FILES {
        return Err(format!("the project has more than {MAX_FILES} files"));
    }
    project
        .all_files()
        .try_for_each(|file| check_path(&file.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{ContextFile, Data};

    #[test]
    fn carries_a_project() {
        let mut project = Project::from_dockerfile("FROM scratch\nCOPY é /\n");
        project.files.push(ContextFile {
            path: "é".to_owned(),
            data: Data::Bytes([0, 255, 3].as_slice().into()),
            mode: Some(0o755),
        });
        project.build_args.insert("A".to_owned(), "1".to_owned());
        let link = encode(&project).unwrap();
        assert_eq!(decode(&format!("#{link}")), Ok(project));
    }

    #[test]
    fn refuses_damage_bombs_and_climbing_paths() {
        assert!(decode("").is_err() && decode("#p1=%%%").is_err() && decode("p1=AAAA").is_err());
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
        for _ in 0..40 {
            packer.write_all(&[b' '; 1 << 20]).unwrap();
        }
        let bomb = URL_SAFE_NO_PAD.encode(packer.finish().unwrap());
        assert_eq!(
            decode(&format!("p1={bomb}")),
            Err("the link unpacks to more than 16 MiB".to_owned())
        );
        let mut project = Project::from_dockerfile("");
        project.files.push(ContextFile::text("../x", ""));
        assert!(decode(&encode(&project).unwrap()).is_err());
    }
}
