//! What was acknowledged survives `kill -9`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

use es_core::EventStore;
use es_sqlite::SqliteStore;
use uuid::Uuid;

use crate::sample::{append_at, as_child, child, events, everything, stream};

/// Appends without end from several tasks, and says so of each append once it is acknowledged.
async fn append_and_tell(store: SqliteStore, run: u128) {
    let tasks: Vec<_> = (0..6_u64)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let name = stream(format!("{run} {task}"));
                let mut version = 0;
                for round in 0.. {
                    let count = (round + task as usize) % 4 + 1;
                    let mut append = append_at(&name, version, events(count));
                    append.idempotency_key = (round % 2 == 0).then(|| format!("key {round}"));
                    let ids: Vec<_> = append
                        .events
                        .iter()
                        .map(|e| e.event_id.to_string())
                        .collect();
                    let key = append.idempotency_key.clone().unwrap_or_default();
                    let receipt = store.append(append).await.unwrap().into_receipt();
                    version = receipt.version.0;
                    let line = format!("ACK|{}|{version}|{key}|{}\n", name.id(), ids.join(","));
                    let mut out = std::io::stdout().lock();
                    out.write_all(line.as_bytes()).unwrap();
                    out.flush().unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[test]
fn acknowledged_appends_survive_being_killed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(path) = as_child() {
        runtime.block_on(async {
            let store = SqliteStore::open(path).await.unwrap();
            append_and_tell(store, Uuid::now_v7().as_u128()).await;
        });
        return;
    }
    let runs: u64 = std::env::var("ES_KILL_RUNS").map_or(10, |runs| runs.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    // The same file all along, so that each run begins with what a killed one has left.
    let mut acknowledged: HashMap<Uuid, (String, u64)> = HashMap::new();
    let mut keys = Vec::new();
    for run in 0..runs {
        let mut process = child("kill::acknowledged_appends_survive_being_killed", &path)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let reader = std::thread::spawn(move || {
            // The last line may be cut off: then it was not told.
            lines
                .map_while(Result::ok)
                .filter(|line| line.starts_with("ACK|"))
                .collect::<Vec<_>>()
        });
        // A random moment, from the opening of the file on.
        let moment = Uuid::now_v7().as_u128() as u64 % 150;
        std::thread::sleep(Duration::from_millis(10 + moment));
        process.kill().unwrap();
        process.wait().unwrap();
        for line in reader.join().unwrap() {
            let parts: Vec<_> = line.split('|').collect();
            let [_, id, version, key, ids] = parts[..] else {
                continue;
            };
            let ids: Vec<_> = ids
                .split(',')
                .filter_map(|id| id.parse::<Uuid>().ok())
                .collect();
            let version: u64 = version.parse().unwrap();
            let first = version + 1 - ids.len() as u64;
            for (event, version) in ids.iter().zip(first..) {
                acknowledged.insert(*event, (id.to_owned(), version));
            }
            if !key.is_empty() {
                keys.push((id.to_owned(), key.to_owned(), version));
            }
        }
        runtime.block_on(check(&path, &acknowledged, &keys));
        eprintln!(
            "run {run}: {} events acknowledged so far",
            acknowledged.len()
        );
    }
    assert!(
        !acknowledged.is_empty(),
        "no append was acknowledged in {runs} runs"
    );
}

async fn check(
    path: &std::path::Path,
    acknowledged: &HashMap<Uuid, (String, u64)>,
    keys: &[(String, String, u64)],
) {
    let store = SqliteStore::open(path).await.unwrap();
    let all = everything(&store).await;
    let mut ids = HashSet::new();
    let mut versions: BTreeMap<String, u64> = BTreeMap::new();
    let mut found = 0;
    for (stream, version, _, id) in &all {
        assert!(ids.insert(*id), "event {id} is there twice");
        let last = versions.entry(stream.id().to_owned()).or_insert(0);
        *last += 1;
        assert_eq!(version, last, "{stream} has a gap");
        if let Some(expected) = acknowledged.get(id) {
            assert_eq!((stream.id(), *version), (&*expected.0, expected.1));
            found += 1;
        }
    }
    assert_eq!(found, acknowledged.len(), "acknowledged events are lost");
    // None is there by half: the sizes of a stream's appends are known.
    for (id, last) in versions {
        let task: u64 = id.rsplit(' ').next().unwrap().parse().unwrap();
        let sums: HashSet<u64> = (0..)
            .map(|round| (round + task) % 4 + 1)
            .scan(0, |sum, count| {
                *sum += count;
                Some(*sum)
            })
            .take_while(|sum| *sum <= last)
            .collect();
        assert!(
            sums.contains(&last),
            "{id} ends with half an append: {last}"
        );
    }
    for (id, key, version) in keys {
        let receipt = store.find_receipt(&stream(id), key).await.unwrap();
        assert_eq!(receipt.map(|receipt| receipt.version.0), Some(*version));
    }
    store.close().await.unwrap();
}
