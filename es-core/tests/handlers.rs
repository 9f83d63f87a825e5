//! The shapes a handler may have: arguments by type, async, all outputs, enums as aggregates.

use es_core::prelude::*;
use es_core::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "desk", derive(Eq, Hash))]
pub enum DeskEvent {
    Set { at: String },
    Moved { to: String },
    Noted(Noted),
    Cleared,
}

/// Shared, and named on its own.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Hash)]
#[event(name = "notes.noted")]
pub struct Noted {
    pub text: String,
}

#[derive(Command, Clone, Debug)]
pub enum DeskCommand {
    Set_ { at: String },
    Move { to: String },
    Note(Note),
    Clear,
    Touch,
    Repeat { times: usize },
    Lie,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug)]
#[command(name = "note.add")]
pub struct Note {
    pub text: String,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum DeskError {
    #[error("not there")]
    NotThere,
    #[error("io: {0}")]
    Io(String),
}

/// What handlers may call on.
pub struct Price(pub u64);

pub struct Broken;
impl From<Broken> for DeskError {
    fn from(_: Broken) -> Self {
        Self::Io("broken".into())
    }
}

#[derive(Aggregate, Debug, PartialEq)]
#[aggregate(
    name = "desk", id = u64, error = DeskError, commands = DeskCommand, events = DeskEvent,
    created_by(Set), services = Price,
)]
pub enum Desk {
    Empty { at: String },
    Used { at: String, notes: Vec<String> },
}

impl Desk {
    fn at(&self) -> &str {
        match self {
            Self::Empty { at } | Self::Used { at, .. } => at,
        }
    }
}

#[handlers]
impl Desk {
    fn set(cmd: Set_, id: &u64, services: &Price) -> Result<(Set, Option<Noted>), DeskError> {
        let noted = (*id > 100).then(|| Noted {
            text: format!("big, {}", services.0),
        });
        Ok((Set { at: cmd.at }, noted))
    }
    async fn move_(
        &self,
        cmd: Move,
        services: &Price,
        ctx: &Context,
    ) -> Result<[DeskEvent; 2], Broken> {
        tokio::task::yield_now().await;
        if cmd.to == "nowhere" {
            return Err(Broken);
        }
        let text = format!(
            "moved by {} for {}",
            ctx.actor().unwrap_or("nobody"),
            services.0
        );
        Ok([Moved { to: cmd.to }.into(), Noted { text }.into()])
    }
    fn note(&self, Note { text }: Note) -> Result<Noted, DeskError> {
        Ok(Noted { text })
    }
    #[emits(Cleared)]
    fn clear(&self, _: Clear) -> Result<Vec<DeskEvent>, DeskError> {
        Ok(vec![DeskEvent::Cleared])
    }
    fn touch(this: Option<&Self>, _: Touch) -> Result<(), DeskError> {
        this.map(|_| ()).ok_or(DeskError::NotThere)
    }
    fn repeat(&self, cmd: Repeat) -> Result<Vec<Noted>, DeskError> {
        Ok((0..cmd.times)
            .map(|n| Noted {
                text: n.to_string(),
            })
            .collect())
    }
    #[emits(Cleared)]
    fn lie(&self, _: Lie) -> Result<DeskEvent, DeskError> {
        Ok(Moved {
            to: "elsewhere".into(),
        }
        .into())
    }

    #[apply]
    fn was_set(e: &Set) -> Self {
        Self::Empty { at: e.at.clone() }
    }
    #[apply]
    fn moved(&mut self, e: &Moved) {
        match self {
            Self::Empty { at } | Self::Used { at, .. } => at.clone_from(&e.to),
        }
    }
    #[apply]
    fn noted(&mut self, e: &Noted) {
        let mut all = match std::mem::replace(
            self,
            Self::Empty {
                at: self.at().to_owned(),
            },
        ) {
            Self::Empty { .. } => Vec::new(),
            Self::Used { notes, .. } => notes,
        };
        all.push(e.text.clone());
        *self = Self::Used {
            at: self.at().to_owned(),
            notes: all,
        };
    }
    #[apply]
    fn cleared(&mut self, _: &Cleared) {
        *self = Self::Empty {
            at: self.at().to_owned(),
        };
    }
}

async fn app() -> App {
    App::builder(MemoryStore::new())
        .aggregate::<Desk>()
        .services(Price(9))
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn every_shape_is_dispatched() {
    let app = app().await;
    assert!(matches!(
        app.send(200, Touch).await,
        Err(CommandError::Domain(DeskError::NotThere))
    ));
    let set = app
        .send(
            200,
            Set_ {
                at: "window".into(),
            },
        )
        .await
        .unwrap();
    assert_eq!((set.events, set.version), (2, Version(2)));
    app.send(200, Move { to: "door".into() })
        .actor("Ada")
        .await
        .unwrap();
    assert_eq!(app.send(200, Touch).await.unwrap().events, 0);
    app.dispatch_json("note.add", "200", json!({"text": "x"}))
        .await
        .unwrap();
    assert_eq!(app.send(200, Repeat { times: 0 }).await.unwrap().events, 0);
    assert_eq!(app.send(200, Repeat { times: 3 }).await.unwrap().events, 3);
    let notes = ["big, 9", "moved by Ada for 9", "x", "0", "1", "2"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(
        app.load::<Desk>(200).await.unwrap(),
        Desk::Used {
            at: "door".into(),
            notes
        }
    );
    app.send(200, Clear).await.unwrap();
    assert_eq!(
        app.load::<Desk>(200).await.unwrap(),
        Desk::Empty { at: "door".into() }
    );
    let error = app
        .send(
            200,
            Move {
                to: "nowhere".into(),
            },
        )
        .await
        .unwrap_err();
    assert!(matches!(error, CommandError::Domain(DeskError::Io(_))));
    let events: Vec<_> = app
        .history::<Desk>(200)
        .await
        .unwrap()
        .iter()
        .map(|e| e.name())
        .collect();
    assert_eq!(events[..3], ["desk.set", "notes.noted", "desk.moved"]);
}

#[tokio::test]
async fn an_event_outside_emits_is_not_recorded() {
    let app = app().await;
    app.send(1, Set_ { at: "x".into() }).await.unwrap();
    let error = app.send(1, Lie).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "stream desk/1, version 2, event desk.moved v1: the handler's `#[emits(…)]` does not name it"
    );
    assert_eq!(app.history::<Desk>(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn outputs_are_data() {
    let app = app().await;
    let emits = |command| -> Vec<&str> {
        app.registry()
            .command(command)
            .unwrap()
            .1
            .emits
            .events()
            .iter()
            .map(|e| e.name)
            .collect()
    };
    assert_eq!(emits("desk.set_"), ["desk.set", "notes.noted"]);
    assert_eq!(
        emits("desk.move"),
        ["desk.set", "desk.moved", "notes.noted", "desk.cleared"]
    );
    assert_eq!(emits("desk.clear"), ["desk.cleared"]);
    assert_eq!(emits("desk.touch"), [] as [&str; 0]);
    assert_eq!(emits("note.add"), ["notes.noted"]);
}

#[tokio::test]
async fn integer_ids_are_canonical() {
    let app = app().await;
    let error = app
        .dispatch_json("desk.touch", "007", json!({}))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "desk.touch: `007` is not a valid `u64`: write it `7`"
    );
}
