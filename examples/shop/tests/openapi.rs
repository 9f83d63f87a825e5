//! The description of the API is that of the API.

use serde_json::Value;

use crate::api::TestShop;

#[tokio::test]
async fn every_path_that_is_described_is_there() {
    let shop = TestShop::open().await;
    let document = shop.get("/openapi.json").await.is(200).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path
            .replace("{version}", "1")
            .replace("{event}", "order.placed")
            .replace(['{', '}'], "");
        for method in methods.as_object().unwrap().keys() {
            let answer = shop
                .ask(&method.to_uppercase(), &path, &[], Value::Null)
                .await;
            assert_ne!(answer.status, 405, "{method} {path}");
            assert!(
                answer.status != 404 || !answer.json()["detail"].as_str().unwrap().starts_with('/'),
                "{method} {path}"
            );
            operations += 1;
        }
    }
    let source = include_str!("../src/http/mod.rs");
    let routed = ["get(", "put(", "post(", "delete("]
        .iter()
        .map(|method| source.matches(method).count())
        .sum::<usize>();
    // All but the document itself.
    assert_eq!(operations + 1, routed, "a route is not described");
    assert_eq!(
        source.matches(".route(").count(),
        document["paths"].as_object().unwrap().len() + 1
    );
}

#[tokio::test]
async fn the_schemas_of_all_events_are_served() {
    let shop = TestShop::open().await;
    let schemas = shop.get("/schemas").await.is(200).json();
    let schemas = schemas.as_array().unwrap();
    let events: usize = shop
        .shop
        .app
        .model()
        .aggregates
        .iter()
        .map(|aggregate| aggregate.events.len())
        .sum();
    assert_eq!(schemas.len(), events);
    for schema in schemas {
        let answer = shop.get(schema["url"].as_str().unwrap()).await.is(200);
        assert_eq!(answer.header("content-type"), "application/schema+json");
        let committed = format!(
            "{}/domain/schemas/{}.v{}.json",
            env!("CARGO_MANIFEST_DIR"),
            schema["event"].as_str().unwrap(),
            schema["version"]
        );
        assert_eq!(answer.text, std::fs::read_to_string(committed).unwrap());
    }
}
