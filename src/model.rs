//! The state of the page and how it changes.

use std::cell::RefCell;
use std::rc::Rc;

use layerlab_engine::catalog::CatalogFile;
use layerlab_engine::context::{ContextFile, Data};
use layerlab_engine::report::Listing;
use layerlab_engine::{NamedContext, Project, Report};
use yew::prelude::*;

/// The views on the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The size.
    Overview,
    /// The build graph.
    Stages,
    /// The layers.
    Layers,
    /// The files.
    Files,
    /// The packages.
    Packages,
    /// The image config.
    Config,
    /// The build's output.
    Log,
    /// A against B.
    Compare,
    /// Builds on a real engine.
    Real,
}

impl View {
    /// All views in order.
    pub const ALL: [Self; 9] = [
        Self::Overview,
        Self::Stages,
        Self::Layers,
        Self::Files,
        Self::Packages,
        Self::Config,
        Self::Log,
        Self::Compare,
        Self::Real,
    ];

    /// Those that are offered: a page in another one builds nothing for real.
    pub fn offered() -> &'static [Self] {
        if crate::storage::is_embedded() {
            &Self::ALL[..Self::ALL.len() - 1]
        } else {
            &Self::ALL
        }
    }

    /// The view's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Stages => "Stages",
            Self::Layers => "Layers",
            Self::Files => "Files",
            Self::Packages => "Packages",
            Self::Config => "Config",
            Self::Log => "Log",
            Self::Compare => "Compare",
            Self::Real => "Real build",
        }
    }
}

/// A state kept for comparison.
#[derive(Debug, Clone)]
pub struct Pinned {
    /// What was reported.
    pub report: Rc<Report>,
    /// Its files, once they have been listed.
    pub listing: Option<Rc<Listing>>,
}

/// The state of the page.
#[derive(Clone)]
pub struct Model {
    /// Grows with every change, so that states can be told apart cheaply.
    pub stamp: u64,
    /// The project; shared with the engine's client.
    pub project: Rc<RefCell<Project>>,
    /// Grows when the project changes otherwise than by typing.
    pub replaced: u32,
    /// Grows when anything that should be stored changes.
    pub edited: u32,
    /// Path of the file in the editor.
    pub active: String,
    /// The view that is open.
    pub view: View,
    /// The step whose files are shown; none for the image.
    pub step: Option<usize>,
    /// What the engine said last.
    pub report: Option<Rc<Report>>,
    /// Number of the request that it answers.
    pub report_id: u32,
    /// Whether it comes from the engine with all programs.
    pub full: bool,
    /// The files of the image or of the step.
    pub listing: Option<(Option<usize>, Rc<Listing>)>,
    /// A of the comparison.
    pub pinned: Option<Pinned>,
    /// The size that the image should stay under, in bytes.
    pub budget: Option<u64>,
    /// References to complete.
    pub images: Rc<Vec<String>>,
    /// A message to the user.
    pub notice: Option<String>,
    /// Whether the project came by a link, while the visitor's own waits in storage.
    pub visiting: bool,
}

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.stamp == other.stamp
    }
}

/// A change of the state.
pub enum Action {
    /// The text of the open file.
    Typed(String),
    /// Another project.
    Open(Box<Project>, bool),
    /// Files come into the project, replacing those of the same path.
    AddFiles(Vec<ContextFile>),
    /// A file goes.
    Delete(String),
    /// A file gets another path.
    Rename(String, String),
    /// A file is opened.
    Activate(String),
    /// A build argument is set, or taken away.
    BuildArg(String, Option<String>),
    /// What stands for an image or a stage of that name is set, or taken away.
    Context(String, Option<NamedContext>),
    /// The target.
    Target(Option<String>),
    /// The platform.
    Platform(Option<String>),
    /// The size of an image that the catalog does not have.
    ImageSize(String, Option<u64>),
    /// The size of a package that the catalog does not list: `npm:NAME`.
    PackageSize(String, Option<u64>),
    /// The bytes of a step, by instruction, as a real engine has measured them.
    StepSize(String, u64),
    /// Measured steps are estimated again.
    ForgetSteps,
    /// A catalog of the user's own comes, or goes.
    Catalog(Option<CatalogFile>),
    /// A view is opened.
    Show(View),
    /// A step is selected.
    Step(Option<usize>),
    /// The engine has answered; whether it was the one with all programs.
    Reported(u32, Rc<Report>, bool),
    /// The engine has listed files.
    Listed(Option<usize>, Rc<Listing>),
    /// The engine knows its images.
    Images(Vec<String>),
    /// The present state becomes A, or A goes.
    Pin(bool),
    /// The budget.
    Budget(Option<u64>),
    /// A message, or none.
    Notice(Option<String>),
    /// What came by a link becomes the visitor's own.
    Keep,
}

impl Model {
    /// The state at the start.
    pub fn new(project: Project, visiting: bool, budget: Option<u64>) -> Self {
        Self {
            stamp: 0,
            active: project.dockerfile.clone(),
            project: Rc::new(RefCell::new(project)),
            replaced: 0,
            edited: 0,
            view: View::Overview,
            step: None,
            report: None,
            report_id: 0,
            full: false,
            listing: None,
            pinned: None,
            budget,
            images: Rc::default(),
            notice: None,
            visiting,
        }
    }

