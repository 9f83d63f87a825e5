//! Reading in pages and through filters.

use es_core::{AllQuery, Detail, NameFilter, Position, StreamName};
use uuid::Uuid;

use super::Fresh;
use super::sample::{
    Record, anywhere, assert_whole, at, event_named, events, everything, filtered, of_all,
    of_stream, record, records, stored, stream,
};

/// Pages of a stream: never more than asked for, nothing left out, nothing twice.
pub async fn a_stream_is_read_in_pages(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("paged");
    for at_version in 0..25 {
        record(store, at(&name, at_version, events(1))).await;
        record(store, anywhere(&stream("between"), events(2))).await;
    }
    let all = stored(store, &name).await;
    assert_whole(&all, 25);
    for limit in [0, 1, 2, 7, 24, 25, 26, u32::MAX] {
        let mut found = Vec::new();
        loop {
            let page = store
                .read_stream(of_stream(&name, found.len() as u64, limit))
                .await
                .unwrap();
            assert!(
                page.len() <= limit.max(1) as usize,
                "{} for {limit}",
                page.len()
            );
            assert!(
                !page.is_empty() || found.len() == 25,
                "an empty page before the end"
            );
            assert!(
                page.more || found.len() + page.len() == 25,
                "the rest is not announced"
            );
            found.extend(records(&page));
            if !page.more {
                break;
            }
        }
        assert_eq!(found, all, "with limit {limit}");
    }
    for after in [25, 26, u64::MAX] {
        let page = store
            .read_stream(of_stream(&name, after, 10))
            .await
            .unwrap();
        assert!(page.is_empty() && !page.more, "after {after}");
    }
    let page = store
        .read_stream(of_stream(&stream("unknown"), 0, 10))
        .await
        .unwrap();
    assert!(page.is_empty() && !page.more);
}

/// Pages of the whole store, in order of position.
pub async fn the_store_is_read_in_pages(fresh: Fresh) {
    let store = &*fresh.store();
    for round in 0..30 {
        record(store, anywhere(&stream(round % 4), events(round % 3 + 1))).await;
    }
    let all = everything(store).await;
    assert_eq!(all.len(), 60);
    assert!(
        all.windows(2)
            .all(|pair| pair[0].position < pair[1].position)
    );
    for limit in [0, 1, 7, 59, 60, 61, u32::MAX] {
        assert_eq!(
            filtered(store, of_all(Position::START, limit)).await,
            all,
            "limit {limit}"
        );
    }
    for (index, record) in all.iter().enumerate() {
        let rest = filtered(store, of_all(record.position, 1000)).await;
        assert_eq!(rest, all[index + 1..]);
    }
    let page = store
        .read_all(of_all(Position(u64::MAX), 10))
        .await
        .unwrap();
    assert!(page.is_empty() && !page.more);
}

/// Filters by name and by category; what does not pass is passed over for good.
pub async fn the_store_is_read_through_filters(fresh: Fresh) {
    let store = &*fresh.store();
    let names = ["opened", "closed", "opened.twice", "Opened"];
    let categories = ["account", "Account", "accounts", ""];
    for round in 0..64 {
        let name = StreamName::new(categories[round / 4 % 4], format!("{}", round % 3));
        record(store, anywhere(&name, vec![event_named(names[round % 4])])).await;
    }
    let all = everything(store).await;
    let texts = |wanted: &[&str]| wanted.iter().map(|&text| text.to_owned()).collect();
    let list = |wanted: &[&str]| Some(texts(wanted));
    let filters = [
        NameFilter::All,
        NameFilter::Only(texts(&[])),
        NameFilter::Only(texts(&["opened"])),
        NameFilter::Only(texts(&["closed", "Opened"])),
        NameFilter::Only(texts(&["nothing"])),
        NameFilter::Except(texts(&[])),
        NameFilter::Except(texts(&["opened"])),
        NameFilter::Except(texts(&names)),
    ];
    let groups: [Option<Vec<String>>; 5] = [
        None,
        list(&[]),
        list(&["account"]),
        list(&["accounts", ""]),
        list(&["nothing"]),
    ];
    for names in &filters {
        for categories in &groups {
            let of_category = |category: &str| {
                categories
                    .as_ref()
                    .is_none_or(|list| list.iter().any(|wanted| wanted == category))
            };
            let expected: Vec<_> = all
                .iter()
                .filter(|record| {
                    names.admits(&record.name) && of_category(record.stream.category())
                })
                .cloned()
                .collect();
            for limit in [1, 5, 1000] {
                let query = AllQuery {
                    after: Position::START,
                    limit,
                    names: names.clone(),
                    categories: categories.clone(),
                    detail: Detail::Full,
                };
                assert_eq!(filtered(store, query.clone()).await, expected, "{query:?}");
            }
        }
    }
    // Once all has been looked at, the next page begins after it.
    let query = AllQuery {
        after: Position::START,
        limit: 1000,
        names: NameFilter::Only(texts(&["nothing"])),
        categories: None,
        detail: Detail::Full,
    };
    let page = store.read_all(query).await.unwrap();
    assert!(page.is_empty());
    if !page.more {
        assert_eq!(
            page.read_to,
            all.last().unwrap().position,
            "read_to stays behind"
        );
    }
}

/// The last position is the receipt's, and that of the last record read.
pub async fn the_last_position_is_that_of_the_last_record(fresh: Fresh) {
    let store = &*fresh.store();
    for round in 0..5 {
        let receipt = record(store, anywhere(&stream(round), events(2))).await;
        assert_eq!(store.last_position().await.unwrap(), receipt.position);
        let page = store.read_all(of_all(Position::START, 1000)).await.unwrap();
        assert_eq!(page.last().unwrap().position(), receipt.position);
        assert_eq!(page.read_to, receipt.position);
    }
}

/// What is read for replay, in pages as large as the store makes them, is what is read in full,
/// whatever the filter.
pub async fn the_store_is_read_in_large_pages(fresh: Fresh) {
    const NAMES: [&str; 3] = ["opened", "deposited", "closed"];
    let store = &*fresh.store();
    for round in 0..60 {
        let name = StreamName::new(format!("category {}", round % 30), format!("{round}"));
        let of_all_names = (0..100).map(|event| event_named(NAMES[(event + round) % 3]));
        record(store, anywhere(&name, of_all_names.collect())).await;
    }
    let all = everything(store).await;
    assert_eq!(all.len(), 6000);
    let filters = [
        NameFilter::All,
        NameFilter::Only(vec!["closed".to_owned()]),
        NameFilter::Except(vec!["closed".to_owned(), "opened".to_owned()]),
    ];
    for names in filters {
        for categories in [
            None,
            Some(vec!["category 7".to_owned(), "category 8".to_owned()]),
        ] {
            let expected = all.iter().filter(|record| {
                names.admits(&record.name)
                    && categories.as_ref().is_none_or(|list| {
                        list.iter().any(|known| known == record.stream.category())
                    })
            });
            let expected: Vec<_> = expected
                .map(|record| Record {
                    event_id: Uuid::nil(),
                    ..record.clone()
                })
                .collect();
            let query = AllQuery {
                after: Position::START,
                limit: u32::MAX,
                names: names.clone(),
                categories,
                detail: Detail::Replay,
            };
            let mut found = filtered(store, query.clone()).await;
            for record in &mut found {
                record.event_id = Uuid::nil();
            }
            assert_eq!(found, expected, "{query:?}");
        }
    }
}
