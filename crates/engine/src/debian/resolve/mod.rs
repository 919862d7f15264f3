//! What apt chooses to install and remove.

mod install;
mod known;
mod marks;
mod needed;
mod relations;
mod settle;

use super::archive::Archive;
use super::installed::Packages;

use marks::{Marks, Mode};
pub use needed::{lacks, left_over};

/// What a command asks for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Packages to install.
    pub install: Vec<String>,
    /// Packages to remove.
    pub remove: Vec<String>,
    /// Whether what is recommended comes along.
    pub recommends: bool,
    /// Whether all packages are brought up to date.
    pub upgrade: bool,
    /// Whether upgrading may install and remove others (`dist-upgrade`).
    pub full_upgrade: bool,
    /// Whether only packages that are installed are looked at (`--only-upgrade`).
    pub only_upgrade: bool,
    /// Whether what nobody needs any more is removed too.
    pub autoremove: bool,
    /// Whether it takes more than to be recommended to be needed
    /// (`APT::AutoRemove::RecommendsImportant "false"`).
    pub only_depends: bool,
    /// Whether installed packages get what they lack (`--fix-broken`).
    pub fix_broken: bool,
}

/// A package that is installed or upgraded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Name.
    pub name: String,
    /// Whether it only came because another one needs it.
    pub auto: bool,
    /// The package that needs it, where it was not asked for.
    pub by: Option<String>,
    /// The version before, where it is an upgrade.
    pub from: Option<String>,
}

/// What will be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Packages that are unpacked, by name.
    pub install: Vec<Change>,
    /// Packages that are removed, by name.
    pub remove: Vec<String>,
    /// Packages that are there in their newest version already.
    pub newest: Vec<String>,
    /// Packages that are asked for by name from now on.
    pub manual: Vec<String>,
}

/// Why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// `E: Unable to locate package`
    Unknown(String),
    /// `E: Package 'x' has no installation candidate`
    Virtual(String),
    /// What a package needs cannot be had: package, and the relationship.
    Unmet(String, String),
    /// The index is a part of its suite, and does not have all that is needed to tell.
    Beyond,
}

/// Finds what a request leads to.
///
/// # Errors
/// Where apt stops.
pub fn resolve(
    archive: Archive<'_>,
    packages: &Packages,
    request: &Request,
) -> Result<Transaction, Problem> {
    let mut marks = Marks::new(archive, packages, request.recommends);
    marks.only_depends = request.only_depends;
    let mut out = Transaction::default();
    for name in &request.remove {
        if packages.has(name) {
            let name = marks.known.id(name);
            marks.remove(name);
        }
    }
    let mut asked = Vec::new();
    for name in &request.install {
        let installed = packages.by_name.get(name);
        if request.only_upgrade && installed.is_none() {
            continue;
        }
        let Some(entry) = archive.get(name) else {
            if installed.is_some() {
                out.newest.push(name.clone());
                out.manual.push(name.clone());
                continue;
            }
            return Err(if !archive.suite.is_whole() {
                Problem::Beyond
            } else if archive.providers(name).next().is_none() {
                Problem::Unknown(name.clone())
            } else {
                Problem::Virtual(name.clone())
            });
        };
        out.manual.push(name.clone());
        let id = marks.known.id(entry.name);
        marks.ask(id);
        asked.push(id);
        if marks.mode(id) == Mode::Keep {
            out.newest.push(name.clone());
        }
    }
    // All that was asked for is known before any of it is followed.
    for name in asked {
        marks.follow(name);
    }
    if request.fix_broken {
        for name in marks.known.there() {
            marks.mend(name);
        }
    }
    if request.full_upgrade {
        marks.upgrade_fully();
    } else if request.upgrade {
        marks.upgrade();
    }
    marks.remove_dependents();
    let broken = marks.settle_broken();
    if marks.beyond {
        return Err(Problem::Beyond);
    }
    let name = |id| marks.known.get(id).text;
    let asked = |name: &str| request.install.iter().any(|asked| asked == name);
    let told = broken.iter().find(|broken| asked(name(broken.name)));
    if let Some(told) = told.or(broken.first()) {
        let (name, group) = (name(told.name).to_owned(), told.group.to_owned());
        return Err(Problem::Unmet(name, group));
    }
    marks.leave_out_unneeded();
    out.install = marks.installs();
    let mut remove = marks.marked(Mode::Delete);
    if request.autoremove {
        remove.extend(marks.left_over(&out.manual));
    }
    let remove = remove.into_iter().map(|name| marks.known.get(name).text);
    out.remove = remove.map(str::to_owned).collect();
    out.remove.sort_unstable();
    Ok(out)
}
