//! The builds that were asked for: their queue, their logs, their results.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptionsBuilder, RemoveContainerOptionsBuilder,
};
use layerlab_engine::comparison::Truth;
use serde::Serialize;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::builder;
use crate::engine::{Engine, LABEL, Order};
use crate::event::{Event, State};
use crate::problem::Problem;
use crate::settings::Limits;
use crate::spec::Spec;
use crate::spool::Spool;

/// How often containers that are left are looked for.
const SWEEPS: usize = 25;

/// Most builds that are remembered after they ended.
const MAX_ENDED: usize = 200;

/// A build.
#[derive(Debug)]
pub struct Build {
    /// Its name.
    pub id: String,
    spec: Spec,
    status: Mutex<Status>,
    /// The number that the next event gets.
    changed: watch::Sender<usize>,
    listeners: watch::Sender<usize>,
    cancel: CancellationToken,
}

#[derive(Debug)]
struct Status {
    state: State,
    /// By their numbers, which grow; those of events that a later one replaced are left out.
    events: Vec<(usize, Event)>,
    log_bytes: usize,
    position: usize,
    seconds: f64,
    error: Option<String>,
    truth: Option<Arc<Truth>>,
}

/// What is said of a build.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Its name.
    pub id: String,
    /// How far it is.
    pub state: State,
    /// Builds before it, where it waits.
    pub position: usize,
    /// How long it has taken.
    pub seconds: f64,
    /// The wanted stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A lock that outlives a panic of its holder: what it guards is always whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody who listens to a build's events.
#[derive(Debug)]
pub struct Listener(Arc<Build>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.listeners.send_modify(|count| *count -= 1);
    }
}

impl Build {
    fn new(id: String, spec: Spec) -> Self {
        Self {
            id,
            spec,
            status: Mutex::new(Status {
                state: State::Waiting,
                events: Vec::new(),
                log_bytes: 0,
                position: usize::MAX,
                seconds: 0.0,
                error: None,
                truth: None,
            }),
            changed: watch::channel(0).0,
            listeners: watch::channel(0).0,
            cancel: CancellationToken::new(),
        }
    }

    fn say(&self, event: Event, most: usize) {
        let mut status = lock(&self.status);
        let mut event = event;
        if let Event::Log { text, .. } = &event {
            if status.log_bytes > most {
                return;
            }
            status.log_bytes += text.len();
            if status.log_bytes > most {
                event = Event::Truncated;
            }
        }
        // Of what a step fetches only the last word counts.
        if let Event::Progress { step, id, .. } = &event {
            let same = |(_, old): &(usize, Event)| matches!(old, Event::Progress { step: own, id: name, .. } if own == step && name == id);
            if status.events.last().is_some_and(same) {
                status.events.pop();
            }
        }
        self.push(&mut status, event);
    }

    fn push(&self, status: &mut Status, event: Event) {
        self.changed.send_modify(|next| {
            status.events.push((*next, event));
            *next += 1;
        });
    }

    /// Ends it: whoever sees that it has ended sees why.
    fn end(&self, state: State, error: Option<String>, truth: Option<Truth>, seconds: f64) {
        let mut status = lock(&self.status);
        status.state = state;
        status.seconds = seconds;
        status.error.clone_from(&error);
        status.truth = truth.map(Arc::new);
        self.push(&mut status, Event::Finished { state, error });
    }

    /// The events from a number on, waiting for one where there are none; empty at the end.
    pub async fn events(&self, from: usize) -> Vec<(usize, Event)> {
        let mut changed = self.changed.subscribe();
        loop {
            {
                let status = lock(&self.status);
                let at = status.events.partition_point(|(number, _)| *number < from);
                if at < status.events.len() || status.state.is_final() {
                    return status.events[at..].to_vec();
                }
            }
            if changed.changed().await.is_err() {
                return Vec::new();
            }
        }
    }

    /// Notes that somebody listens, until the result is dropped.
    pub fn listen(self: &Arc<Self>) -> Listener {
        self.listeners.send_modify(|count| *count += 1);
        Listener(Arc::clone(self))
    }

    /// Asks for its end.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// What is said of it.
    pub fn summary(&self) -> Summary {
        let status = lock(&self.status);
        Summary {
            id: self.id.clone(),
            state: status.state,
            position: if status.state == State::Waiting {
                status.position
            } else {
                0
            },
            seconds: status.seconds,
            target: self.spec.target.clone(),
            image: status.truth.as_ref().map(|truth| truth.id.clone()),
            size: status.truth.as_ref().map(|truth| truth.size),
            error: status.error.clone(),
        }
    }