    /// The text of the open file, where it has one.
    pub fn active_text(&self) -> Option<String> {
        match &self.project.borrow().file(&self.active)?.data {
            Data::Text(text) => Some(text.to_string()),
            _ => None,
        }
    }

    fn replaced(&mut self) {
        self.replaced += 1;
        self.edited += 1;
    }
}

impl Reducible for Model {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = (*self).clone();
        next.stamp += 1;
        match action {
            Action::Typed(text) => {
                crate::engine::set_text(&mut next.project.borrow_mut(), &next.active, &text);
                next.edited += 1;
            }
            Action::Open(project, visiting) => {
                next.active.clone_from(&project.dockerfile);
                *next.project.borrow_mut() = *project;
                next.visiting = visiting;
                next.step = None;
                next.replaced();
            }
            Action::AddFiles(files) => {
                {
                    let mut project = next.project.borrow_mut();
                    for file in files {
                        match project.files.iter_mut().find(|old| old.path == file.path) {
                            Some(old) => *old = file,
                            None => project.files.push(file),
                        }
                    }
                    project.files.sort_by(|a, b| a.path.cmp(&b.path));
                }
                next.replaced();
            }
            Action::Delete(path) => {
                {
                    let mut project = next.project.borrow_mut();
                    let below = format!("{path}/");
                    project
                        .files
                        .retain(|file| file.path != path && !file.path.starts_with(&below));
                    if next.active == path {
                        next.active.clone_from(&project.dockerfile);
                    }
                }
                next.replaced();
            }
            Action::Rename(old, new) => {
                {
                    let mut project = next.project.borrow_mut();
                    if let Some(file) = project.files.iter_mut().find(|file| file.path == old) {
                        file.path.clone_from(&new);
                    }
                    if project.dockerfile == old {
                        project.dockerfile.clone_from(&new);
                    }
                    if next.active == old {
                        next.active = new;
                    }
                }
                next.replaced();
            }
            Action::Activate(path) => next.active = path,
            Action::BuildArg(name, value) => {
                match value {
                    Some(value) => next.project.borrow_mut().build_args.insert(name, value),
                    None => next.project.borrow_mut().build_args.remove(&name),
                };
                next.replaced();
            }
            Action::Context(name, context) => {
                match context {
                    Some(context) => next.project.borrow_mut().contexts.insert(name, context),
                    None => next.project.borrow_mut().contexts.remove(&name),
                };
                next.replaced();
            }
            Action::Target(target) => {
                next.project.borrow_mut().target = target;
                next.replaced();
            }
            Action::Platform(platform) => {
                next.project.borrow_mut().platform = platform;
                next.replaced();
            }
            Action::ImageSize(image, size) => {
                match size {
                    Some(size) => next.project.borrow_mut().image_sizes.insert(image, size),
                    None => next.project.borrow_mut().image_sizes.remove(&image),
                };
                next.replaced();
            }
            Action::PackageSize(package, size) => {
                match size {
                    Some(size) => next
                        .project
                        .borrow_mut()
                        .package_sizes
                        .insert(package, size),
                    None => next.project.borrow_mut().package_sizes.remove(&package),
                };
                next.replaced();
            }
            Action::StepSize(instruction, bytes) => {
                let mut project = next.project.borrow_mut();
                project.step_sizes.insert(instruction, bytes);
                drop(project);
                next.replaced();
            }
            Action::ForgetSteps => {
                next.project.borrow_mut().step_sizes.clear();
                next.replaced();
            }
            Action::Catalog(catalog) => {
                next.project.borrow_mut().catalog = catalog;
                next.replaced();
            }
            Action::Show(view) => next.view = view,
            Action::Step(step) => next.step = step,
            Action::Reported(id, report, full) => {
                next.full = full;
                let steps = report.layers.len();
                next.step = next.step.filter(|&step| step < steps);
                next.report = Some(report);
                next.report_id = id;
            }
            Action::Listed(step, listing) => {
                if let (None, Some(pinned)) = (step, &mut next.pinned)
                    && pinned.listing.is_none()
                {
                    pinned.listing = Some(listing.clone());
                }
                next.listing = Some((step, listing));
            }
            Action::Images(images) => next.images = Rc::new(images),
            Action::Pin(pin) => {
                next.pinned = next.report.clone().filter(|_| pin).map(|report| Pinned {
                    report,
                    listing: None,
                });
            }
            Action::Budget(budget) => next.budget = budget,
            Action::Notice(notice) => next.notice = notice,
            Action::Keep => {
                next.visiting = false;
                next.edited += 1;
            }
        }
        Rc::new(next)
    }
}

/// The state with the means to change it.
pub type Handle = UseReducerHandle<Model>;

/// The state, for components below the page.
#[hook]
pub fn use_model() -> Handle {
    #[expect(clippy::expect_used, reason = "App provides it above every component")]
    use_context::<Handle>().expect("the page provides its state")
}
