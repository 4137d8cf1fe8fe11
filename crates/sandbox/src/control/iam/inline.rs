//! Inline policies of users, groups and roles.

use super::{
    Answer,
    asked::{Asked, entity_mut, limit, missing, size},
    shown,
};
use crate::{
    control::wire::{error::ApiError, xml::Element},
    iam::Kind,
};

/// Characters of all inline policies together (IAM user guide, "IAM and AWS STS quotas").
fn largest(kind: Kind) -> usize {
    match kind {
        Kind::User => 2048,
        Kind::Group => 5120,
        Kind::Role => 10_240,
    }
}

pub(super) fn put(asked: &Asked<'_>, kind: Kind) -> Answer {
    let policy = asked.name("PolicyName", 128)?;
    let name = asked.changed(kind)?;
    let text = asked.policy_text()?;
    asked.iam.update(|document| {
        let inline = &mut entity_mut(document, kind, name)?.inline;
        inline.insert(policy.to_owned(), text.to_owned());
        let most = largest(kind);
        match inline.values().map(|text| size(text)).sum::<usize>() <= most {
            true => Ok(()),
            false => {
                Err(limit(format!("Maximum policy size of {most} bytes exceeded for {} {name}", kind.word())))
            }
        }
    })?;
    Ok(None)
}

pub(super) fn get(asked: &Asked<'_>, result: Element, kind: Kind) -> Answer {
    let (holder, policy) = (asked.read(kind)?, asked.name("PolicyName", 128)?);
    let text = holder.inline.get(policy).ok_or_else(|| no_policy(kind, policy))?;
    let name = match kind {
        Kind::User => "UserName",
        Kind::Group => "GroupName",
        Kind::Role => "RoleName",
    };
    let result = result.text(name, &holder.name).text("PolicyName", policy);
    Ok(Some(result.text("PolicyDocument", &shown::encoded(text))))
}

pub(super) fn list(asked: &Asked<'_>, result: Element, kind: Kind) -> Answer {
    let names = asked.read(kind)?.inline.into_keys().map(|name| {
        let member = Element::with_text("member", &name);
        (name, member)
    });
    Ok(Some(asked.page(result, "PolicyNames", names.collect())?))
}

pub(super) fn delete(asked: &Asked<'_>, kind: Kind) -> Answer {
    let (name, policy) = (asked.changed(kind)?, asked.name("PolicyName", 128)?);
    asked.iam.update(|document| match entity_mut(document, kind, name)?.inline.remove(policy) {
        Some(_) => Ok(()),
        None => Err(no_policy(kind, policy)),
    })?;
    Ok(None)
}

fn no_policy(kind: Kind, name: &str) -> ApiError {
    missing(format!("The {} policy with name {name} cannot be found.", kind.word()))
}
