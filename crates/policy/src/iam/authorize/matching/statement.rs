//! Whether a statement is about a request.

use super::{
    conditions,
    fit::Fit,
    principals::{Grant, named},
    variables::{Unresolved, resolved},
};
use crate::{
    iam::{
        Effect, Element,
        authorize::{
            StatementAt,
            context::Request,
            document::{Document, Prepared},
        },
        evaluate::action_fits,
    },
    pattern::Pattern,
};

/// A statement that is or may be about the request.
#[derive(Debug, Clone)]
pub(in crate::iam::authorize) struct Found {
    pub(in crate::iam::authorize) at: StatementAt,
    pub(in crate::iam::authorize) effect: Effect,
    pub(in crate::iam::authorize) grant: Grant,
    pub(in crate::iam::authorize) fit: Fit,
}

/// The statements of a document that are or may be about the request, one entry for each way in which
/// they name the caller.
pub(in crate::iam::authorize) fn found_in(document: &Document, request: &Request<'_>) -> Vec<Found> {
    let mut all = Vec::new();
    for statement in &document.statements {
        let grants = match document.layer.names_principals() {
            true => named(&statement.principals, &statement.effect, request),
            false => vec![(Grant::Direct, Fit::Yes)],
        };
        if grants.iter().all(|(_, fit)| *fit == Fit::No) {
            continue;
        }
        let rest = rest(statement, document, request);
        for (grant, fit) in grants {
            let fit = Fit::all([fit, rest.clone()]);
            if fit != Fit::No {
                let at = document.at(statement);
                all.push(Found { at, effect: statement.effect.clone(), grant, fit });
            }
        }
    }
    all
}

/// Whether a statement is about the request's action, resource and keys.
fn rest(statement: &Prepared, document: &Document, request: &Request<'_>) -> Fit {
    let action = match &statement.actions {
        Element::Unreadable => Fit::because("its actions cannot be read"),
        actions => Fit::of(actions.covers(|pattern| action_fits(pattern, &request.action.lower))),
    };
    if action == Fit::No {
        return Fit::No;
    }
    let resource = resource(statement, document, request);
    if resource == Fit::No {
        return Fit::No;
    }
    let condition = match &statement.tests {
        None => Fit::because("its condition cannot be read"),
        Some(tests) => {
            Fit::all(tests.iter().map(|test| conditions::holds(test, request, document.variables)))
        }
    };
    Fit::all([action, resource, condition])
}

fn resource(statement: &Prepared, document: &Document, request: &Request<'_>) -> Fit {
    let fits = |pattern: &String| match pattern_of(pattern, document, request) {
        Ok(pattern) => Some(Fit::of(pattern.matches(request.resource_text()))),
        Err(Unresolved::Unknown(gaps)) => Some(Fit::Maybe(gaps)),
        Err(Unresolved::Invalid) => None,
    };
    match &statement.resources {
        // The policy of a repository is about its repository.
        Element::Missing => Fit::of(document.layer.names_principals()),
        Element::Unreadable => Fit::because("its resources cannot be read"),
        Element::Only(all) => Fit::any(all.iter().filter_map(fits)),
        // A variable without a value makes the statement invalid.
        Element::AllBut(all) => match all.iter().map(fits).collect::<Option<Vec<Fit>>>() {
            Some(fits) => Fit::any(fits).not(),
            None => Fit::No,
        },
    }
}

/// A resource with its variables replaced, which AWS does only after the fifth colon.
fn pattern_of(text: &str, document: &Document, request: &Request<'_>) -> Result<Pattern, Unresolved> {
    let early = text.splitn(6, ':').take(5).any(|part| part.contains("${")) && text.starts_with("arn:");
    if document.variables && !early { resolved(text, request) } else { Ok(Pattern::new(text)) }
}
