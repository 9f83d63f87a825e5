//! Where event handlers keep their place. A store that offers no places passes these checks.

use std::sync::Arc;

use es_core::{
    Fence, HandlerKey, HandlerPlace, HandlerStore, Instruction, LeaseRequest, NewPlace,
    ParkedStream, PlaceStage, Position, Progress, Saved, StreamName, Version,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::Fresh;
use super::sample::stream;

/// A moment, this many seconds after the others.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn key(name: &str) -> HandlerKey {
    HandlerKey::new(name, 1)
}

fn new(key: &HandlerKey, stage: PlaceStage, position: u64) -> NewPlace {
    NewPlace {
        key: key.clone(),
        stage,
        position: Position(position),
    }
}

async fn add(store: &dyn HandlerStore, keys: &[&HandlerKey]) {
    let places = keys.iter().map(|key| new(key, PlaceStage::Live, 0));
    store.add_places(places.collect()).await.unwrap();
}

/// Asks for leases, from now on for ten seconds.
async fn ask(
    store: &dyn HandlerStore,
    holder: Uuid,
    now: i64,
    keys: &[&HandlerKey],
) -> Vec<Option<Fence>> {
    let request = LeaseRequest {
        holder,
        handlers: keys.iter().map(|&key| key.clone()).collect(),
        now: at(now),
        until: at(now + 10),
    };
    let fences = store.lease(request).await.unwrap();
    assert_eq!(fences.len(), keys.len(), "one answer a handler");
    fences
}

/// A lease that is to be had.
async fn lease(store: &dyn HandlerStore, holder: Uuid, now: i64, key: &HandlerKey) -> Fence {
    ask(store, holder, now, &[key]).await[0].expect("the lease should be free")
}

async fn place(store: &dyn HandlerStore, key: &HandlerKey) -> Option<HandlerPlace> {
    let places = store.places().await.unwrap();
    places.into_iter().find(|place| place.key == *key)
}

fn progress(key: &HandlerKey, fence: Fence, position: u64) -> Progress {
    Progress {
        key: key.clone(),
        fence,
        position: Position(position),
        set_aside: Vec::new(),
        taken_up: Vec::new(),
    }
}

fn parked(key: &HandlerKey, stream: &StreamName, position: u64) -> ParkedStream {
    ParkedStream {
        key: key.clone(),
        stream: stream.clone(),
        version: Version(3),
        position: Position(position),
        event: "account.deposited".to_owned(),
        error: "the account has no \"owner\": Zoë".to_owned(),
        attempts: 2,
        since: at(5),
        retry_at: Some(at(7)),
        instruction: None,
    }
}

/// Places come back by name and version, and a place that is there is not made again.
pub async fn places_are_made_once(fresh: Fresh) {
    let store = fresh.store();
    let Some(store) = store.handlers() else {
        return;
    };
    assert_eq!(store.places().await.unwrap(), []);
    let (second, first, other) = (
        HandlerKey::new("balances", 2),
        HandlerKey::new("balances", 1),
        HandlerKey::new("a policy", 1),
    );
    store
        .add_places(vec![
            new(&second, PlaceStage::Building, 0),
            new(&first, PlaceStage::Live, 7),
        ])
        .await
        .unwrap();
    store
        .add_places(vec![
            new(&first, PlaceStage::Building, 1),
            new(&other, PlaceStage::Live, u32::MAX.into()),
        ])
        .await
        .unwrap();
    let expected = [
        (other, PlaceStage::Live, u64::from(u32::MAX)),
        (first, PlaceStage::Live, 7),
        (second, PlaceStage::Building, 0),
    ];
    let expected = expected.map(|(key, stage, position)| HandlerPlace {
        key,
        stage,
        position: Position(position),
        holder: None,
        leased_until: None,
        parked: 0,
    });
    assert_eq!(store.places().await.unwrap(), expected);
}

