//! `cargo es handlers` and `cargo es parked` on stores that applications use.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use es_core::prelude::*;
use es_core::{EventStore, HandlerStore};
use es_sqlite::rusqlite::Connection;
use es_sqlite::{SqliteStore, SqliteTx};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::project::Answer;

/// What can happen to an account.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    Opened {},
    Deposited { amount: u64 },
}

#[derive(Command, Clone, Debug)]
pub enum AccountCommand {
    Open {},
    Deposit { amount: u64 },
}

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "account", id = String, error = std::fmt::Error,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
)]
pub struct Account {
    #[apply(Opened = 0, Deposited += amount)]
    balance: u64,
}

#[handlers]
impl Account {
    fn open(_: Open) -> Result<Opened, std::fmt::Error> {
        Ok(Opened {})
    }

    fn deposit(&self, cmd: Deposit) -> Result<Deposited, std::fmt::Error> {
        Ok(Deposited { amount: cmd.amount })
    }
}

/// Writes of each deposit. While its server is gone, it fails from 13 on.
#[derive(Clone, Default)]
struct Mail(Arc<Mutex<Server>>);

#[derive(Default)]
struct Server {
    is_gone: bool,
    sent: Vec<u64>,
}

impl Mail {
    fn server(&self) -> MutexGuard<'_, Server> {
        self.0.lock().unwrap()
    }

    fn sent(&self) -> Vec<u64> {
        self.server().sent.clone()
    }
}

#[policy(name = "mail", from = start)]
impl Mail {
    #[on]
    fn deposited(&self, e: &Deposited) -> Result<(), String> {
        let mut server = self.server();
        if server.is_gone && e.amount >= 13 {
            return Err("the mail server is gone".to_owned());
        }
        server.sent.push(e.amount);
        Ok(())
    }
}

fn create(tx: &mut SqliteTx<'_>) -> Result<(), es_sqlite::rusqlite::Error> {
    let amounts = tx.table("amounts");
    tx.execute_batch(&format!("CREATE TABLE {amounts} (amount INTEGER) STRICT"))
}

/// A table of all deposits.
struct Amounts;

#[projection(name = "amounts")]
impl Amounts {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> Result<(), es_sqlite::rusqlite::Error> {
        create(tx)
    }
    #[on]
    fn deposited(&self, _: &Deposited, _tx: &mut SqliteTx<'_>) {}
}

/// The next version of it, which waits at a gate.
struct SlowAmounts(Arc<Gate>);

#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let is_open = self.is_open.lock().unwrap();
        drop(
            self.opened
                .wait_while(is_open, |is_open| !*is_open)
                .unwrap(),
        );
    }
}

#[projection(name = "amounts", version = 2)]
impl SlowAmounts {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> Result<(), es_sqlite::rusqlite::Error> {
        create(tx)
    }
    #[on]
    fn deposited(&self, _: &Deposited, _tx: &mut SqliteTx<'_>) {
        self.0.pass();
    }
}

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("bank.db")
    }

    async fn store(&self) -> SqliteStore {
        SqliteStore::open(self.file()).await.unwrap()
    }

    /// An application with the policy, which gives an event up when it fails once.
    async fn app(&self, mail: &Mail) -> App {
        App::builder(self.store().await)
            .aggregate::<Account>()
            .policy(mail.clone())
            .handler_attempts(1)
            .start()
            .await
            .unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        es(&self.file(), arguments)
    }

    /// `cargo es … --store bank.db`
    fn es(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().unwrap())
    }

    #[track_caller]
    fn says(&self, arguments: &[&str], code: i32, stdout: &str, stderr: &str) {
        let answer = self.es(arguments);
        assert_eq!(
            (answer.code, &*answer.stdout, &*answer.stderr),
            (code, stdout, stderr)
        );
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let answer = self.es(&[arguments, &["--format", "json"]].concat());
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        serde_json::from_str(&answer.stdout).unwrap()
    }
}

fn es(store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-es"));
    command.arg("es").args(arguments).arg("--store").arg(store);
    command
}

async fn deposits(app: &App, id: &str, amounts: &[u64]) {
    app.send(id, Open {}).await.unwrap();
    for amount in amounts {
        app.send(id, Deposit { amount: *amount }).await.unwrap();
    }
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(waited.is_ok(), "waited in vain until {what}");
}

