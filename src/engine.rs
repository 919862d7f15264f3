//! The page's end of the line to the engine's workers.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_worker::{Spawnable, WorkerBridge};
use layerlab_engine::Report;
use layerlab_worker::{Engine, Input};

pub use layerlab_worker::{Output, register, set_text};

/// The script of the worker that is the page's own module.
const QUICK: &str = "./worker.js";

/// The script of the worker that has all programs.
const FULL: &str = "./programs.js";

/// After this many milliseconds a newer request stops an older simulation.
const PATIENCE: f64 = 400.0;

/// The page's end: at most one request is under way, and only the newest one waits.
pub struct Client {
    bridge: WorkerBridge<Engine>,
    /// The worker with all programs, while it is on its way.
    coming: Option<WorkerBridge<Engine>>,
    /// The script of the worker that is in use.
    loader: &'static str,
    this: Weak<RefCell<Self>>,
    on_output: Rc<dyn Fn(Output)>,
    next_id: u32,
    /// The request under way and when it was sent.
    under_way: Option<(u32, f64)>,
    queued: Option<Queued>,
    last_project: Rc<dyn Fn() -> String>,
}

enum Queued {
    Project,
    Edit(String, String),
}

impl Client {
    /// Starts a worker; `project` gives the project as JSON whenever it is wanted.
    pub fn new(
        on_output: Rc<dyn Fn(Output)>,
        project: Rc<dyn Fn() -> String>,
    ) -> Rc<RefCell<Self>> {
        Rc::new_cyclic(|this| {
            RefCell::new(Self {
                bridge: spawn(QUICK, on_output.clone()),
                coming: None,
                loader: QUICK,
                this: this.clone(),
                on_output,
                next_id: 0,
                under_way: None,
                queued: None,
                last_project: project,
            })
        })
    }

    /// Fetches the worker with all programs, once the first numbers are there.
    fn fetch_programs(&mut self) {
        if self.coming.is_some() || self.loader == FULL {
            return;
        }
        let this = self.this.clone();
        let on_output = self.on_output.clone();
        self.coming = Some(spawn(
            FULL,
            Rc::new(move |output| {
                // It says what images it knows as soon as it can work.
                let ready = matches!(output, Output::Images(_));
                if let (true, Some(client)) = (ready, this.upgrade()) {
                    client.borrow_mut().take_over();
                }
                on_output(output);
            }),
        ));
    }

    /// The worker with all programs takes the place of the first one.
    fn take_over(&mut self) {
        if let Some(bridge) = self.coming.take() {
            self.bridge = bridge;
            self.loader = FULL;
            self.next_id += 1;
            self.send(Queued::Project);
        }
    }

    /// Whether the worker with all programs is at work.
    pub fn is_full(&self) -> bool {
        self.loader == FULL
    }

    /// Asks for a simulation of the whole project; gives back the request's number.
    pub fn simulate(&mut self) -> u32 {
        self.ask(Queued::Project)
    }

    /// Asks for a simulation after an edit.
    pub fn edit(&mut self, path: &str, text: &str) -> u32 {
        self.ask(Queued::Edit(path.to_owned(), text.to_owned()))
    }

    /// What is under way is of a project that is left: its report is not wanted any more.
    pub fn forget(&mut self) {
        self.next_id += 1;
    }

    /// Asks for a listing.
    pub fn list(&self, step: Option<usize>) {
        self.bridge.send(Input::Files { step });
    }

    /// Asks something that only the worker with all programs knows, as JSON.
    pub fn question(&self, json: &str) {
        self.bridge.send(Input::Ask(json.to_owned()));
    }

    fn ask(&mut self, request: Queued) -> u32 {
        self.next_id += 1;
        let Some((_, since)) = self.under_way else {
            self.send(request);
            return self.next_id;
        };
        // An edit on top of a waiting project is in the project when that is sent.
        let request = match (&self.queued, request) {
            (Some(Queued::Project), _) => Queued::Project,
            (Some(Queued::Edit(old, _)), Queued::Edit(path, text)) if *old == path => {
                Queued::Edit(path, text)
            }
            (Some(Queued::Edit(..)), _) => Queued::Project,
            (None, request) => request,
        };
        if js_sys::Date::now() - since > PATIENCE {
            self.bridge = spawn(self.loader, self.on_output.clone());
            self.send(Queued::Project);
        } else {
            self.queued = Some(request);
        }
        self.next_id
    }

    fn send(&mut self, request: Queued) {
        let id = self.next_id;
        self.queued = None;
        self.under_way = Some((id, js_sys::Date::now()));
        self.bridge.send(match request {
            Queued::Project => Input::Project {
                id,
                json: (self.last_project)(),
            },
            Queued::Edit(path, text) => Input::Edit { id, path, text },
        });
    }

    /// Notes an answer; says whether a newer request is on its way.
    pub fn answered(&mut self, id: u32) -> bool {
        if self.under_way.is_some_and(|(under_way, _)| under_way <= id) {
            self.under_way = None;
            if let Some(request) = self.queued.take() {
                self.send(request);
            }
        }
        self.fetch_programs();
        id < self.next_id
    }
}

fn spawn(loader: &str, on_output: Rc<dyn Fn(Output)>) -> WorkerBridge<Engine> {
    Engine::spawner()
        .callback(move |output| on_output(output))
        .with_loader(true)
        .as_module(true)
        .spawn(loader)
}

/// A report from its JSON.
pub fn read_report(json: &str) -> Option<Report> {
    serde_json::from_str(json).ok()
}
