//! What is taken from a request, with a problem where it is not as it should be.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use es_core::{AggregateId, Position};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::service::Shop;

/// The body: JSON of this type.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(of_body(&rejection)),
        }
    }
}

fn of_body(rejection: &JsonRejection) -> Problem {
    let (name, title) = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ("too-large", "The body is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("not-json", "The body is to be application/json"),
        StatusCode::UNPROCESSABLE_ENTITY => ("invalid", "The request cannot be carried out"),
        _ => ("bad-request", "The request cannot be understood"),
    };
    Problem::new(rejection.status(), name, title, rejection.body_text())
}

/// The parameters of the path.
#[derive(Debug)]
pub(crate) struct InPath<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let told = |rejection: PathRejection| Problem::bad_request(rejection.body_text());
        let Path(value) = Path::from_request_parts(parts, state).await.map_err(told)?;
        Ok(Self(value))
    }
}

/// The id of an aggregate, from the path: letters, digits, `.`, `_` and `-`, 64 at most.
#[derive(Debug)]
pub(crate) struct Id<I>(pub(crate) I);

impl<S: Send + Sync, I: AggregateId> FromRequestParts<S> for Id<I> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let InPath(text) = InPath::<String>::from_request_parts(parts, state).await?;
        id(&text).map(Self)
    }
}

/// An id of this text, as [`Id`] takes it.
pub(crate) fn id<I: AggregateId>(text: &str) -> Result<I, Problem> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if text.len() > 64 || !text.chars().all(is_plain) {
        return Err(Problem::bad_request(
            "an id is made of letters, digits, `.`, `_` and `-`, 64 at most",
        ));
    }
    I::from_text(text).map_err(Problem::bad_request)
}

/// The parameters of the query.
#[derive(Debug)]
pub(crate) struct InQuery<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for InQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let told = |rejection: QueryRejection| Problem::bad_request(rejection.body_text());
        let Query(value) = Query::from_request_parts(parts, state)
            .await
            .map_err(told)?;
        Ok(Self(value))
    }
}

/// The position a read model has to have reached: the header `X-Position`, or `?after=`.
#[derive(Debug)]
pub(crate) struct After(Option<Position>);

#[derive(Deserialize)]
struct AfterInQuery {
    after: Option<u64>,
}

impl<S: Send + Sync> FromRequestParts<S> for After {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let InQuery(query) = InQuery::<AfterInQuery>::from_request_parts(parts, state).await?;
        if let Some(after) = query.after {
            return Ok(Self(Some(Position(after))));
        }
        let Some(header) = parts.headers.get(super::terms::POSITION) else {
            return Ok(Self(None));
        };
        let position = header.to_str().ok().and_then(|text| text.parse().ok());
        position
            .map(|position| Self(Some(Position(position))))
            .ok_or_else(|| Problem::bad_request("X-Position is to be a number"))
    }
}

impl After {
    /// Waits until the projection has reached the position.
    pub(crate) async fn wait(&self, shop: &Shop, projection: &str) -> Result<(), Problem> {
        let Some(position) = self.0 else {
            return Ok(());
        };
        if position > shop.app.store().last_position().await? {
            return Err(Problem::bad_request(format!(
                "nothing is recorded at position {position} yet"
            )));
        }
        let caught_up = shop.app.caught_up(projection, position);
        match tokio::time::timeout(shop.patience, caught_up).await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(Problem::new(
                StatusCode::GATEWAY_TIMEOUT,
                "behind",
                "The read model is behind",
                format!("{projection} has not reached position {position} yet; try again"),
            )),
        }
    }
}
