//! The terms of a command, from the headers of its request, and its receipt, in those of the
//! response.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use es_core::{Aggregate, AggregateId, Handled, IntoId, Receipt, Request, TypedCommand, Version};
use serde::Serialize;
use utoipa::ToSchema;

use super::correlation::Correlation;
use super::problem::Problem;
use super::refusals::Refusal;
use crate::service::Shop;

/// The header with the position of the last event.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("x-position");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Who it is that records what the API is asked for.
const ACTOR: &str = "api";

/// How a command is to be carried out: `Idempotency-Key`, `If-Match`, and the correlation id.
#[derive(Debug)]
pub(crate) struct Terms {
    idempotency_key: Option<String>,
    expected: Option<Version>,
    correlation: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Terms {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Extension(Correlation(correlation)) = Extension::from_request_parts(parts, state)
            .await
            .map_err(Problem::internal)?;
        Ok(Self {
            idempotency_key: idempotency_key(&parts.headers)?,
            expected: expected(&parts.headers)?,
            correlation,
        })
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    match value.to_str() {
        // Apart from the keys that policies make.
        Ok(key) if (1..=200).contains(&key.len()) => Ok(Some(format!("api/{key}"))),
        _ => Err(Problem::bad_request(
            "Idempotency-Key is to be 1 to 200 characters of ASCII",
        )),
    }
}

fn expected(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    let wrong = || Problem::bad_request("If-Match is to be one ETag as it was given, or *");
    let mut values = headers.get_all(IF_MATCH).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(wrong());
    }
    let text = value.to_str().map_err(|_| wrong())?.trim();
    if text == "*" {
        return Ok(None);
    }
    let quoted = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let version = quoted.and_then(|text| text.parse().ok());
    version
        .map(|version| Some(Version(version)))
        .ok_or_else(wrong)
}

impl Terms {
    /// Sends a command under these terms.
    pub(crate) async fn send<C>(
        self,
        shop: &Shop,
        id: impl IntoId<<C::Aggregate as Aggregate>::Id> + Clone,
        command: C,
    ) -> Result<Done, Problem>
    where
        C: Handled,
        <C::Aggregate as Aggregate>::Error: Refusal,
    {
        let what = named::<C::Aggregate>(&id.clone().into_id());
        let conditional = self.expected.is_some();
        self.on(shop.app.send(id, command))
            .await
            .map(Done)
            .map_err(|error| Problem::of_command(error, &what, conditional))
    }

    fn on<C: Handled>(self, request: Request<TypedCommand<C>>) -> Request<TypedCommand<C>> {
        let mut request = request.actor(ACTOR).correlation_id(self.correlation);
        if let Some(key) = self.idempotency_key {
            request = request.idempotency_key(key);
        }
        if let Some(version) = self.expected {
            request = request.expected_version(version);
        }
        request
    }
}

/// A command that was carried out.
#[derive(Debug)]
pub(crate) struct Done(Receipt);

/// What was recorded.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct ReceiptBody {
    /// The id of what was changed.
    id: String,
    /// Its version now; also the `ETag`.
    version: u64,
    /// The position of the last event; also `X-Position`.
    position: u64,
    /// How many events were recorded; 0 if there was nothing to do.
    events: u32,
}

impl Done {
    /// The answer with another status than 200, and where to look.
    pub(crate) fn at(self, status: StatusCode, location: &str) -> Response {
        let mut response = self.into_response();
        *response.status_mut() = status;
        if let Ok(value) = HeaderValue::try_from(location) {
            response
                .headers_mut()
                .insert(axum::http::header::LOCATION, value);
        }
        response
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let Receipt {
            stream,
            version,
            position,
            events,
        } = self.0;
        let body = ReceiptBody {
            id: stream.id().to_owned(),
            version: version.0,
            position: position.0,
            events,
        };
        let headers = [
            (ETAG, etag(version)),
            (POSITION, HeaderValue::from(position.0)),
        ];
        (headers, Json(body)).into_response()
    }
}

fn etag(version: Version) -> HeaderValue {
    // A number in quotes: there is no way for it to fail.
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Something at a version: with its `ETag`, and 304 to who has it.
pub(crate) fn at_version(headers: &HeaderMap, version: Version, body: impl Serialize) -> Response {
    let tag = etag(version);
    let mut known = headers.get_all(IF_NONE_MATCH).iter();
    if known.any(|known| known == tag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    ([(ETAG, tag)], Json(body)).into_response()
}

/// An aggregate and its version, both of the same moment.
pub(crate) async fn load<A: Aggregate>(
    shop: &Shop,
    id: impl IntoId<A::Id> + Clone,
) -> Result<(A, Version), Problem> {
    let loaded = shop.app.load_versioned::<A>(id.clone()).await;
    loaded.map_err(|error| Problem::of_load(error, &named::<A>(&id.into_id())))
}

/// An aggregate, for people: `cart c-1`.
fn named<A: Aggregate>(id: &A::Id) -> String {
    format!("{} {}", A::NAME, id.to_text())
}
