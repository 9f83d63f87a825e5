//! Scenarios of policies: when these events happen, then these commands are sent.

use std::error::Error;
use std::fmt::Debug;

use es_core::{Delivery, Handled, HandlerError, Policy, PolicyCommand, RefusedCommand, To};

use crate::fail::fail;
use crate::project::handled;
use crate::report::{Line, Report};
use crate::runtime::block_on;
use crate::stream::{Numbers, Stream, metas};

/// Begins a scenario of a policy.
///
/// ```
/// # mod account { include!("../tests/account.rs"); }
/// # use account::*;
/// use es_core::prelude::*;
/// use es_testkit::prelude::*;
///
/// #[derive(Default)]
/// struct WelcomeBonus;
///
/// #[policy(name = "welcome_bonus")]
/// impl WelcomeBonus {
///     #[on]
///     fn opened(&self, _: &Opened, id: &AccountId) -> To<Deposit> {
///         Deposit { amount: 10 }.to(id)
///     }
/// }
///
/// policy(WelcomeBonus)
///     .when(stream("acc-1", Opened { owner: "Ada".into(), currency: Currency::Eur }))
///     .then(Deposit { amount: 10 }.to("acc-1"));
/// ```
pub fn policy<P: Policy<Services = ()>>(policy: P) -> PolicyScenario<P> {
    policy_with(policy, ())
}

/// Begins a scenario of a policy that calls on services.
pub fn policy_with<P: Policy>(policy: P, services: P::Services) -> PolicyScenario<P> {
    PolicyScenario { policy, services }
}

/// A policy, before anything has happened.
#[must_use = "this scenario tests nothing: say what happens with `.when(…)`"]
pub struct PolicyScenario<P: Policy> {
    policy: P,
    services: P::Services,
}

/// A policy that has heard of events: say what it must send.
#[must_use = "this scenario tests nothing: say what the policy sends with `.then(…)`, `.then_nothing()` or `.then_error_matching(…)`"]
pub struct PolicyReacted<P: Policy> {
    scenario: PolicyScenario<P>,
    stream: Stream,
    outcome: Result<Vec<PolicyCommand>, HandlerError>,
    happened: String,
}

impl<P: Policy> PolicyScenario<P> {
    /// These events happen.
    #[track_caller]
    pub fn when(self, stream: Stream) -> PolicyReacted<P> {
        if metas(&stream).all(|event| P::META.place_of(event).is_none()) {
            fail(&Report::new(format!(
                "policy {} handles none of the events that happen; it handles {}",
                P::META.name,
                handled(P::META)
            )));
        }
        let outcome = block_on(self.react(&stream));
        PolicyReacted {
            happened: metas(&stream)
                .map(|event| format!("{}\n", event.name))
                .collect(),
            scenario: self,
            stream,
            outcome,
        }
    }

    async fn react(&self, stream: &Stream) -> Result<Vec<PolicyCommand>, HandlerError> {
        let page = Numbers::default().page(stream);
        let mut commands = Vec::new();
        for (record, event) in page.iter().zip(metas(stream)) {
            if let Some(place) = P::META.place_of(event) {
                let reaction = self.policy.on(place, Delivery::of(record), &self.services);
                commands.extend(reaction.finish().await?);
            }
        }
        Ok(commands)
    }
}

impl<P: Policy> PolicyReacted<P> {
    /// All commands it sends are refused with this error; what its `#[refused]` method returns is
    /// what it sends then.
    #[track_caller]
    pub fn refused_with<E>(self, error: E) -> Self
    where
        E: Error + Clone + Send + Sync + 'static,
    {
        self.refused(|command| RefusedCommand::new(command.name(), command.target(), error.clone()))
    }

    /// All commands it sends are refused since their aggregates do not exist.
    #[track_caller]
    pub fn refused_as_not_found(self) -> Self {
        self.refused(|command| RefusedCommand::not_found(command.name(), command.target()))
    }

    /// All commands it sends are refused since they create, and their aggregates exist.
    #[track_caller]
    pub fn refused_as_already_existing(self) -> Self {
        self.refused(|command| RefusedCommand::already_exists(command.name(), command.target()))
    }

    #[track_caller]
    fn refused(mut self, refuse: impl Fn(&PolicyCommand) -> RefusedCommand) -> Self {
        let commands = self.commands();
        if commands.is_empty() {
            fail(&self.report(format!("policy {} sent nothing to refuse", P::META.name)));
        }
        let refusals: Vec<_> = commands.iter().map(refuse).collect();
        let scenario = &self.scenario;
        let page = Numbers::default().page(&self.stream);
        let outcome = block_on(async {
            let mut commands = Vec::new();
            for refusal in refusals {
                // What a `#[refused]` method sees of the event is its stream and metadata.
                if let Some(record) = page.last() {
                    let asked =
                        scenario
                            .policy
                            .refused(refusal, Delivery::of(record), &scenario.services);
                    commands.extend(asked.finish().await?);
                }
            }
            Ok(commands)
        });
        self.outcome = outcome;
        self.happened += "its commands were refused\n";
        self
    }

