//! The page as a whole: state, engine and layout.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use crate::bridge::{self, use_bridge};
use crate::editor::Editor;
use crate::engine::{Client, Output, read_report};
use crate::examples;
use crate::files::Files;
use crate::header::Header;
use crate::model::{Action, Handle, Model, View};
use crate::options::Options;
use crate::storage::{self, Start};
use crate::tabs::Tabs;
use crate::views;

/// Milliseconds after the last change at which the project is kept.
const KEEP_AFTER: u32 = 300;

/// The page.
#[component]
pub fn App() -> Html {
    let model = use_reducer(|| {
        let (project, visiting, problem) = match storage::start(examples::first) {
            Start::Own(project) => (project, false, None),
            Start::Visit(project) => (project, true, None),
            Start::BadLink(project, problem) => (project, false, Some(problem)),
        };
        let mut model = Model::new(project, visiting, storage::budget());
        model.notice = problem;
        model
    });
    let client = use_engine(&model);
    use_keeping(&model);
    use_listing(&model, &client);
    use_bridge(&model, &client);

    html! {
        <ContextProvider<Handle> context={model.clone()}>
            <a class="skip" href="#views">{ "Skip to the image" }</a>
            <Header />
            if let Some(notice) = &model.notice {
                <Notice text={notice.clone()} />
            }
            <main>
                <section class="bench" aria-label="Dockerfile and build context">
                    <Files />
                    <Editor />
                    <views::Problems />
                    <Options />
                </section>
                <section class="image" id="views" aria-label="Image" data-report={model.report_id.to_string()} data-engine={if model.full { "full" } else { "first" }}>
                    <ViewTabs />
                    <div class="panel" id="panel" role="tabpanel" aria-label={model.view.name()} tabindex="0">
                        { view(model.view) }
                    </div>
                </section>
            </main>
        </ContextProvider<Handle>>
    }
}

fn view(view: View) -> Html {
    match view {
        View::Overview => html! { <views::Overview /> },
        View::Stages => html! { <views::Stages /> },
        View::Layers => html! { <views::Layers /> },
        View::Files => html! { <views::FilesView /> },
        View::Packages => html! { <views::Packages /> },
        View::Config => html! { <views::ConfigView /> },
        View::Log => html! { <views::Log /> },
        View::Compare => html! { <views::Compare /> },
        View::Real => html! { <views::Real /> },
    }
}

#[component]
fn ViewTabs() -> Html {
    let model = crate::model::use_model();
    let offered = View::offered();
    let selected = offered
        .iter()
        .position(|view| *view == model.view)
        .unwrap_or_default();
    let on_select = {
        let dispatcher = model.dispatcher();
        Callback::from(move |index: usize| {
            if let Some(view) = offered.get(index) {
                dispatcher.dispatch(Action::Show(*view));
            }
        })
    };
    let names: Vec<AttrValue> = offered
        .iter()
        .map(|view| AttrValue::from(view.name()))
        .collect();
    html! { <Tabs label="Views of the image" {names} {selected} {on_select} panel="panel" /> }
}

#[derive(Properties, PartialEq)]
struct NoticeProps {
    text: String,
}

#[component]
fn Notice(props: &NoticeProps) -> Html {
    let model = crate::model::use_model();
    let close = Callback::from(move |_| model.dispatch(Action::Notice(None)));
    html! {
        <div class="notice" role="status">
            <p>{ &props.text }</p>
            <button type="button" onclick={close} aria-label="Close this message">{ "×" }</button>
        </div>
    }
}

/// Starts the engine and sends it every change of the project.
#[hook]
fn use_engine(model: &Handle) -> Rc<RefCell<Client>> {
    let client: Rc<RefCell<Option<Rc<RefCell<Client>>>>> = use_mut_ref(|| None);
    let current = client
        .borrow_mut()
        .get_or_insert_with(|| {
            let dispatcher = model.dispatcher();
            let answered = client.clone();
            let project = model.project.clone();
            Client::new(
                Rc::new(move |output| match output {
                    Output::Images(images) => dispatcher.dispatch(Action::Images(images)),
                    Output::Problem(text) => dispatcher.dispatch(Action::Notice(Some(text))),
                    Output::Report { id, json } => {
                        let client = answered.borrow().clone();
                        let full = client
                            .as_ref()
                            .is_some_and(|client| client.borrow().is_full());
                        let stale = client.is_some_and(|client| client.borrow_mut().answered(id));
                        if let Some(report) = read_report(&json).filter(|_| !stale) {
                            dispatcher.dispatch(Action::Reported(id, Rc::new(report), full));
                        }
                    }
                    Output::Answer(json) => bridge::answer(&json),
                    Output::Files { step, json, .. } => {
                        if let Ok(listing) = serde_json::from_str(&json) {
                            dispatcher.dispatch(Action::Listed(step, Rc::new(listing)));
                        }
                    }
                }),
                Rc::new(move || serde_json::to_string(&*project.borrow()).unwrap_or_default()),
            )
        })
        .clone();
    // Typing changes one file; everything else sends the whole project.
    let last_replaced = use_mut_ref(|| None::<u32>);
    use_effect_with((model.edited, model.replaced), {
        let (client, model) = (current.clone(), model.clone());
        move |&(_, replaced)| {
            let whole = last_replaced.borrow_mut().replace(replaced) != Some(replaced);
            let mut client = client.borrow_mut();
            match model.active_text() {
                Some(text) if !whole => client.edit(&model.active, &text),
                _ => client.simulate(),
            };
        }
    });
    current
}

/// Keeps the project in the browser, a moment after the last change.
#[hook]
fn use_keeping(model: &Handle) {
    let keep = {
        let model = model.clone();
        move || {
            if let Err(problem) = storage::keep(&model.project.borrow(), model.visiting) {
                model.dispatch(Action::Notice(Some(problem)));
            }
        }
    };
    use_effect_with(
        (model.edited, model.visiting),
        move |&(edited, visiting)| {
            let timeout = (edited > 0 || visiting).then(|| Timeout::new(KEEP_AFTER, keep));
            move || drop(timeout)
        },
    );
    use_effect_with(model.budget, |budget| storage::keep_budget(*budget));
}

/// Asks for the files when a view shows them.
#[hook]
fn use_listing(model: &Handle, client: &Rc<RefCell<Client>>) {
    let wanted = match model.view {
        View::Files => Some(model.step),
        View::Compare => Some(None),
        _ => None,
    };
    let pinning = model
        .pinned
        .as_ref()
        .is_some_and(|pinned| pinned.listing.is_none());
    use_effect_with(
        (
            wanted,
            pinning,
            model.report_id,
            model.report.clone().map(|r| Rc::as_ptr(&r) as usize),
        ),
        {
            let client = client.clone();
            move |&(wanted, pinning, _, _)| {
                if pinning {
                    client.borrow().list(None);
                }
                if let Some(step) = wanted {
                    client.borrow().list(step);
                }
            }
        },
    );
}
