//! `#[apply(…)]` on a field of the state: what its rules say of each event.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{BinOp, Expr, ExprClosure, Field, Ident, Path, Token};

use super::aggregate::same;
use crate::attr;
use crate::errors::Errors;

/// `Event = value`, `Event += value` or `Event => |field, e| { … }`.
pub(crate) struct Rule {
    pub(crate) event: Path,
    pub(crate) change: Change,
}

/// What a rule does to its field.
pub(crate) enum Change {
    Assign(Value),
    Operator(BinOp, Value),
    Closure(Box<ExprClosure>),
    /// Reported.
    Wrong,
}

/// The right-hand side of a rule.
pub(crate) enum Value {
    /// A lone identifier: the event's field of that name.
    EventField(Ident),
    /// Anything else, with `e` in scope.
    Expr(Box<Expr>),
}

impl Rule {
    /// Reads a rule. A mistake after the event is reported, and the event counts as having a rule.
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Self> {
        let event: Path = input.parse()?;
        let change = match input.parse() {
            Ok(change) => change,
            Err(error) => {
                errors.add(error);
                attr::skip_to_comma(input)?;
                Change::Wrong
            }
        };
        Ok(Self { event, change })
    }
}

impl Parse for Change {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(if input.parse::<Option<Token![=>]>>()?.is_some() {
            match input.parse()? {
                Expr::Closure(closure) if closure.inputs.len() == 2 => {
                    Change::Closure(Box::new(closure))
                }
                other => {
                    return Err(syn::Error::new_spanned(
                        other,
                        "after `=>` comes a closure of two arguments: `|field, e| { … }`",
                    ));
                }
            }
        } else if input.parse::<Option<Token![=]>>()?.is_some() {
            Change::Assign(input.parse()?)
        } else {
            Change::Operator(operator(input)?, input.parse()?)
        })
    }
}

fn operator(input: ParseStream<'_>) -> syn::Result<BinOp> {
    let at = input.span();
    let expected = || {
        syn::Error::new(
            at,
            "expected `=`, an assignment operator such as `+=`, or `=>` after the event",
        )
    };
    match input.parse::<BinOp>() {
        Ok(
            op @ (BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)),
        ) => Ok(op),
        _ => Err(expected()),
    }
}

impl Parse for Value {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let value: Expr = input.parse()?;
        if let Some(at) = find_self(value.to_token_stream()) {
            return Err(syn::Error::new(
                at,
                "a rule sees the event only; to look at the state, write an `#[apply]` method in the `#[handlers]` block",
            ));
        }
        if let Expr::Path(path) = &value
            && let Some(ident) = path.path.get_ident()
            && path.attrs.is_empty()
            && !ident.unraw().to_string().starts_with(char::is_uppercase)
        {
            return Ok(Self::EventField(ident.clone()));
        }
        Ok(Self::Expr(Box::new(value)))
    }
}

fn find_self(tokens: TokenStream) -> Option<proc_macro2::Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == "self" => Some(ident.span()),
        TokenTree::Group(group) => find_self(group.stream()),
        _ => None,
    })
}

fn rule_list(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<Rule>> {
    let mut rules = Vec::new();
    while !input.is_empty() {
        rules.push(Rule::read(input, errors)?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(rules)
}

/// The rules of a field, one an event.
pub(super) fn of_field(field: &Field, errors: &mut Errors) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("apply")) {
        if matches!(attribute.meta, syn::Meta::Path(_)) {
            errors.push(
                attribute,
                "expected rules: `#[apply(Event = value, Event += value)]`",
            );
            continue;
        }
        match attribute.parse_args_with(|input: ParseStream<'_>| rule_list(input, errors)) {
            Ok(parsed) => {
                for rule in parsed {
                    if rules.iter().any(|before| same(&before.event, &rule.event)) {
                        let event = rule.event.to_token_stream();
                        errors.push(
                            &rule.event,
                            format!("the field has two rules for `{event}`; write one, or `{event} => |field, e| {{ … }}`"),
                        );
                    } else {
                        rules.push(rule);
                    }
                }
            }
            Err(error) => errors.add(error),
        }
    }
    rules
}