    /// Its steps, as far as they came.
    pub fn steps(&self) -> Vec<Event> {
        let status = lock(&self.status);
        let mut steps: BTreeMap<usize, Event> = BTreeMap::new();
        for (_, event) in &status.events {
            if let Event::Step { step, .. } = event {
                steps.insert(*step, event.clone());
            }
        }
        steps.into_values().collect()
    }

    /// The image, where there is one.
    pub fn truth(&self) -> Option<Arc<Truth>> {
        lock(&self.status).truth.clone()
    }

    fn state(&self) -> State {
        lock(&self.status).state
    }
}

/// All builds.
#[derive(Debug)]
pub struct Builds {
    engine: Engine,
    limits: Limits,
    /// Whose images and containers it makes.
    owner: String,
    turns: Semaphore,
    list: Mutex<Vec<Arc<Build>>>,
    next: AtomicU64,
}

impl Builds {
    /// No builds yet.
    pub fn new(engine: Engine, limits: Limits, owner: String) -> Self {
        Self {
            turns: Semaphore::new(limits.builds),
            engine,
            limits,
            owner,
            list: Mutex::default(),
            next: AtomicU64::new(1),
        }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whose images and containers it makes.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// A build.
    pub fn get(&self, id: &str) -> Option<Arc<Build>> {
        let list = lock(&self.list);
        list.iter().find(|build| build.id == id).cloned()
    }

    /// All of them, the newest last.
    pub fn summaries(&self) -> Vec<Summary> {
        let list: Vec<_> = lock(&self.list).clone();
        list.iter().map(|build| build.summary()).collect()
    }

    /// Whether there is room for one more.
    ///
    /// # Errors
    /// Where too many wait.
    pub fn check_room(&self) -> Result<(), Problem> {
        self.room_in(&lock(&self.list))
    }

    fn room_in(&self, list: &[Arc<Build>]) -> Result<(), Problem> {
        let open = list
            .iter()
            .filter(|build| !build.state().is_final())
            .count();
        if open >= self.limits.waiting + self.limits.builds {
            return Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "queue-full",
                format!("{open} builds are under way or wait; try again later"),
            ));
        }
        Ok(())
    }

    /// Takes a build in.
    ///
    /// # Errors
    /// Where too many wait.
    pub fn start(self: &Arc<Self>, spec: Spec, spool: Spool) -> Result<Arc<Build>, Problem> {
        let id = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        let build = Arc::new(Build::new(id, spec));
        {
            let mut list = lock(&self.list);
            self.room_in(&list)?;
            list.push(Arc::clone(&build));
            while list.len() > MAX_ENDED {
                let Some(at) = list
                    .iter()
                    .position(|old| old.state().is_final() && old.truth().is_none())
                else {
                    break;
                };
                list.remove(at);
            }
        }
        tracing::info!(
            build = build.id,
            bytes = spool.bytes,
            "a build is asked for"
        );
        self.tell_positions();
        tokio::spawn(Arc::clone(self).course(Arc::clone(&build), Arc::new(spool)));
        Ok(build)
    }

    /// Says to those who wait how many are before them.
    fn tell_positions(&self) {
        let list: Vec<_> = lock(&self.list).clone();
        let waiting = list.iter().filter(|build| build.state() == State::Waiting);
        for (position, build) in waiting.enumerate() {
            let old = std::mem::replace(&mut lock(&build.status).position, position);
            if old != position {
                build.say(Event::Waiting { position }, self.limits.log);
            }
        }
    }

    /// A build from its place in the queue to its end.
    async fn course(self: Arc<Self>, build: Arc<Build>, spool: Arc<Spool>) {
        let started = Instant::now();
        let (state, error, truth) = tokio::select! {
            outcome = self.turn(&build, spool) => outcome,
            () = build.cancel.cancelled() => (State::Cancelled, None, None),
            () = self.forsaken(&build) => {
                let why = "nobody listened to it any more".to_owned();
                (State::Cancelled, Some(why), None)
            }
        };
        tracing::info!(build = build.id, ?state, "a build has ended");
        let has_image = truth.is_some();
        build.end(state, error, truth, started.elapsed().as_secs_f64());
        if !has_image {
            // It may have ended between the engine's making the image and its being read.
            self.remove_image(&self.tag(&build)).await;
        }
        self.tell_positions();
        self.prune().await;
    }

    async fn turn(
        &self,
        build: &Build,
        spool: Arc<Spool>,
    ) -> (State, Option<String>, Option<Truth>) {
        let Ok(_turn) = self.turns.acquire().await else {
            return (State::Cancelled, None, None);
        };
        lock(&build.status).state = State::Building;
        build.say(Event::Started, self.limits.log);
        self.tell_positions();
        let order = Order {
            spec: &build.spec,
            spool,
            tag: self.tag(build),
            owner: &self.owner,
            offline: self.limits.build_offline,
            memory: self.limits.build_memory,
        };
        let say = |event| build.say(event, self.limits.log);
        let building = self.engine.build(&order, say);
        match tokio::time::timeout(self.limits.build_time, building).await {
            Ok(Ok(truth)) => (State::Succeeded, None, Some(truth)),
            Ok(Err(error)) => (State::Failed, Some(format!("{error:#}")), None),
            Err(_) => {
                let minutes = self.limits.build_time.as_secs_f64() / 60.0;
                let why = format!("it took more than {minutes:.1} minutes");
                (State::TimedOut, Some(why), None)
            }
        }
    }

    /// Ends when nobody has listened for the time of grace.
    async fn forsaken(&self, build: &Build) {
        let mut listeners = build.listeners.subscribe();
        loop {
            let alone = listeners.wait_for(|count| *count == 0).await.is_ok();
            let heard =
                tokio::time::timeout(self.limits.grace, listeners.wait_for(|count| *count > 0));
            if !alone || heard.await.is_err() {
                return;
            }
        }
    }

    fn tag(&self, build: &Build) -> String {
        format!("layerlab-companion/{}:{}", self.owner, build.id)
    }

    /// Takes a build out, and its image; it is cancelled where it goes on.
    pub async fn remove(&self, build: &Arc<Build>) {
        build.cancel();
        lock(&self.list).retain(|other| !Arc::ptr_eq(other, build));
        if build.truth().is_some() {
            self.remove_image(&self.tag(build)).await;
        }
        self.tell_positions();
    }

    async fn remove_image(&self, name: &str) {
        if let Err(error) = self.engine.remove_image(name).await {
            tracing::warn!(%error, "an image is left behind");
        }
    }

    /// Takes out the oldest images beyond those that are kept.
    async fn prune(&self) {
        let list: Vec<_> = lock(&self.list).clone();
        let with_image: Vec<_> = list
            .iter()
            .filter(|build| build.truth().is_some())
            .collect();
        let surplus = with_image.len().saturating_sub(self.limits.images);
        for build in with_image.into_iter().take(surplus) {
            self.remove(build).await;
        }
    }

    /// Takes out what an earlier companion of the same name has left.
    ///
    /// # Errors
    /// Where the engine does not answer.
    pub async fn sweep(&self) -> anyhow::Result<()> {
        builder::sweep(&self.owner);
        let client = self.engine.client();
        let filter = BTreeMap::from([("label", vec![format!("{LABEL}={}", self.owner)])]);
        let filter = filter.into_iter().collect();
        for _ in 0..SWEEPS {
            let options = ListContainersOptionsBuilder::default()
                .all(true)
                .filters(&filter);
            let containers = client.list_containers(Some(options.build())).await?;
            if containers.is_empty() {
                break;
            }
            for container in containers {
                let options = RemoveContainerOptionsBuilder::default()
                    .force(true)
                    .v(true)
                    .build();
                let id = container.id.unwrap_or_default();
                // One that is going already is looked for again.
                if let Err(error) = client.remove_container(&id, Some(options)).await {
                    tracing::debug!(%error, container = id, "a container stays for now");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
        let options = ListImagesOptionsBuilder::default().filters(&filter);
        for image in client.list_images(Some(options.build())).await? {
            self.remove_image(&image.id).await;
        }
        Ok(())
    }

    /// Ends all builds, and takes out what they made.
    pub async fn close(&self) {
        self.turns.close();
        let list: Vec<_> = lock(&self.list).clone();
        for build in &list {
            build.cancel();
        }
        for build in &list {
            while !build.state().is_final() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        if let Err(error) = self.sweep().await {
            tracing::warn!(%error, "images may be left behind; the next start takes them out");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Build;
    use crate::event::{Event, State};
    use crate::spec::Spec;

    fn fetched(current: u64) -> Event {
        let id = "layer".to_owned();
        Event::Progress {
            step: 0,
            id,
            current,
            total: 9,
        }
    }

    #[tokio::test]
    async fn tells_listeners_of_each_progress_and_keeps_the_last() {
        let build = Build::new("1".to_owned(), Spec::default());
        build.say(Event::Started, 9);
        build.say(fetched(1), 9);
        let heard = build.events(0).await;
        assert_eq!(heard, [(0, Event::Started), (1, fetched(1))]);
        build.say(fetched(2), 9);
        build.say(fetched(3), 9);
        assert_eq!(build.events(2).await, [(3, fetched(3))]);
        build.end(State::Failed, None, None, 1.0);
        let numbers: Vec<usize> = build.events(0).await.iter().map(|(at, _)| *at).collect();
        assert_eq!(numbers, [0, 3, 4]);
        assert!(build.events(5).await.is_empty());
    }
}
