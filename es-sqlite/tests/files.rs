//! What may be found in the store's place, and what is said about it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

use es_core::{EventStore, Position, StoreError, StoreErrorKind};
use es_sqlite::SqliteStore;
use es_sqlite::rusqlite::Connection;

use crate::sample::{append, as_child, events, everything, stream};

async fn refusal(path: &Path) -> StoreError {
    let error = SqliteStore::open(path)
        .await
        .expect_err("it should be refused");
    assert!(
        error.to_string().contains(&path.display().to_string()),
        "no path in: {error}"
    );
    error
}

async fn made(path: &Path) {
    let store = SqliteStore::open(path).await.unwrap();
    for round in 0..50 {
        store
            .append(append(&stream(round), events(10)))
            .await
            .unwrap();
    }
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_foreign_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "Dear diary, ".repeat(1000);
    fs::write(&path, &text).unwrap();
    assert_eq!(refusal(&path).await.kind(), StoreErrorKind::Foreign);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

/// A tool looks into files that it was named, which may be anything.
#[tokio::test]
async fn opened_as_it_is_a_file_that_is_no_store_of_this_release_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = async |path: &Path| {
        let error = SqliteStore::options()
            .open_as_it_is(path)
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains(&path.display().to_string()),
            "no path in: {error}"
        );
        error.kind()
    };
    let missing = folder.path().join("missing.db");
    assert_eq!(refusal(&missing).await, StoreErrorKind::Unavailable);
    assert!(!missing.exists());

    let empty = folder.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    assert_eq!(refusal(&empty).await, StoreErrorKind::Foreign);
    assert_eq!(fs::read(&empty).unwrap(), b"");

    let older = folder.path().join("older.db");
    made(&older).await;
    let store = SqliteStore::options().open_as_it_is(&older).await.unwrap();
    assert_eq!(store.last_position().await.unwrap(), Position(500));
    store.close().await.unwrap();
    Connection::open(&older)
        .unwrap()
        .execute_batch("PRAGMA user_version = 1")
        .unwrap();
    let before = fs::read(&older).unwrap();
    assert_eq!(refusal(&older).await, StoreErrorKind::Unsupported);
    assert_eq!(fs::read(&older).unwrap(), before);
}

#[tokio::test]
async fn a_database_of_someone_else_is_foreign_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in [
        ("tables.db", "CREATE TABLE guests (name TEXT)"),
        ("marked.db", "PRAGMA application_id = 7"),
        ("numbered.db", "PRAGMA user_version = 1"),
    ] {
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = fs::read(&path).unwrap();
        assert_eq!(refusal(&path).await.kind(), StoreErrorKind::Foreign);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.db");
    fs::write(&path, "").unwrap();
    made(&path).await;
}

#[tokio::test]
async fn a_newer_store_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newer.db");
    made(&path).await;
    Connection::open(&path)
        .unwrap()
        .execute_batch("PRAGMA user_version = 1000")
        .unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(refusal(&path).await.kind(), StoreErrorKind::Newer);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_folder_and_a_missing_folder_are_told_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(refusal(folder.path()).await.kind(), StoreErrorKind::Foreign);
    let missing = folder.path().join("no such folder").join("store.db");
    let error = refusal(&missing).await;
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(
        error.to_string().contains("no such folder does not exist"),
        "{error}"
    );
}

#[tokio::test]
async fn a_path_of_no_file_is_unsupported() {
    for path in ["", ":memory:"] {
        let error = SqliteStore::open(path).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    }
}

#[tokio::test]
async fn a_damaged_store_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.db");
    made(&path).await;
    let mut bytes = fs::read(&path).unwrap();
    // All but the first page, which says that it is a store.
    bytes[4096..].fill(0x5A);
    fs::write(&path, &bytes).unwrap();
    let error = match SqliteStore::open(&path).await {
        Err(error) => error,
        Ok(store) => match store.append(append(&stream(0), events(1))).await {
            Err(es_core::AppendError::Store(error)) => error,
            other => panic!("{other:?}"),
        },
    };
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("damaged.db"), "{error}");

    fs::write(&path, &bytes[..4096 + 100]).unwrap();
    assert_eq!(refusal(&path).await.kind(), StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn a_damaged_payload_breaks_reading_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.db");
    made(&path).await;
    let connection = Connection::open(&path).unwrap();
    let sql = "PRAGMA writable_schema = 1; DROP TRIGGER events_are_never_changed;
               PRAGMA ignore_check_constraints = 1;
               UPDATE events SET event_id = x'00' WHERE position = 30";
    connection.execute_batch(sql).unwrap();
    drop(connection);
    let store = SqliteStore::open(&path).await.unwrap();
    let query = es_core::AllQuery {
        after: Position::START,
        limit: 1000,
        names: es_core::NameFilter::All,
        detail: es_core::Detail::Full,
        categories: None,
    };
    store
        .read_all(query)
        .await
        .expect_err("an id of one byte is no id");
    assert_eq!(store.last_position().await.unwrap(), Position(500));
}

/// Root may write everything, so this one is run again as nobody.
#[test]
fn a_read_only_file_is_told() {
    if let Some(path) = as_child() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let file = runtime
            .block_on(SqliteStore::open(path.join("file.db")))
            .unwrap_err();
        let inside = runtime
            .block_on(SqliteStore::open(path.join("locked/store.db")))
            .unwrap_err();
        let new = runtime
            .block_on(SqliteStore::open(path.join("locked/new.db")))
            .unwrap_err();
        println!(
            "\nkinds {:?} {:?} {:?}",
            file.kind(),
            inside.kind(),
            new.kind()
        );
        println!("{file}\n{inside}\n{new}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    fs::create_dir(folder.path().join("locked")).unwrap();
    for name in ["file.db", "locked/store.db"] {
        runtime.block_on(made(&folder.path().join(name)));
    }
    let mode = |name: &str, mode| {
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("file.db", 0o444);
    mode("locked/store.db", 0o666);
    mode("locked", 0o555);
    mode("", 0o777);
    // Where the test binary itself cannot be reached by others, a copy of it can.
    let binary = folder.path().join("test-binary");
    fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    let root = fs::metadata(&binary)
        .map(|file| std::os::unix::fs::MetadataExt::uid(&file))
        .unwrap()
        == 0;
    let mut command = std::process::Command::new(&binary);
    command
        .args(["files::a_read_only_file_is_told", "--exact", "--nocapture"])
        .env("ES_TEST_CHILD", folder.path());
    if root {
        command.uid(65534).gid(65534);
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("SKIPPED: the test cannot be run as another user: {error}");
            return;
        }
    };
    mode("locked", 0o755);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("kinds ReadOnly ReadOnly"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        said.contains("file.db") && said.contains("locked/store.db"),
        "{said}"
    );
}

#[tokio::test]
async fn positions_go_on_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    for round in 1..=4_u64 {
        let store = SqliteStore::open(&path).await.unwrap();
        let receipt = store
            .append(append(&stream("a"), events(3)))
            .await
            .unwrap()
            .into_receipt();
        assert_eq!(
            (receipt.version.0, receipt.position.0),
            (round * 3, round * 3)
        );
        assert_eq!(
            store.wait_for_news(Position::START).await.unwrap(),
            receipt.position
        );
        assert_eq!(everything(&store).await.len() as u64, round * 3);
    }
    assert!(
        !folder.path().join("store.db-wal").exists(),
        "the log is brought into the file"
    );
}