/// A lease has one holder; renewed it keeps its fence, taken after it ran out it has a greater one.
pub async fn a_lease_has_one_holder(fresh: Fresh) {
    let store = fresh.store();
    let Some(store) = store.handlers() else {
        return;
    };
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    let (balances, bonus) = (key("balances"), key("bonus"));
    add(store, &[&balances, &bonus]).await;
    let none = key("nobody's");
    let [Some(fence), None] = ask(store, one, 0, &[&balances, &none]).await[..] else {
        panic!("a lease that is free is had, and none without a place");
    };
    let found = place(store, &balances).await.unwrap();
    assert_eq!(
        (found.holder, found.leased_until),
        (Some(one), Some(at(10)))
    );
    let answers = ask(store, other, 9, &[&balances, &bonus]).await;
    assert_eq!(answers[0], None, "it is held by another");
    assert!(answers[1].is_some(), "it was free");
    assert_eq!(
        lease(store, one, 9, &balances).await,
        fence,
        "it was renewed"
    );
    assert_eq!(
        place(store, &balances).await.unwrap().leased_until,
        Some(at(19))
    );
    assert_eq!(ask(store, other, 18, &[&balances]).await, [None]);
    let taken = lease(store, other, 19, &balances).await;
    assert!(taken > fence, "a fence that does not grow");
    assert_eq!(ask(store, one, 20, &[&balances]).await, [None]);
    let again = lease(store, other, 1000, &balances).await;
    assert!(again > taken, "it had run out, and is a new one");
}

/// A lease that is given back is free at once, and those of others stay.
pub async fn a_lease_given_back_is_free(fresh: Fresh) {
    let store = fresh.store();
    let Some(store) = store.handlers() else {
        return;
    };
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    let keys = [key("a"), key("b"), key("c")];
    let [a, b, c] = &keys;
    add(store, &[a, b, c]).await;
    let fence = lease(store, one, 0, a).await;
    lease(store, one, 0, b).await;
    lease(store, other, 0, c).await;
    store.give_back(one).await.unwrap();
    assert_eq!(place(store, a).await.unwrap().holder, None);
    assert_eq!(
        store.save(progress(a, fence, 5)).await.unwrap(),
        Saved::LeaseLost,
        "saved under a lease that was given back"
    );
    assert_eq!(ask(store, one, 1, &[c]).await, [None]);
    assert!(lease(store, other, 1, a).await > fence);
    assert!(ask(store, other, 1, &[b]).await[0].is_some());
}

/// What is saved under the latest lease is there, and nothing of what is saved under another.
pub async fn progress_is_saved_under_the_latest_lease(fresh: Fresh) {
    let store = fresh.store();
    let Some(store) = store.handlers() else {
        return;
    };
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    let balances = key("balances");
    assert_eq!(
        store.save(progress(&balances, Fence(1), 1)).await.unwrap(),
        Saved::LeaseLost,
        "there is no place"
    );
    add(store, &[&balances]).await;
    assert_eq!(
        store.save(progress(&balances, Fence(0), 1)).await.unwrap(),
        Saved::LeaseLost,
        "nobody has a lease"
    );
    let fence = lease(store, one, 0, &balances).await;
    let mut first = progress(&balances, fence, 5);
    first.set_aside = vec![parked(&balances, &stream("a"), 4)];
    assert_eq!(store.save(first).await.unwrap(), Saved::Yes);
    // It may have run out: as long as nobody has taken it, nobody else has come further.
    let taken = lease(store, other, 50, &balances).await;
    let before = (
        place(store, &balances).await,
        store.parked(&balances).await.unwrap(),
    );
    for old in [fence, Fence(taken.0 + 1)] {
        let mut late = progress(&balances, old, 9);
        late.set_aside = vec![parked(&balances, &stream("b"), 8)];
        late.taken_up = vec![stream("a")];
        assert_eq!(store.save(late).await.unwrap(), Saved::LeaseLost);
    }
    let after = (
        place(store, &balances).await,
        store.parked(&balances).await.unwrap(),
    );
    assert_eq!(before, after, "a refused save has saved something");
    assert_eq!(
        store.save(progress(&balances, taken, 6)).await.unwrap(),
        Saved::Yes
    );
    assert_eq!(place(store, &balances).await.unwrap().position, Position(6));
}

