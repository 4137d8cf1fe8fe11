//! `CreateUser`, `GetUser`, `ListUsers`, `DeleteUser`.

use super::{
    Answer,
    asked::{Asked, check_free, conflict, entity},
    attachments, shown,
};
use crate::{
    control::wire::xml::Element,
    iam::{ADMINISTRATOR, Entity, Kind::User},
    state::new_id,
};

pub(super) fn create(asked: &Asked<'_>, result: Element) -> Answer {
    let (name, path) = (asked.name("UserName", 64)?.to_owned(), asked.path()?);
    asked.allowed(&asked.arn("user", &path, &name))?;
    let mut user = Entity::new(name.clone(), path, new_id("AIDA", 17), asked.now);
    user.tags = asked.tags()?;
    let boundary = asked.form.get("PermissionsBoundary");
    let created = asked.iam.update(|document| {
        let text = |name: &str| format!("User with name {name} already exists.");
        check_free(&document.users, &name, text)?;
        if name.eq_ignore_ascii_case(ADMINISTRATOR) {
            return Err(super::asked::exists(text(&name)));
        }
        user.boundary = boundary.map(|arn| attachments::known(asked, document, arn)).transpose()?;
        document.users.insert(name, user.clone());
        Ok(user)
    })?;
    Ok(Some(result.child(shown::entity(asked, "User", User, &created, true))))
}

pub(super) fn get(asked: &Asked<'_>, result: Element) -> Answer {
    let name = named(asked)?;
    let user = asked.read_named(User, &name)?;
    Ok(Some(result.child(shown::entity(asked, "User", User, &user, true))))
}

/// The user that the call names, or its caller.
pub(super) fn named(asked: &Asked<'_>) -> crate::control::wire::error::ApiResult<String> {
    if asked.form.get("UserName").is_some() {
        return Ok(asked.name_of(User)?.to_owned());
    }
    let caller = asked.caller.user_name().map(str::to_owned);
    caller.ok_or_else(|| {
        super::asked::validation("Must specify userName when calling with non-User credentials")
    })
}

pub(super) fn list(asked: &Asked<'_>, result: Element) -> Answer {
    let within = asked.path_filter()?;
    asked.allowed(&asked.arn("user", "/", ""))?;
    let users = asked.listed(User).into_iter().filter(|user| within(&user.path));
    let users = users.map(|user| {
        let shown = shown::entity(asked, "member", User, &user, false);
        (user.name, shown)
    });
    Ok(Some(asked.page(result, "Users", users.collect())?))
}

pub(super) fn delete(asked: &Asked<'_>, _: Element) -> Answer {
    let name = asked.changed(User)?;
    asked.iam.update(|document| {
        let user = entity(document, User, name)?;
        let keys = document.keys.values().any(|key| key.user == name);
        let blocker = match () {
            () if !user.groups.is_empty() => Some("must remove users from group first."),
            () if keys => Some("must delete access keys first."),
            () if !user.attached.is_empty() => Some("must detach all policies first."),
            () if !user.inline.is_empty() => Some("must delete policies first."),
            () => None,
        };
        if let Some(blocker) = blocker {
            return Err(conflict(format!("Cannot delete entity, {blocker}")));
        }
        document.users.remove(name);
        Ok(())
    })?;
    Ok(None)
}
