//! The engine in its worker: what the page asks, what it answers, and the worker itself.
//!
//! It is built twice: into the page's own module, without the programs of RUN, so that the first
//! numbers are there at once; and into a module of its own with all of them (`full`), which takes
//! over as soon as it has come.

#[cfg(feature = "full")]
mod ask;

use std::collections::BTreeSet;

use gloo_worker::{HandlerId, Registrable, Worker, WorkerScope};
use layerlab_engine::catalog::Catalog;
use layerlab_engine::context::{ContextFile, Data};
use layerlab_engine::report::{Listing, list_image, list_layer};
use layerlab_engine::{Detail, Project, Simulation, Simulator};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Smaller and faster than the standard library's own.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What the page asks for. Projects travel as JSON, which every browser's worker can pass on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Input {
    /// Simulate a whole project.
    Project {
        /// Number of the request.
        id: u32,
        /// The project.
        json: String,
    },
    /// Simulate the last project with one file's text changed.
    Edit {
        /// Number of the request.
        id: u32,
        /// The file.
        path: String,
        /// Its text.
        text: String,
    },
    /// List the files of the last simulation's image, or of one of its steps.
    Files {
        /// The step, from 0; none for the whole image.
        step: Option<usize>,
    },
    /// A question as JSON, which only the worker with all programs answers (`ask`).
    Ask(String),
}

/// What the worker answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Output {
    /// References that can be completed in FROM.
    Images(Vec<String>),
    /// A report, as JSON.
    Report {
        /// Number of the request.
        id: u32,
        /// The report.
        json: String,
    },
    /// A listing, as JSON.
    Files {
        /// Number of the simulation that it is of.
        id: u32,
        /// The step asked for.
        step: Option<usize>,
        /// The listing.
        json: String,
    },
    /// The answer to a question, as JSON.
    Answer(String),
    /// Something that the user should know.
    Problem(String),
}

/// The worker's own messages.
#[derive(Debug)]
pub enum Message {
    /// The catalog's core has come, or not.
    Core(Result<String, String>),
    /// Another file of the catalog has come, or not.
    File(String, Result<Vec<u8>, String>),
}

/// The worker.
#[derive(Debug)]
pub struct Engine {
    simulator: Option<Simulator>,
    project: Project,
    /// The request that waits for the catalog, or was answered last.
    id: u32,
    waiting: bool,
    simulation: Option<Simulation>,
    #[cfg(feature = "full")]
    lesson: Option<layerlab_engine::lesson::Lesson>,
    /// What the lesson's present step begins with, where its checks look at it.
    #[cfg(feature = "full")]
    begun: Option<ask::Begun>,
    asked: BTreeSet<String>,
    /// How many of them are on their way.
    coming: usize,
    page: Option<HandlerId>,
}

impl Worker for Engine {
    type Message = Message;
    type Input = Input;
    type Output = Output;

    fn create(scope: &WorkerScope<Self>) -> Self {
        scope.send_future(async { Message::Core(fetch_core().await) });
        Self {
            simulator: None,
            project: Project::default(),
            id: 0,
            waiting: false,
            simulation: None,
            #[cfg(feature = "full")]
            lesson: None,
            #[cfg(feature = "full")]
            begun: None,
            asked: BTreeSet::new(),
            coming: 0,
            page: None,
        }
    }

    fn connected(&mut self, _: &WorkerScope<Self>, id: HandlerId) {
        self.page = Some(id);
    }

    fn update(&mut self, scope: &WorkerScope<Self>, message: Message) {
        match message {
            Message::Core(text) => match text.and_then(|text| Catalog::parse(&text)) {
                Ok(catalog) => {
                    let images = catalog.images().iter();
                    let names = images.flat_map(|fact| {
                        fact.tags
                            .iter()
                            .map(move |tag| format!("{}:{tag}", fact.name))
                    });
                    self.respond(scope, Output::Images(names.collect()));
                    self.core_came(scope, catalog);
                }
                Err(problem) => {
                    let text = format!(
                        "The catalog of base images could not be loaded ({problem}). Reload the page; until then every base image is unknown."
                    );
                    self.respond(scope, Output::Problem(text));
                    self.core_came(scope, Catalog::default());
                }
            },
            Message::File(name, bytes) => {
                let Some(simulator) = &mut self.simulator else {
                    return;
                };
                self.coming -= 1;
                let added = bytes.and_then(|bytes| simulator.add_file(&name, &bytes));
                #[cfg(feature = "full")]
                if added.is_ok() {
                    self.begun = None;
                }
                // Files come several at a time.
                if self.coming == 0 {
                    self.simulate(scope);
                }
                // Said last, so that no report takes its place.
                if let Err(problem) = added {
                    let text = format!(
                        "{name} of the catalog could not be loaded ({problem}); what it tells about files and packages is missing from the estimate."
                    );
                    self.respond(scope, Output::Problem(text));
                }
            }
        }
    }

