//! Whoever runs the shop: its health, its event handlers, what they have set aside, its schemas.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use es_core::{HandlerKind, HandlerStage, HandlerStatus, ParkedStream, StreamName};
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::InPath;
use super::problem::Problem;
use crate::service::Shop;

/// `(event, version, document)`, sorted; the build script writes it.
const SCHEMAS: &[(&str, u32, &str)] = include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

/// That the shop is well.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Health {
    /// `ok`, or `degraded` where a handler fails or has set something aside for good.
    status: &'static str,
    /// The position of the last event.
    position: u64,
}

/// How a projection or a policy is doing.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct HandlerView {
    name: String,
    version: u32,
    /// `projection` or `policy`; `unknown` where only its place is left.
    kind: &'static str,
    /// `live`, `catching_up`, `building`, `elsewhere`, `failing`, `replaced`, `without_code` or
    /// `stopped`.
    stage: &'static str,
    /// All up to here is handled, or set aside.
    position: u64,
    /// Events it has not handled, at most.
    lag_events: u64,
    /// For how long the oldest of them has been there.
    lag_ms: u64,
    /// How many streams it has set aside.
    parked: u64,
    /// Why it fails.
    error: Option<String>,
}

/// A stream that a handler has set aside.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct ParkedView {
    handler: String,
    /// The aggregate, and its id.
    aggregate: String,
    id: String,
    /// The event, and its version in the stream.
    event: String,
    version: u64,
    position: u64,
    /// Why it was not handled.
    error: String,
    attempts: u32,
    since: String,
    /// When it is tried again by itself; without, it waits for someone to say.
    retry_at: Option<String>,
}

/// An event's version.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct SchemaView {
    event: &'static str,
    version: u32,
    url: String,
}

/// Whether the shop is well.
#[utoipa::path(get, path = "/health", tag = "operations",
    responses((status = 200, body = Health), (status = 503, body = Problem)))]
pub(crate) async fn health(State(shop): State<Shop>) -> Result<Json<Health>, Problem> {
    let position = shop.app.store().last_position().await?.0;
    let parked = shop.app.parked().await?;
    let handlers = shop.app.handlers().await?;
    let is_failing = |handler: &HandlerStatus| handler.stage == HandlerStage::Failing;
    let degraded =
        parked.iter().any(|stream| stream.retry_at.is_none()) || handlers.iter().any(is_failing);
    let status = if degraded { "degraded" } else { "ok" };
    Ok(Json(Health { status, position }))
}

/// How the projections and policies are doing.
#[utoipa::path(get, path = "/handlers", tag = "operations",
    responses((status = 200, body = Vec<HandlerView>), (status = 503, body = Problem)))]
pub(crate) async fn handlers(State(shop): State<Shop>) -> Result<Json<Vec<HandlerView>>, Problem> {
    let handlers = shop.app.handlers().await?;
    Ok(Json(handlers.into_iter().map(HandlerView::from).collect()))
}

impl From<HandlerStatus> for HandlerView {
    fn from(status: HandlerStatus) -> Self {
        Self {
            name: status.name,
            version: status.version,
            kind: match status.kind {
                Some(HandlerKind::Policy(_)) => "policy",
                Some(_) => "projection",
                None => "unknown",
            },
            stage: match status.stage {
                HandlerStage::CatchingUp => "catching_up",
                HandlerStage::Live => "live",
                HandlerStage::Building => "building",
                HandlerStage::Elsewhere => "elsewhere",
                HandlerStage::Failing => "failing",
                HandlerStage::Replaced => "replaced",
                HandlerStage::WithoutCode => "without_code",
                HandlerStage::Stopped => "stopped",
                _ => "unknown",
            },
            position: status.position.0,
            lag_events: status.lag.events,
            lag_ms: u64::try_from(status.lag.time.as_millis()).unwrap_or(u64::MAX),
            parked: status.parked,
            error: status.error,
        }
    }
}

/// What the handlers have set aside.
#[utoipa::path(get, path = "/handlers/parked", tag = "operations",
    responses((status = 200, body = Vec<ParkedView>), (status = 503, body = Problem)))]
pub(crate) async fn parked(State(shop): State<Shop>) -> Result<Json<Vec<ParkedView>>, Problem> {
    let parked = shop.app.parked().await?;
    Ok(Json(parked.into_iter().map(ParkedView::from).collect()))
}

impl From<ParkedStream> for ParkedView {
    fn from(parked: ParkedStream) -> Self {
        Self {
            handler: parked.key.name,
            aggregate: parked.stream.category().to_owned(),
            id: parked.stream.id().to_owned(),
            event: parked.event,
            version: parked.version.0,
            position: parked.position.0,
            error: parked.error,
            attempts: parked.attempts,
            since: parked.since.to_string(),
            retry_at: parked.retry_at.map(|time| time.to_string()),
        }
    }
}

/// Says what to do with what a handler has set aside: `retry` it, `release` what is behind it
/// without it, or `discard` it with what is behind it.
#[utoipa::path(post, path = "/handlers/{handler}/parked/{aggregate}/{id}/{instruction}", tag = "operations",
    params(("handler" = String, Path), ("aggregate" = String, Path), ("id" = String, Path), ("instruction" = String, Path)),
    responses((status = 202), (status = "4XX", body = Problem)))]
pub(crate) async fn instruct(
    State(shop): State<Shop>,
    InPath((handler, aggregate, id, instruction)): InPath<(String, String, String, String)>,
) -> Result<StatusCode, Problem> {
    let stream = StreamName::new(aggregate, id);
    let parked = shop.app.parked().await?;
    let is_meant = |parked: &&ParkedStream| parked.key.name == handler && parked.stream == stream;
    let Some(parked) = parked.iter().find(is_meant) else {
        return Err(Problem::not_found(format_args!(
            "the stream {stream}, set aside by {handler},"
        )));
    };
    match instruction.as_str() {
        "retry" => shop.app.retry(parked).await?,
        "release" => shop.app.release(parked).await?,
        "discard" => shop.app.discard(parked).await?,
        _ => {
            return Err(Problem::not_found(format_args!(
                "the instruction `{instruction}`, beside retry, release and discard,"
            )));
        }
    }
    Ok(StatusCode::ACCEPTED)
}

/// The events, with each of their versions.
#[utoipa::path(get, path = "/schemas", tag = "operations",
    responses((status = 200, body = Vec<SchemaView>)))]
pub(crate) async fn schemas() -> Json<Vec<SchemaView>> {
    let view = |(event, version, _): &(&'static str, u32, &str)| SchemaView {
        event,
        version: *version,
        url: format!("/schemas/{event}/{version}"),
    };
    Json(SCHEMAS.iter().map(view).collect())
}

/// The JSON Schema of a version of an event.
#[utoipa::path(get, path = "/schemas/{event}/{version}", tag = "operations",
    params(("event" = String, Path), ("version" = u32, Path)),
    responses((status = 200, content_type = "application/schema+json"), (status = "4XX", body = Problem)))]
pub(crate) async fn schema(
    InPath((event, version)): InPath<(String, u32)>,
) -> Result<Response, Problem> {
    let mut schemas = SCHEMAS.iter();
    let schema = schemas.find(|(name, number, _)| *name == event && *number == version);
    let (_, _, text) = schema.ok_or_else(|| {
        Problem::not_found(format_args!("a schema of {event} in version {version}"))
    })?;
    let content = HeaderValue::from_static("application/schema+json");
    Ok(([(CONTENT_TYPE, content)], *text).into_response())
}