/// Streams are set aside and taken up, those of one handler apart from those of another.
pub async fn streams_are_set_aside_and_taken_up(fresh: Fresh) {
    let store = fresh.store();
    let Some(store) = store.handlers() else {
        return;
    };
    let holder = Uuid::now_v7();
    let (balances, bonus) = (key("balances"), HandlerKey::new("balances", 2));
    add(store, &[&balances, &bonus]).await;
    let fence = lease(store, holder, 0, &balances).await;
    let of_bonus = lease(store, holder, 0, &bonus).await;
    let (a, b) = (stream("a"), StreamName::new("", "b/ü"));
    let mut begun = progress(&balances, fence, 10);
    begun.set_aside = vec![parked(&balances, &a, 9), parked(&balances, &b, 4)];
    assert_eq!(store.save(begun).await.unwrap(), Saved::Yes);
    let mut others = progress(&bonus, of_bonus, 9);
    others.set_aside = vec![parked(&bonus, &a, 9)];
    assert_eq!(store.save(others).await.unwrap(), Saved::Yes);
    assert_eq!(
        store.parked(&balances).await.unwrap(),
        [parked(&balances, &b, 4), parked(&balances, &a, 9)],
        "in order of position"
    );
    assert_eq!(place(store, &balances).await.unwrap().parked, 2);
    assert_eq!(place(store, &bonus).await.unwrap().parked, 1);

    // Set aside anew: that replaces what there was, even if it is taken up in the same save.
    let mut further = parked(&balances, &a, 12);
    further.version = Version(u64::from(u32::MAX));
    further.retry_at = None;
    further.instruction = Some(Instruction::Retry);
    let mut next = progress(&balances, fence, 12);
    next.set_aside = vec![further.clone()];
    next.taken_up = vec![b.clone(), a.clone(), stream("never set aside")];
    assert_eq!(store.save(next).await.unwrap(), Saved::Yes);
    assert_eq!(store.parked(&balances).await.unwrap(), [further]);
    assert_eq!(store.parked(&bonus).await.unwrap(), [parked(&bonus, &a, 9)]);
}

/// Of two versions that are started at the same moment, one serves.
pub async fn one_version_serves(fresh: Fresh) {
    let store = fresh.store();
    let Some(store) = store.handlers() else {
        return;
    };
    let version = |name: &str, version| HandlerKey::new(name, version);
    for (name, order) in [("older first", [1, 2]), ("newer first", [2, 1])] {
        for number in order {
            let place = new(&version(name, number), PlaceStage::Live, 0);
            store.add_places(vec![place]).await.unwrap();
        }
    }
    let stages: Vec<_> = store
        .places()
        .await
        .unwrap()
        .into_iter()
        .map(|place| (place.key, place.stage))
        .collect();
    let expected = [
        (version("newer first", 2), PlaceStage::Live),
        (version("older first", 1), PlaceStage::Live),
        (version("older first", 2), PlaceStage::Building),
    ];
    assert_eq!(stages, expected);
}

/// An instruction reaches the stream it is for, if that is set aside.
pub async fn an_instruction_reaches_its_stream(fresh: Fresh) {
    let store = fresh.store();
    let Some(store) = store.handlers() else {
        return;
    };
    let balances = key("balances");
    add(store, &[&balances]).await;
    let fence = lease(store, Uuid::now_v7(), 0, &balances).await;
    let (a, b) = (stream("a"), stream("b"));
    let mut begun = progress(&balances, fence, 10);
    begun.set_aside = vec![parked(&balances, &a, 1), parked(&balances, &b, 2)];
    store.save(begun).await.unwrap();
    for instruction in [
        Instruction::Retry,
        Instruction::Release,
        Instruction::Discard,
    ] {
        let which = parked(&balances, &a, 1);
        assert!(store.instruct(&which, instruction).await.unwrap());
        let found = store.parked(&balances).await.unwrap();
        assert_eq!(found[0].instruction, Some(instruction));
        assert_eq!(found[1], parked(&balances, &b, 2), "it was not for this");
    }
    let nobody = key("nobody's");
    for other in [
        parked(&balances, &stream("c"), 1),
        parked(&nobody, &a, 1),
        // Set aside, and at another event by now.
        ParkedStream {
            version: Version(99),
            ..parked(&balances, &a, 1)
        },
    ] {
        assert!(!store.instruct(&other, Instruction::Retry).await.unwrap());
    }
}

