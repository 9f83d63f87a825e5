//! The appends that wait, and who writes them.
//!
//! At any time at most one thread writes: a task that appends, for one group (then it hands what
//! has come meanwhile to the writer thread), the writer thread, until nothing waits, or someone with
//! other work, in turns with the groups of the writer thread. Who writes is decided under the lock
//! of the queue, together with putting an append into it, so that none is forgotten.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use es_core::{Append, Position, StoreError};
use tokio::sync::oneshot;

use crate::checkpoint::Gate;
use crate::desk::{Desk, Open};
use crate::error::{broken_off, closed};
use crate::group::{self, Answer, Job, Told};
use crate::news::News;
use crate::pace::Pace;
use crate::read;
use crate::readers::Readers;
use crate::recent::Recent;
use crate::work::Bench;

/// How many appends are written at once at most by the writer thread, and by a task.
const GROUP: usize = 256;
const GROUP_OF_TASK: usize = 64;

/// After this many groups of one append, whoever appends does so alone and may write itself. While
/// appends meet, the writer thread writes them: a task that did would hold up those that are ready
/// to run on its thread, and their appends with them.
const ALONE: u32 = 4;

/// A task that writes lets others go first every so many appends, to see whether it is still alone.
const LOOK_ROUND: u32 = 16;

/// How long the writer thread looks for more to write before it sleeps, where appends meet: those
/// it has just answered are about to come again, and to be woken takes as long.
const LINGER: Duration = Duration::from_micros(60);

