//! Projects as zip files. What comes from outside is bounded and checked.

use std::io::{Cursor, Read, Write};

use layerlab_engine::Project;
use layerlab_engine::context::{ContextFile, Data, check_path};
use layerlab_engine::permalink::MAX_FILES;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::files::{ReadFile, context_file};
use crate::header::project_of;

/// Largest archive that is read, in bytes.
pub const MAX_ARCHIVE: f64 = 67_108_864.0;

/// Files up to this size are held by content.
const MAX_HELD: u64 = 1 << 20;

/// Most bytes that are held of all files together.
const MAX_TOTAL: u64 = 64 << 20;

/// Most bytes of a file that is held by its size; larger ones are refused.
const MAX_SIZE: u64 = 100 << 30;

/// The project in a zip file.
///
/// # Errors
/// What is wrong with it.
pub fn open(file: &ReadFile) -> Result<Project, String> {
    let bytes = file
        .bytes
        .as_ref()
        .ok_or_else(|| format!("{} is larger than 64 MiB; Layerlab does not read it.", file.path))?;
    read(bytes).map(project_of).map_err(|problem| format!("{}: {problem}.", file.path))
}

fn read(bytes: &[u8]) -> Result<Vec<ContextFile>, String> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("not a zip file ({error})"))?;
    if archive.len() > MAX_FILES {
        return Err(format!("it holds more than {MAX_FILES} files"));
    }
    let mut files = Vec::new();
    let mut held = 0;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| error.to_string())?;
        let name = entry.name().map_err(|error| error.to_string())?.into_owned();
        let path = name.trim_end_matches('/');
        check_path(path)?;
        if entry.is_dir() {
            files.push(ContextFile { path: path.to_owned(), data: Data::Directory, mode: None });
            continue;
        }
        let stated = entry.size();
        if stated > MAX_SIZE {
            return Err(format!("{path} claims to hold {stated} bytes"));
        }
        if stated > MAX_HELD {
            files.push(ContextFile { path: path.to_owned(), data: Data::Size(stated), mode: None });
            continue;
        }
        let mode = entry.unix_mode().and_then(|mode| u16::try_from(mode & 0o7777).ok());
        let mut content = Vec::new();
        entry
            .by_ref()
            .take(MAX_HELD + 1)
            .read_to_end(&mut content)
            .map_err(|error| format!("{path}: {error}"))?;
        held += content.len() as u64;
        if content.len() as u64 > MAX_HELD || held > MAX_TOTAL {
            return Err(format!("{path} unpacks to more than it says, or all files to more than 64 MiB"));
        }
        let mut file = context_file(path, content);
        file.mode = mode.filter(|mode| *mode != 0).or(file.mode);
        files.push(file);
    }
    Ok(files)
}

/// A zip file of a project's files; those held by size only are left out and listed.
///
/// # Errors
/// Where it cannot be written.
pub fn write(files: &[ContextFile]) -> Result<Vec<u8>, String> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut left_out = String::new();
    let problem = |error: zip::result::ZipError| error.to_string();
    for file in files {
        let options = options.unix_permissions(file.mode.map_or(0o644, u32::from));
        let content = match &file.data {
            Data::Text(text) => text.as_bytes(),
            Data::Bytes(bytes) => bytes,
            Data::Directory => {
                archive.add_directory(&*file.path, options).map_err(problem)?;
                continue;
            }
            Data::Link(target) => {
                archive.add_symlink(&*file.path, &**target, options).map_err(problem)?;
                continue;
            }
            Data::Size(size) => {
                left_out.push_str(&format!("{} ({size} bytes)\n", file.path));
                continue;
            }
        };
        archive.start_file(&*file.path, options).map_err(problem)?;
        archive.write_all(content).map_err(|error| error.to_string())?;
    }
    if !left_out.is_empty() {
        archive.start_file("layerlab-left-out.txt", options).map_err(problem)?;
        archive.write_all(left_out.as_bytes()).map_err(|error| error.to_string())?;
    }
    archive.finish().map(Cursor::into_inner).map_err(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(content).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn reads_what_it_writes() {
        let files = vec![ContextFile::text("Dockerfile", "FROM scratch\n"), ContextFile::text("d/é", "x")];
        let read = read(&write(&files).unwrap()).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[1].path, "d/é");
        assert_eq!(read[1].data, files[1].data);
    }

    #[test]
    fn refuses_what_climbs_and_what_is_no_zip() {
        assert!(read(&zip(&[("../x", b"x")])).is_err());
        assert!(read(&zip(&[("/etc/x", b"x")])).is_err());
        assert!(read(b"not a zip").is_err());
    }

    #[test]
    fn holds_large_files_by_size() {
        let big = vec![0_u8; 3 << 20];
        let files = read(&zip(&[("big", &big)])).unwrap();
        assert_eq!(files[0].data, Data::Size(3 << 20));
    }
}
