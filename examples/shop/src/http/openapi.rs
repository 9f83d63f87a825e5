//! The description of the API.

use axum::Json;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, RefOr, Type};
use utoipa::{Modify, OpenApi};

use super::{carts, operations, orders, products};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "The shop",
        description = "Commands are answered with an `ETag` (the version of what was changed) and \
            an `X-Position`. Give `If-Match` to change something only if it is still at that \
            version, `Idempotency-Key` to be able to repeat a request, `X-Correlation-Id` or \
            `traceparent` to find what followed from it. Give a read model the `X-Position` you \
            were answered (or `?after=`), and it tells what it holds then."
    ),
    modifiers(&CommandHeaders),
    paths(
        products::list,
        products::product,
        products::reprice,
        products::delist,
        products::receive,
        products::stock,
        products::all_stock,
        carts::open,
        carts::cart,
        carts::add,
        carts::remove,
        carts::check_out,
        orders::orders,
        orders::order,
        orders::cancel,
        orders::payment,
        orders::shipment,
        orders::dispatch,
        orders::best_sellers,
        orders::revenue,
        operations::health,
        operations::handlers,
        operations::parked,
        operations::instruct,
        operations::schemas,
        operations::schema,
    )
)]
struct Api;

/// The headers every command takes.
struct CommandHeaders;

impl Modify for CommandHeaders {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        // What is said to a handler is no command.
        let paths = api.paths.paths.iter_mut();
        for (_, path) in paths.filter(|(path, _)| !path.starts_with("/handlers")) {
            let commands = [&mut path.put, &mut path.post, &mut path.delete];
            for command in commands.into_iter().flatten() {
                let parameters = command.parameters.get_or_insert_default();
                parameters.extend([
                    header("Idempotency-Key", "Makes sending it again harmless"),
                    header("If-Match", "Carries it out at this version only"),
                    header("X-Correlation-Id", "Recorded with all that follows"),
                ]);
            }
        }
    }
}

fn header(name: &str, description: &str) -> RefOr<Parameter> {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
        .into()
}

/// The API in OpenAPI.
pub(crate) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Api::openapi())
}
