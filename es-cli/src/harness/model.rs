//! Brings the maps of several programs together.

use es_core::EventModel;

/// Adds what another map has. What both have is there once, if it is alike.
///
/// # Errors
/// What is not alike: what it is, and its name.
pub fn merge(into: &mut EventModel, other: EventModel) -> Result<(), String> {
    for aggregate in other.aggregates {
        match into.aggregates.iter().find(|it| it.name == aggregate.name) {
            None => into.aggregates.push(aggregate),
            Some(known) if *known == aggregate => {}
            Some(_) => return Err(format!("aggregate `{}`", aggregate.name)),
        }
    }
    for handler in other.handlers {
        match into.handlers.iter().find(|it| it.name == handler.name) {
            None => into.handlers.push(handler),
            Some(known) if *known == handler => {}
            Some(_) => return Err(format!("{} `{}`", handler.kind, handler.name)),
        }
    }
    into.aggregates
        .sort_by(|one, other| one.name.cmp(&other.name));
    into.handlers
        .sort_by(|one, other| one.name.cmp(&other.name));
    Ok(())
}
