//! The correlation id: what follows from one request carries it, and the response tells it.

use axum::extract::Request;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::problem::Problem;

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
/// Of the W3C's Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The correlation id of a request: its `X-Correlation-Id`, the trace of its `traceparent`, or one
/// that is made up.
#[derive(Clone, Debug)]
pub(crate) struct Correlation(pub(crate) String);

/// Finds the correlation id of a request, and tells it with the response.
pub(crate) async fn correlate(mut request: Request, next: Next) -> Response {
    let trace = request.headers().get(TRACEPARENT).cloned();
    let id = match of(request.headers()) {
        Ok(id) => id,
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(Correlation(id.clone()));
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(CORRELATION_ID, id);
    }
    if let Some(trace) = trace {
        response.headers_mut().insert(TRACEPARENT, trace);
    }
    response
}

fn of(headers: &HeaderMap) -> Result<String, Problem> {
    if let Some(value) = headers.get(CORRELATION_ID) {
        return match value.to_str() {
            Ok(id) if (1..=128).contains(&id.len()) => Ok(id.to_owned()),
            _ => Err(Problem::bad_request(
                "X-Correlation-Id is to be 1 to 128 characters of ASCII",
            )),
        };
    }
    // One that is malformed is as good as none, says the specification.
    let trace = headers.get(TRACEPARENT).and_then(trace_id);
    Ok(trace.unwrap_or_else(|| Uuid::new_v4().to_string()))
}

/// `00-<trace id: 32 hex digits>-<parent: 16>-<flags: 2>`.
fn trace_id(traceparent: &HeaderValue) -> Option<String> {
    let mut parts = traceparent.to_str().ok()?.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_trace = trace.len() == 32 && is_hex(trace) && trace.bytes().any(|b| b != b'0');
    (version.len() == 2 && is_hex(version) && is_trace).then(|| trace.to_owned())
}