/// Whether the store knows that all is handled or set aside.
async fn is_noted(store: &SqliteStore) -> bool {
    let last = store.last_position().await.unwrap();
    let places = store.places().await.unwrap();
    places.iter().all(|place| place.position == last)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_listed_and_retried_while_the_application_runs() {
    let place = Place::new();
    let mail = Mail::default();
    let app = place.app(&mail).await;
    mail.server().is_gone = true;
    deposits(&app, "a/1", &[1, 13, 2, 14]).await;
    let store = place.store().await;
    until("all is handled or set aside", async || {
        is_noted(&store).await
    })
    .await;
    assert_eq!(mail.sent(), [1]);

    place.says(
        &["handlers"],
        0,
        "HANDLER  VERSION  STAGE    POSITION  BEHIND  PARKED  LEASE\n\
         mail           1  serving         5       0       1  held\n",
        "",
    );
    let mut handlers = place.json(&["handlers"]);
    let lease = handlers["handlers"][0]["lease"].take();
    assert_eq!(lease["state"], "held");
    let until_when: Timestamp = serde_json::from_value(lease["until"].clone()).unwrap();
    assert!(until_when > Timestamp::now());
    assert_eq!(
        handlers,
        json!({"store": place.file(), "last_position": 5, "handlers": [{
            "name": "mail", "version": 1, "stage": "live", "position": 5, "behind": 0,
            "parked": 1, "lease": null,
        }]})
    );

    let listed = place.es(&["parked", "list"]);
    let since = |line: &&str| line.starts_with("  set aside 20");
    let (dated, others): (Vec<&str>, Vec<&str>) = listed.stdout.lines().partition(since);
    assert_eq!(dated.len(), 1, "{}", listed.stdout);
    assert_eq!(
        others,
        [
            "mail v1  account/a/1",
            "  account.deposited, version 3 of the stream, tried once",
            "  error: the mail server is gone",
            "  parked: retry, release or discard it",
            "  2 events behind it",
        ]
    );
    let mut parked = place.json(&["parked", "list", "--handler", "mail"]);
    let since: Timestamp = serde_json::from_value(parked["parked"][0]["since"].take()).unwrap();
    assert!(since < Timestamp::now());
    assert_eq!(
        parked["parked"],
        json!([{
            "handler": "mail", "handler_version": 1, "stream": "account/a/1",
            "category": "account", "id": "a/1", "version": 3, "position": 3,
            "event": "account.deposited", "error": "the mail server is gone", "attempts": 1,
            "since": null, "retry_at": null, "instruction": null, "waiting": 2,
        }])
    );

    let this = ["--handler", "mail", "--stream", "account/a/1"];
    let other = ["--handler", "mail", "--stream", "account/a"];
    place.says(
        &[&["parked", "retry"], &other[..]].concat(),
        1,
        "",
        "error: handler mail has not set stream account/a aside; set aside are:\n  mail v1 account/a/1\n",
    );
    place.says(
        &["parked", "retry", "--handler", "post", "--all"],
        1,
        "",
        &format!(
            "error: {} keeps no place of a handler `post`; it has mail v1\n",
            place.file().display()
        ),
    );
    mail.server().is_gone = false;
    place.says(
        &[&["parked", "retry"], &this[..]].concat(),
        0,
        "mail v1 account/a/1: account.deposited (version 3) is tried again; if that works, the 2 events after it follow in order\n\
         done by the process that runs the handler, at the latest half a second from now, or at its next start\n",
        "",
    );
    until("it went on", async || mail.sent() == [1, 13, 2, 14]).await;
    until("it is taken up", async || {
        app.parked().await.unwrap().is_empty()
    })
    .await;
    place.says(&["parked", "list"], 0, "no stream is set aside\n", "");
    place.says(
        &["parked", "discard", "--handler", "mail", "--all"],
        1,
        "",
        "error: handler mail has set no stream aside; no handler has set a stream aside\n",
    );
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_released_and_discarded_by_the_next_start_and_a_handler_is_forgotten() {
    let place = Place::new();
    let mail = Mail::default();
    let app = place.app(&mail).await;
    mail.server().is_gone = true;
    deposits(&app, "a", &[13, 2]).await;
    deposits(&app, "b", &[14, 15, 3]).await;
    deposits(&app, "c", &[16]).await;
    let store = place.store().await;
    until("all is handled or set aside", async || {
        is_noted(&store).await
    })
    .await;
    app.shutdown().await;

    let handlers = place.es(&["handlers"]);
    assert!(
        handlers.stdout.ends_with("9       0       3  free\n"),
        "{}",
        handlers.stdout
    );
    let by = "no process runs the handler now: done by the one that runs it next, when it starts\n";
    let release = ["parked", "release", "--handler", "mail"];
    let stream = |id| ["--version", "1", "--stream", id];
    place.says(
        &[&release[..], &stream("account/a")].concat(),
        0,
        &format!("mail v1 account/a: account.deposited (version 2) is passed over; the event after it follows\n{by}"),
        "",
    );
    place.says(
        &["parked", "discard", "--handler", "mail", "--all"],
        0,
        &format!(
            "mail v1 account/a: account.deposited (version 2) and the event after it are passed over\n\
             mail v1 account/b: account.deposited (version 2) and the 2 events after it are passed over\n\
             mail v1 account/c: account.deposited (version 2) is passed over\n{by}"
        ),
        "",
    );
    // Who says otherwise later is heeded.
    assert_eq!(
        place
            .es(&[&release[..], &stream("account/a")].concat())
            .code,
        0
    );
    let listed = place.es(&["parked", "list"]).stdout;
    assert!(
        listed.contains("  release was said, and is not done yet\n  1 event behind it\n"),
        "{listed}"
    );
    assert!(
        listed.contains("  discard was said, and is not done yet\n  no event behind it\n"),
        "{listed}"
    );

    let app = place.app(&mail).await;
    until("nothing is set aside", async || {
        app.parked().await.unwrap().is_empty()
    })
    .await;
    assert_eq!(mail.sent(), [2]);
    app.send("b", Deposit { amount: 4 }).await.unwrap();
    until("it goes on with the next", async || mail.sent() == [2, 4]).await;
    app.shutdown().await;

    let forget = ["handlers", "forget", "mail", "--version", "1"];
    let what = "the place of mail v1 (position 10), 0 streams that it has set aside and its tables";
    until("its place is noted", async || is_noted(&store).await).await;
    place.says(
        &forget,
        2,
        "",
        &format!("error: nothing is done yet: it would forget {what}; say that it is meant with `--yes`\n"),
    );
    let yes = [&forget[..], &["--yes"]].concat();
    place.says(&yes, 0, &format!("forgotten: {what}\n"), "");
    let file = place.file();
    let file = file.display();
    place.says(
        &yes,
        1,
        "",
        &format!(
            "error: {file} keeps no place of a handler `mail` of version 1; it keeps none at all\n"
        ),
    );
    place.says(
        &["handlers"],
        0,
        &format!("{file} keeps no place of a handler: a policy or a durable projection gets one when its application starts\n"),
        "",
    );
}

/// It holds the store's lock while it builds; looking on does not need that.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_version_is_watched_until_it_has_caught_up() {
    let place = Place::new();
    let store = place.store().await;
    let app = App::builder(store.clone())
        .aggregate::<Account>()
        .projection(Amounts)
        .start()
        .await
        .unwrap();
    deposits(&app, "a", &[1, 2, 3]).await;
    until("all is handled", async || is_noted(&store).await).await;
    app.shutdown().await;
    // Its first version is not run any more, and stays behind until it is replaced.
    let app = App::builder(store.clone())
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    deposits(&app, "b", &[4]).await;
    app.shutdown().await;

    let gate = Arc::new(Gate::default());
    let app = App::builder(store.clone())
        .aggregate::<Account>()
        .projection(SlowAmounts(Arc::clone(&gate)))
        .start()
        .await
        .unwrap();
    until("it is being built", async || {
        let places = store.places().await.unwrap();
        places.iter().any(|place| place.holder.is_some())
    })
    .await;
    let mut child = place
        .command(&["handlers", "--watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(
        lines.next().unwrap().unwrap(),
        "amounts v1: 2 events behind, no process runs it"
    );
    assert_eq!(
        lines.next().unwrap().unwrap(),
        "amounts v2: 6 events behind, building"
    );
    gate.open();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(rest, ["amounts v2: caught up"]);
    let mut table = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut table)
        .unwrap();
    assert_eq!(
        table,
        "HANDLER  VERSION  STAGE    POSITION  BEHIND  PARKED  LEASE\n\
         amounts        2  serving         6       0       0  held\n"
    );
    assert!(child.wait().unwrap().success());
    app.shutdown().await;
}

#[test]
fn a_file_that_is_no_store_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "Dear diary").unwrap();
    let empty = folder.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();
    let guests = folder.path().join("guests.db");
    let sql = "CREATE TABLE guests (name TEXT)";
    Connection::open(&guests)
        .unwrap()
        .execute_batch(sql)
        .unwrap();
    let missing = folder.path().join("missing.db");
    for (file, why) in [
        (&notes, "the file is not an SQLite database"),
        (&empty, "it is empty, not an event store"),
        (&guests, "it is an SQLite database, but not an event store"),
        (&missing, "there is no such file; is the path right?"),
    ] {
        let before = std::fs::read(file).ok();
        let retry = ["parked", "retry", "--handler", "mail", "--all"];
        let forget = ["handlers", "forget", "mail", "--version", "1", "--yes"];
        for arguments in [&["handlers"][..], &["parked", "list"], &retry, &forget] {
            let answer = Answer::of(es(file, arguments).output().unwrap());
            let told = format!("error: cannot open {}: {why}", file.display());
            assert!(answer.stderr.starts_with(&told), "{}", answer.stderr);
            assert_eq!((answer.code, &*answer.stdout), (2, ""));
        }
        assert_eq!(std::fs::read(file).ok(), before);
    }
}