    fn received(&mut self, scope: &WorkerScope<Self>, input: Input, page: HandlerId) {
        self.page = Some(page);
        match input {
            Input::Project { id, json } => {
                match serde_json::from_str(&json) {
                    Ok(project) => self.project = project,
                    Err(problem) => {
                        return self.respond(scope, Output::Problem(problem.to_string()));
                    }
                }
                self.id = id;
                self.simulate(scope);
            }
            Input::Edit { id, path, text } => {
                set_text(&mut self.project, &path, &text);
                self.id = id;
                self.simulate(scope);
            }
            Input::Ask(question) => {
                let answer = self.answer(scope, &question);
                self.respond(scope, Output::Answer(answer));
            }
            Input::Files { step } => {
                let stage = self.simulation.as_ref().and_then(Simulation::target);
                let listing = match (stage, step) {
                    (Some(stage), Some(step)) => list_layer(stage, step),
                    (Some(stage), None) => list_image(stage),
                    (None, _) => Listing::default(),
                };
                if let Ok(json) = serde_json::to_string(&listing) {
                    self.respond(
                        scope,
                        Output::Files {
                            id: self.id,
                            step,
                            json,
                        },
                    );
                }
            }
        }
    }
}

impl Engine {
    fn respond(&self, scope: &WorkerScope<Self>, output: Output) {
        if let Some(page) = self.page {
            scope.respond(page, output);
        }
    }

    #[cfg(not(feature = "full"))]
    fn answer(&mut self, _: &WorkerScope<Self>, _: &str) -> String {
        // The worker that takes over will be asked again.
        String::new()
    }

    fn core_came(&mut self, scope: &WorkerScope<Self>, catalog: Catalog) {
        self.simulator = Some(Simulator::new(catalog));
        if self.waiting {
            self.simulate(scope);
        }
    }

    /// Fetches files of the catalog, each once.
    fn fetch_files(&mut self, scope: &WorkerScope<Self>, names: &[String]) {
        for name in names {
            if self.asked.insert(name.clone()) {
                self.coming += 1;
                let name = name.clone();
                scope.send_future(async move {
                    let bytes = fetch(&format!("catalog/{name}")).await;
                    Message::File(name, bytes)
                });
            }
        }
    }

    fn simulate(&mut self, scope: &WorkerScope<Self>) {
        let Some(simulator) = &mut self.simulator else {
            self.waiting = true;
            return;
        };
        self.waiting = false;
        let simulation = simulator.run(&self.project, Detail::Sizes);
        self.fetch_files(scope, &simulation.report.missing_files);
        match serde_json::to_string(&simulation.report) {
            Ok(json) => self.respond(scope, Output::Report { id: self.id, json }),
            Err(problem) => self.respond(scope, Output::Problem(problem.to_string())),
        }
        self.simulation = Some(simulation);
    }
}

/// Changes or adds a text file.
pub fn set_text(project: &mut Project, path: &str, text: &str) {
    match project.files.iter_mut().find(|file| file.path == path) {
        Some(file) => file.data = Data::Text(text.into()),
        None => project.files.push(ContextFile::text(path, text)),
    }
}

async fn fetch_core() -> Result<String, String> {
    let bytes = fetch("catalog/core.json").await?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

async fn fetch(path: &str) -> Result<Vec<u8>, String> {
    let problem = |error: JsValue| {
        error.dyn_ref::<js_sys::Error>().map_or_else(
            || "no answer".to_owned(),
            |error| String::from(error.message()),
        )
    };
    let scope: web_sys::DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_str(path))
        .await
        .map_err(problem)?;
    let response: web_sys::Response = response.unchecked_into();
    if !response.ok() {
        return Err(format!("status {}", response.status()));
    }
    let buffer = JsFuture::from(response.array_buffer().map_err(problem)?)
        .await
        .map_err(problem)?;
    Ok(js_sys::Uint8Array::new(&buffer).to_vec())
}

/// Starts the worker's side.
pub fn register() {
    Engine::registrar().register();
}