/// Of a handler that is forgotten nothing is left; when it comes again, leases from before are
/// worth nothing.
pub async fn a_handler_is_forgotten(fresh: Fresh) {
    let store = fresh.store();
    let Some(store) = store.handlers() else {
        return;
    };
    let (balances, bonus) = (key("balances"), HandlerKey::new("balances", 2));
    add(store, &[&balances, &bonus]).await;
    let fence = lease(store, Uuid::now_v7(), 0, &balances).await;
    let mut begun = progress(&balances, fence, 10);
    begun.set_aside = vec![parked(&balances, &stream("a"), 1)];
    store.save(begun).await.unwrap();
    store.forget(&balances).await.unwrap();
    store.forget(&key("nobody's")).await.unwrap();
    assert_eq!(place(store, &balances).await, None);
    assert!(place(store, &bonus).await.is_some());
    assert_eq!(store.parked(&balances).await.unwrap(), []);
    assert_eq!(
        store.save(progress(&balances, fence, 11)).await.unwrap(),
        Saved::LeaseLost
    );
    add(store, &[&balances]).await;
    let again = place(store, &balances).await.unwrap();
    assert_eq!((again.position, again.parked), (Position::START, 0));
    assert!(
        lease(store, Uuid::now_v7(), 0, &balances).await > fence,
        "a lease from before would still do"
    );
}

/// 32 tasks race for leases that have run out, again and again: each time one wins each, its fence
/// is the greatest, and only it saves.
pub async fn a_race_for_a_lease_has_one_winner(fresh: Fresh) {
    let store = fresh.store();
    if store.handlers().is_none() {
        return;
    }
    let keys = [key("a"), key("b")];
    add(store.handlers().unwrap(), &[&keys[0], &keys[1]]).await;
    let mut last = [Fence(0); 2];
    for round in 0..10_u64 {
        let before = last;
        let tasks: Vec<_> = (0..32)
            .map(|task| {
                let (store, keys) = (Arc::clone(&store), keys.clone());
                tokio::spawn(async move {
                    let store = store.handlers().unwrap();
                    let now = round as i64 * 100;
                    let fences = ask(store, Uuid::now_v7(), now, &[&keys[0], &keys[1]]).await;
                    for ((key, fence), last) in keys.iter().zip(&fences).zip(before) {
                        // Who has not got it tries with one from before.
                        let tried = fence.unwrap_or(last);
                        let position = round * 100 + task;
                        let saved = store.save(progress(key, tried, position)).await.unwrap();
                        assert_eq!(
                            saved == Saved::Yes,
                            fence.is_some(),
                            "who has the lease saves, and nobody else"
                        );
                    }
                    (task, fences)
                })
            })
            .collect();
        let mut won = [const { Vec::new() }; 2];
        for task in tasks {
            let (task, fences) = task.await.unwrap();
            for (place, fence) in fences.into_iter().enumerate() {
                won[place].extend(fence.map(|fence| (task, fence)));
            }
        }
        for (place, winners) in won.iter().enumerate() {
            let [(task, fence)] = winners[..] else {
                panic!("{} hold the lease of {}", winners.len(), keys[place]);
            };
            assert!(fence > last[place], "a fence that does not grow");
            last[place] = fence;
            let found = self::place(store.handlers().unwrap(), &keys[place]).await;
            assert_eq!(found.unwrap().position, Position(round * 100 + task));
        }
    }
}