    fn report(&self, headline: impl Into<String>) -> Report {
        let title = format!("when ({})", self.stream.name());
        Report::new(headline).section(title, &self.happened)
    }

    #[track_caller]
    fn commands(&self) -> &[PolicyCommand] {
        match &self.outcome {
            Ok(commands) => commands,
            Err(error) => fail(&self.report(format!("policy {} failed: {error}", P::META.name))),
        }
    }

    /// It sends exactly these commands, in this order.
    #[track_caller]
    pub fn then(self, commands: impl ExpectedCommands) {
        let mut expected = Vec::new();
        commands.add_to(&mut expected);
        let sent = self.commands();
        let alike = expected.len() == sent.len()
            && expected
                .iter()
                .zip(sent)
                .all(|(expected, sent)| expected.is(sent));
        if alike {
            return;
        }
        let mut lines = Vec::new();
        for (place, command) in expected.iter().enumerate() {
            let is_sent = sent.get(place).is_some_and(|sent| command.is(sent));
            lines.extend(Line::marked(
                if is_sent { ' ' } else { '-' },
                &command.told(),
            ));
            if let Some(sent) = sent.get(place)
                && !is_sent
            {
                lines.extend(Line::marked('+', &command.told_as(sent)));
            }
        }
        for command in sent.iter().skip(expected.len()) {
            lines.extend(Line::marked('+', &format!("{command:?}")));
        }
        let headline = format!("policy {} sent other commands than expected", P::META.name);
        fail(&self.report(headline).lines("- expected, + sent", lines));
    }

    /// It sends nothing.
    #[track_caller]
    pub fn then_nothing(self) {
        let sent = self.commands();
        if !sent.is_empty() {
            let told: String = sent
                .iter()
                .map(|command| format!("{command:?}\n"))
                .collect();
            let headline = format!("expected policy {} to send nothing", P::META.name);
            fail(&self.report(headline).section("sent", &told));
        }
    }

    /// It fails with an error of which this is true.
    #[track_caller]
    pub fn then_error_matching(self, matches: impl FnOnce(&HandlerError) -> bool) {
        match &self.outcome {
            Err(error) if matches(error) => {}
            Err(error) => fail(&self.report(format!(
                "policy {} failed, but the error does not match: {error}",
                P::META.name
            ))),
            Ok(_) => fail(&self.report(format!(
                "expected policy {} to fail, but it did not",
                P::META.name
            ))),
        }
    }
}

/// Commands that a policy is expected to send: `Deposit { amount: 10 }.to("acc-1")`, or a `Vec`,
/// array or tuple of such. The commands have `Debug` and `PartialEq`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of commands for aggregates",
    label = "not commands for aggregates",
    note = "expected commands are `Command {{ … }}.to(id)`, or a `Vec`, array or tuple of such; the commands need `Debug` and `PartialEq`"
)]
pub trait ExpectedCommands {
    #[doc(hidden)]
    fn add_to(self, out: &mut Vec<Box<dyn Expected>>);
}

#[doc(hidden)]
pub trait Expected {
    fn is(&self, sent: &PolicyCommand) -> bool;
    fn told(&self) -> String;
    /// What was sent, in full where it is of the same type.
    fn told_as(&self, sent: &PolicyCommand) -> String;
}

impl<C: Handled + Debug + PartialEq> Expected for To<C> {
    fn is(&self, sent: &PolicyCommand) -> bool {
        sent.downcast_ref::<C>().is_some_and(|sent| sent == self)
    }

    fn told(&self) -> String {
        format!("{self:?}")
    }

    fn told_as(&self, sent: &PolicyCommand) -> String {
        match sent.downcast_ref::<C>() {
            Some(sent) => format!("{sent:?}"),
            None => format!("{sent:?}"),
        }
    }
}

impl<C: Handled + Debug + PartialEq> ExpectedCommands for To<C> {
    fn add_to(self, out: &mut Vec<Box<dyn Expected>>) {
        out.push(Box::new(self));
    }
}

impl<T: ExpectedCommands> ExpectedCommands for Vec<T> {
    fn add_to(self, out: &mut Vec<Box<dyn Expected>>) {
        self.into_iter().for_each(|commands| commands.add_to(out));
    }
}

impl<T: ExpectedCommands, const N: usize> ExpectedCommands for [T; N] {
    fn add_to(self, out: &mut Vec<Box<dyn Expected>>) {
        self.into_iter().for_each(|commands| commands.add_to(out));
    }
}

macro_rules! tuples {
    ($(($($T:ident)+))+) => {$(
        impl<$($T: ExpectedCommands),+> ExpectedCommands for ($($T,)+) {
            fn add_to(self, out: &mut Vec<Box<dyn Expected>>) {
                #[allow(non_snake_case)] // the type parameters' names serve for the values
                let ($($T,)+) = self;
                $($T.add_to(out);)+
            }
        }
    )+};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
}
