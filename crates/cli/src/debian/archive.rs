//! Package archives (deb(5)), measured: what dpkg would unpack and note of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, bail};
use layerlab_engine::debian::Sizes;
use layerlab_engine::debian::deb::{self, Control};
use layerlab_engine::debian::slim::{KINDS, left_out};

use super::contents::{library, program};
use super::script;

/// When a script calls systemd-sysusers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sysusers {
    /// Not at all.
    #[default]
    Never,
    /// Before it makes users itself.
    First,
    /// After that.
    Last,
}

impl Sysusers {
    fn of(script: &str) -> Self {
        let makers = ["adduser ", "useradd ", "addgroup ", "groupadd "];
        let made = makers.iter().filter_map(|maker| script.find(maker)).min();
        match script.find("systemd-sysusers") {
            None => Self::Never,
            Some(called) if made.is_some_and(|made| made < called) => Self::Last,
            Some(_) => Self::First,
        }
    }
}

/// What an archive holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Archive {
    pub(super) version: String,
    pub(super) sizes: Sizes,
    /// Programs on PATH, as the index has them.
    pub(super) programs: Vec<String>,
    /// Users that its scripts make.
    users: Vec<String>,
    /// Users that it declares for systemd-sysusers.
    declared: Vec<String>,
    /// When a script calls that.
    sysusers: Sysusers,
    /// Regular files, directories and links.
    pub(super) files: u64,
    pub(super) directories: u64,
    pub(super) links: u64,
    /// Number and bytes of what -slim images leave out, by kind.
    pub(super) left_out: [(u64, u64); KINDS],
}

/// Reads the archives of a directory that are wanted, by package.
pub(super) fn read_all<T>(
    directory: &Path,
    is_wanted: impl Fn(&str) -> bool,
    read: impl Fn(&[u8]) -> anyhow::Result<(String, T)>,
) -> anyhow::Result<BTreeMap<String, T>> {
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        // apt names them NAME_VERSION_ARCHITECTURE.deb.
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let name = file.split('_').next().unwrap_or_default();
        if file.ends_with(".deb") && is_wanted(name) {
            let read = read(&fs::read(&path)?);
            let (name, archive) = read.with_context(|| path.display().to_string())?;
            out.insert(name, archive);
        }
    }
    Ok(out)
}

/// Measures an archive; gives back its package's name too.
pub(super) fn measure(bytes: &[u8]) -> anyhow::Result<(String, Archive)> {
    let mut archive = Archive::default();
    let mut name = String::new();
    for (member, content) in deb::members(bytes).map_err(anyhow::Error::msg)? {
        match member.split('.').next() {
            Some("control") => name = archive.control(&member, content)?,
            Some("data") => archive.data(&member, content)?,
            _ => {}
        }
    }
    Ok((name, archive))
}

pub(super) fn unpacked<'b>(name: &str, content: &'b [u8]) -> anyhow::Result<Box<dyn Read + 'b>> {
    Ok(match name.rsplit('.').next() {
        Some("xz") => Box::new(liblzma::read::XzDecoder::new(content)),
        Some("gz") => Box::new(flate2::read::GzDecoder::new(content)),
        Some("zst") => Box::new(zstd::Decoder::with_buffer(content)?),
        Some("tar") => Box::new(content),
        _ => bail!("{name}: compressed in a way that is not read"),
    })
}

impl Archive {
    /// The users that it makes, as the index has them, in the order in which it makes them.
    pub(super) fn users(&self) -> String {
        let bare = |name: &str| name.trim_start_matches('%').to_owned();
        let has = |names: &[String], name: &str| names.iter().any(|own| bare(own) == bare(name));
        let (mut own, mut declared) = (self.users.clone(), self.declared.clone());
        if self.sysusers == Sysusers::First {
            own.retain(|name| !has(&self.declared, name));
        } else {
            declared.retain(|name| !has(&self.users, name));
        }
        if self.sysusers != Sysusers::Never {
            declared.iter_mut().for_each(|name| name.insert(0, '^'));
        }
        let names = match self.sysusers {
            Sysusers::First => [declared, own],
            Sysusers::Never | Sysusers::Last => [own, declared],
        };
        names.concat().join(" ")
    }