/// How often the writer thread looks for events of other processes, while someone waits for news.
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct Queue {
    path: PathBuf,
    busy_timeout: Duration,
    state: Mutex<State>,
    wake: Condvar,
    desk: Arc<Desk>,
    gate: Arc<Gate>,
    pace: Pace,
    news: News,
    waiting_for_news: AtomicUsize,
    readers: Arc<Readers>,
    recent: Arc<Recent>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Job>,
    /// Whose turn it is to write.
    writer: Writer,
    /// How many groups in a row had one append only.
    alone: u32,
    /// How many wait with other work.
    works: usize,
    /// It is the turn of one of them.
    work_is_next: bool,
    /// Whether the writer thread is to store ids or to take a checkpoint.
    upkeep_due: bool,
    /// Whether the writer thread looks for news of other processes.
    looking: bool,
    closed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Writer {
    #[default]
    Nobody,
    Task,
    Thread,
    Work,
}

impl Queue {
    pub(crate) fn new(
        path: PathBuf,
        busy_timeout: Duration,
        desk: Arc<Desk>,
        last: Position,
        readers: Arc<Readers>,
        gate: Arc<Gate>,
        recent: Arc<Recent>,
    ) -> Self {
        Self {
            path,
            busy_timeout,
            state: Mutex::default(),
            wake: Condvar::new(),
            desk,
            gate,
            pace: Pace::default(),
            news: News::new(last),
            waiting_for_news: AtomicUsize::new(0),
            readers,
            recent,
        }
    }

    /// Nothing below leaves the state half changed, so a poisoned lock is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends, and waits for the answer.
    pub(crate) async fn append(&self, append: Append) -> Answer {
        let origin = append.origin.to_json();
        let (answer, answered) = oneshot::channel();
        let job = Job {
            append,
            origin,
            answer,
        };
        let mine = {
            let mut state = self.state();
            if state.closed {
                return Err(closed(&self.path).into());
            }
            state.waiting.push_back(job);
            self.desk.set_idle(false);
            if state.writer == Writer::Nobody && (state.alone < ALONE || !self.pace.is_quick()) {
                self.hand_over(&mut state);
            }
            (state.writer == Writer::Nobody).then_some(state.alone)
        };
        if let Some(alone) = mine {
            // Tasks that are ready to run can bring theirs, to be written together. Nobody is
            // the writer meanwhile: any of them may be the first to go on.
            // Where none came of late it is tried now and then only: to yield may take longer than
            // the rest of the append, if another thread steals the task.
            if alone.is_multiple_of(LOOK_ROUND) {
                let abandoned = Abandoned(self);
                tokio::task::yield_now().await;
                std::mem::forget(abandoned);
            }
            self.write_as_task();
        }
        answered
            .await
            .unwrap_or_else(|_| Err(broken_off(&self.path, "the append to").into()))
    }

    fn told(&self) -> Told<'_> {
        Told {
            recent: &self.recent,
            news: &self.news,
        }
    }

    fn hand_over(&self, state: &mut State) {
        state.writer = Writer::Thread;
        self.wake.notify_all();
    }

    /// Lets someone with other work go on, if there is one.
    fn let_work(&self, state: &mut State) -> bool {
        let waits = state.works > 0;
        if waits {
            state.writer = Writer::Work;
            state.work_is_next = true;
            self.wake.notify_all();
        }
        waits
    }

    fn now_idle(&self, state: &mut State) {
        state.writer = Writer::Nobody;
        self.desk.set_idle(true);
    }

    /// Writes one group on this thread, if nobody else does.
    fn write_as_task(&self) {
        let jobs = {
            let mut state = self.state();
            if state.writer != Writer::Nobody || state.waiting.is_empty() {
                return;
            }
            state.writer = Writer::Task;
            state.count_group();
            take(&mut state.waiting, GROUP_OF_TASK)
        };
        // Another process that writes is waited for by the thread, not here.
        let left = self.write(jobs, Duration::ZERO);
        let mut state = self.state();
        for job in left.into_iter().rev() {
            state.waiting.push_front(job);
        }
        self.pass_on(&mut state);
    }

    /// Who was not the writer thread has written.
    fn pass_on(&self, state: &mut State) {
        if !state.waiting.is_empty() || state.upkeep_due {
            self.hand_over(state);
        } else if !self.let_work(state) {
            self.now_idle(state);
            if state.closed {
                self.wake.notify_all();
            }
        }
    }

    /// Works with the writer's connection, once it is free; `None` if the store is closed.
    ///
    /// It blocks, and is not for async threads.
    pub(crate) fn work<T>(&self, work: impl FnOnce(&Bench<'_>) -> T) -> Option<T> {
        let _turn = self.wait_for_turn()?;
        let mut desk = self.desk.sit_down();
        let desk = desk.as_mut()?;
        let clean = CleanUp(desk);
        let bench = Bench::new(
            &clean.0.connection,
            &clean.0.held,
            &self.path,
            self.busy_timeout,
        );
        let done = work(&bench);
        let desk = &mut *clean.0;
        if desk.checkpoints.note_large_commit(&desk.connection) {
            self.state().upkeep_due = true;
        }
        Some(done)
    }

    fn wait_for_turn(&self) -> Option<Turn<'_>> {
        let mut state = self.state();
        state.works += 1;
        loop {
            if state.writer == Writer::Nobody && state.closed {
                state.works -= 1;
                return None;
            }
            if state.writer == Writer::Nobody || state.work_is_next {
                state.works -= 1;
                state.work_is_next = false;
                state.writer = Writer::Work;
                self.desk.set_idle(false);
                return Some(Turn(self));
            }
            state = self
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Writes and answers the jobs. Returns them instead if another process writes and there is
    /// no patience; with patience, they are answered in any case.
    fn write(&self, jobs: Vec<Job>, patience: Duration) -> Vec<Job> {
        if jobs.is_empty() {
            return jobs;
        }
        let mut desk = self.desk.sit_down();
        let Some(desk) = &mut *desk else {
            for job in jobs {
                let _ = job.answer.send(Err(closed(&self.path).into()));
            }
            return Vec::new();
        };
        // A panic drops the jobs not answered yet, so that those who wait hear of it.
        let written = catch_unwind(AssertUnwindSafe(|| {
            group::write(
                &desk.connection,
                &mut desk.ids,
                self.told(),
                &self.path,
                jobs,
                patience,
            )
        }));
        match written {
            Ok(Ok(written)) => {
                self.pace.record(written.commit);
                if desk.checkpoints.note_commit(&desk.connection) || desk.ids.are_many() {
                    self.state().upkeep_due = true;
                }
                Vec::new()
            }
            Ok(Err((jobs, _))) if patience.is_zero() => jobs,
            Ok(Err((jobs, busy))) => {
                group::fail_all(jobs, &self.path, busy);
                Vec::new()
            }
            Err(_) => {
                tracing::error!(path = %self.path.display(), "writing a group of appends panicked");
                group::roll_back(&desk.connection, &mut desk.ids);
                Vec::new()
            }
        }
    }

    /// What the writer thread does until the store is closed.
    pub(crate) fn run(&self) {
        let mut state = self.state();
        loop {
            if state.writer == Writer::Nobody && state.closed && !state.waiting.is_empty() {
                // Left by tasks that have not gone on yet.
                state.writer = Writer::Thread;
            }
            if state.writer == Writer::Thread {
                state.count_group();
                let jobs = take(&mut state.waiting, GROUP);
                drop(state);
                // The patience of zero would bring the jobs back.
                self.write(jobs, self.busy_timeout.max(Duration::from_micros(1)));
                state = self.state();
                if std::mem::take(&mut state.upkeep_due) {
                    drop(state);
                    self.keep_up();
                    state = self.state();
                }
                if self.let_work(&mut state) {
                    continue;
                }
                if state.waiting.is_empty() && state.alone == 0 && !state.closed {
                    drop(state);
                    state = self.linger();
                }
                if state.waiting.is_empty() && !self.let_work(&mut state) {
                    self.now_idle(&mut state);
                }
            } else if state.closed && state.writer == Writer::Nobody {
                break;
            } else if state.looking {
                let (after, timeout) = self
                    .wake
                    .wait_timeout(state, LOOK_EVERY)
                    .unwrap_or_else(PoisonError::into_inner);
                state = after;
                if timeout.timed_out() {
                    state.looking = self.waiting_for_news.load(Ordering::SeqCst) > 0;
                    if state.looking {
                        drop(state);
                        self.look_for_news();
                        state = self.state();
                    }
                }
            } else {
                state = self
                    .wake
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
        drop(state);
        let desk = self.desk.sit_down().take();
        self.readers.close();
        self.news.close();
        if let Some(Err((_, error))) = desk.map(|desk| desk.connection.close()) {
            tracing::warn!(%error, path = %self.path.display(), "closing failed");
        }
    }

    /// Gives those just answered a moment to come again.
    fn linger(&self) -> MutexGuard<'_, State> {
        let begun = Instant::now();
        loop {
            std::thread::yield_now();
            let state = self.state();
            if !state.waiting.is_empty() || state.closed || begun.elapsed() >= LINGER {
                return state;
            }
        }
    }

    fn keep_up(&self) {
        if let Some(desk) = &mut *self.desk.sit_down() {
            if desk.ids.are_many() {
                group::store_ids(
                    &desk.connection,
                    &mut desk.ids,
                    self.told(),
                    self.busy_timeout,
                );
            }
            if desk.checkpoints.is_due() {
                desk.checkpoints.take(&desk.connection, &self.gate);
            }
        }
    }

    fn look_for_news(&self) {
        match catch_unwind(AssertUnwindSafe(|| {
            self.readers.read_here(read::last_position)
        })) {
            Ok(Ok(last)) => self.news.announce(last),
            Ok(Err(error)) => tracing::debug!(%error, "looking for news failed"),
            Err(_) => tracing::error!("looking for news panicked"),
        }
    }

    /// Waits for a record after `position`, of this process or another.
    pub(crate) async fn wait_for_news(&self, position: Position) -> Result<Position, StoreError> {
        if self.news.last() <= position {
            let last = self.readers.read(read::last_position).await?;
            self.news.announce(last);
        }
        let _waiting = WaitingForNews::new(self);
        self.news
            .wait(position)
            .await
            .map_err(|_| closed(&self.path))
    }

    /// Lets the writer thread end, once what waits is written.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.wake.notify_all();
    }
}

impl State {
    /// Keeps count of groups of one append, before the group is taken.
    fn count_group(&mut self) {
        self.alone = if self.waiting.len() > 1 {
            0
        } else {
            self.alone.wrapping_add(1)
        };
    }
}

fn take(waiting: &mut VecDeque<Job>, most: usize) -> Vec<Job> {
    let count = waiting.len().min(most);
    waiting.drain(..count).collect()
}

/// Hands the queue to the writer thread if the task that should have gone on is dropped.
struct Abandoned<'q>(&'q Queue);

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if state.writer == Writer::Nobody && !state.waiting.is_empty() {
            self.0.hand_over(&mut state);
        }
    }
}

/// The turn of who works with the writer's connection.
struct Turn<'q>(&'q Queue);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        self.0.pass_on(&mut state);
    }
}

/// Leaves no transaction behind, whatever happened.
struct CleanUp<'d>(&'d mut Open);

impl Drop for CleanUp<'_> {
    fn drop(&mut self) {
        self.0.held.release();
        group::roll_back_only(&self.0.connection);
    }
}

struct WaitingForNews<'q>(&'q Queue);

impl<'q> WaitingForNews<'q> {
    fn new(queue: &'q Queue) -> Self {
        queue.waiting_for_news.fetch_add(1, Ordering::SeqCst);
        let mut state = queue.state();
        if !state.looking {
            state.looking = true;
            queue.wake.notify_all();
        }
        drop(state);
        Self(queue)
    }
}

impl Drop for WaitingForNews<'_> {
    fn drop(&mut self) {
        self.0.waiting_for_news.fetch_sub(1, Ordering::SeqCst);
    }
}
