//! What a client hears when something is wrong: problem details after RFC 9457.

use std::fmt::Display;

use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use es_core::{CommandError, HandlerCallError, LoadError, StoreError, StoreErrorKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::refusals::Refusal;

/// Problem details, `application/problem+json`.
#[derive(Serialize, ToSchema, Debug)]
pub struct Problem {
    /// What kind of problem it is: `urn:shop:problem:out-of-date`, say.
    #[serde(rename = "type")]
    kind: String,
    /// The same in words, without what is special to this one.
    title: &'static str,
    /// The status of the response.
    #[schema(value_type = u16)]
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    /// What went wrong this time.
    detail: String,
}

fn as_number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

impl Problem {
    /// A problem; `name` is the last part of its type.
    pub(crate) fn new(
        status: StatusCode,
        name: &str,
        title: &'static str,
        detail: impl Display,
    ) -> Self {
        Self {
            kind: format!("urn:shop:problem:{name}"),
            title,
            status,
            detail: detail.to_string(),
        }
    }

    /// A request that cannot be understood.
    pub(crate) fn bad_request(detail: impl Display) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad-request",
            "The request cannot be understood",
            detail,
        )
    }

    /// Something that is not there.
    pub(crate) fn not_found(what: impl Display) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is no such thing",
            format!("{what} does not exist"),
        )
    }

    /// A failure of the service; `error` is for its log, not for the client.
    pub(crate) fn internal(error: impl Display) -> Self {
        eprintln!("shop: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The shop failed",
            "this is not your fault; it has been noted",
        )
    }

    /// A command for `what` that came to nothing. `conditional`: it said which version it is for.
    pub(crate) fn of_command<E: Refusal>(
        error: CommandError<E>,
        what: &str,
        conditional: bool,
    ) -> Self {
        match error {
            CommandError::Domain(error) => {
                let (status, name, title) = error.problem();
                Self::new(status, name, title, error)
            }
            CommandError::NotFound => Self::not_found(what),
            CommandError::AlreadyExists => Self::new(
                StatusCode::CONFLICT,
                "already-exists",
                "It exists already",
                format!("there is {what}"),
            ),
            CommandError::Conflict(conflict) if conditional => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "out-of-date",
                "It has changed since",
                format!(
                    "{what} is at version {}, not {}; get it and decide again",
                    conflict.actual, conflict.expected
                ),
            ),
            CommandError::Conflict(_) => Self::new(
                StatusCode::CONFLICT,
                "contended",
                "Too many write to it at once",
                "try again",
            ),
            CommandError::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }

    /// `what` cannot be loaded.
    pub(crate) fn of_load(error: LoadError, what: &str) -> Self {
        match error {
            LoadError::NotFound => Self::not_found(what),
            LoadError::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error.kind() {
            StoreErrorKind::Busy | StoreErrorKind::Closed | StoreErrorKind::Unavailable => {
                eprintln!("shop: {error}");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "The shop is busy or closing",
                    "try again",
                )
            }
            StoreErrorKind::Full => {
                eprintln!("shop: {error}");
                Self::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "full",
                    "The shop has no room",
                    "nothing can be recorded until there is room",
                )
            }
            _ => Self::internal(error),
        }
    }
}

impl From<HandlerCallError> for Problem {
    fn from(error: HandlerCallError) -> Self {
        match &error {
            HandlerCallError::Unknown { .. } | HandlerCallError::NotParked { .. } => Self::new(
                StatusCode::NOT_FOUND,
                "not-found",
                "There is no such thing",
                error,
            ),
            HandlerCallError::Parked { handler, .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "parked",
                "The read model could not take this up",
                format!("{handler} has set it aside; see /handlers/parked"),
            ),
            HandlerCallError::Stopped { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The shop is busy or closing",
                "try again",
            ),
            _ => Self::internal(error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Texts and a number: there is no way for it to fail.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let content = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, [(CONTENT_TYPE, content)], body).into_response();
        if matches!(
            self.status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
        ) {
            let seconds = HeaderValue::from_static("1");
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}

/// The answer to a path that leads nowhere.
pub(crate) async fn no_route(uri: Uri) -> Problem {
    Problem::not_found(uri.path())
}

/// The answer to a method that a path does not have; axum adds `Allow`.
pub(crate) async fn no_method(method: axum::http::Method, uri: Uri) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "The path does not have this method",
        format!("{} does not have {method}", uri.path()),
    )
}