    fn control(&mut self, member: &str, content: &[u8]) -> anyhow::Result<String> {
        let control = Control::read(unpacked(member, content)?)?;
        control.field("Version").clone_into(&mut self.version);
        let own = control.sizes();
        self.sizes.status += own.status;
        self.sizes.templates += own.templates;
        self.sizes.info += own.info;
        for name in ["postinst", "preinst"] {
            let found = script::read(control.file(name));
            self.programs.extend(found.alternatives);
            for user in found.users {
                if !self.users.contains(&user) {
                    self.users.push(user);
                }
            }
            if self.sysusers == Sysusers::Never {
                self.sysusers = Sysusers::of(control.file(name));
            }
        }
        Ok(control.field("Package").to_owned())
    }

    fn data(&mut self, member: &str, content: &[u8]) -> anyhow::Result<()> {
        for entry in tar::Archive::new(unpacked(member, content)?).entries()? {
            let mut entry = entry?;
            let path = entry.path()?.to_string_lossy().into_owned();
            self.sizes.info += deb::listed(&path);
            let path = path
                .trim_start_matches("./")
                .trim_end_matches('/')
                .to_owned();
            self.sizes.paths += 1;
            let kind = entry.header().entry_type();
            let size = entry.size();
            let left = left_out(&path);
            if kind.is_dir() {
                self.directories += 1;
                continue;
            }
            if kind.is_symlink() || kind.is_hard_link() {
                self.links += 1;
                self.sizes.libraries += library(&path);
                if let (Some(_), Some(target)) = (program(&path), entry.link_name()?) {
                    let target = target.to_string_lossy().into_owned();
                    let target = if kind.is_hard_link() {
                        target.trim_start_matches('.').to_owned()
                    } else {
                        target
                    };
                    if !target.contains([' ', '\t']) {
                        self.programs.push(format!("/{path}>{target}"));
                    }
                }
                continue;
            }
            if path.starts_with("usr/lib/sysusers.d/") {
                let mut text = String::new();
                entry.read_to_string(&mut text)?;
                // sysusers.d(5): `u NAME …` makes a user, `g NAME …` a group.
                self.declared.extend(text.lines().filter_map(|line| {
                    let mut words = line.split_whitespace();
                    let (kind, name) = (words.next()?, words.next()?);
                    match kind {
                        "u" | "u!" => Some(name.to_owned()),
                        "g" => Some(format!("%{name}")),
                        _ => None,
                    }
                }));
            }
            self.files += 1;
            self.sizes.full += size;
            match left {
                Some(kind) => {
                    self.left_out[kind].0 += 1;
                    self.left_out[kind].1 += size;
                }
                None => self.sizes.slim += size,
            }
            if program(&path).is_some() && !path.contains([' ', '\t', '=', '>']) {
                self.programs.push(format!("/{path}={size}"));
            }
            self.sizes.libraries += library(&path);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_stand_in_the_order_in_which_they_are_made() {
        let users = |script: &str| {
            let archive = Archive {
                users: script::read(script).users,
                declared: vec!["uuidd".to_owned(), "%input".to_owned()],
                sysusers: Sysusers::of(script),
                ..Archive::default()
            };
            archive.users()
        };
        let own = "addgroup --system uuidd\nadduser --system --ingroup uuidd uuidd\nadduser --system other\n";
        assert_eq!(users(own), "%uuidd uuidd other %input");
        let first = format!("systemd-sysusers a.conf\n{own}");
        assert_eq!(users(&first), "^uuidd ^%input other");
        let last = format!("{own}systemd-sysusers a.conf\n");
        assert_eq!(users(&last), "%uuidd uuidd other ^%input");
    }
}
