//! `CreateGroup`, `GetGroup`, `ListGroups`, `DeleteGroup`, and who is in a group.

use super::{
    Answer,
    asked::{Asked, check_free, conflict, entity, entity_mut, limit},
    shown,
};
use crate::{
    control::wire::{error::ApiError, xml::Element},
    iam::{
        Entity,
        Kind::{Group, User},
    },
    state::new_id,
};

const MOST_GROUPS: usize = 10;

pub(super) fn create(asked: &Asked<'_>, result: Element) -> Answer {
    let (name, path) = (asked.name("GroupName", 128)?.to_owned(), asked.path()?);
    asked.allowed(&asked.arn("group", &path, &name))?;
    let group = Entity::new(name.clone(), path, new_id("AGPA", 17), asked.now);
    let shown = shown::entity(asked, "Group", Group, &group, true);
    asked.iam.update(|document| {
        check_free(&document.groups, &name, |name| format!("Group with name {name} already exists."))?;
        document.groups.insert(name, group);
        Ok::<_, ApiError>(())
    })?;
    Ok(Some(result.child(shown)))
}

pub(super) fn get(asked: &Asked<'_>, result: Element) -> Answer {
    let group = asked.read(Group)?;
    let document = asked.document();
    let users = document.users.values().filter(|user| user.groups.contains(&group.name));
    let users = users.map(|user| (user.name.clone(), shown::entity(asked, "member", User, user, false)));
    let result = result.child(shown::entity(asked, "Group", Group, &group, true));
    Ok(Some(asked.page(result, "Users", users.collect())?))
}

pub(super) fn list(asked: &Asked<'_>, result: Element) -> Answer {
    let within = asked.path_filter()?;
    asked.allowed(&asked.arn("group", "/", ""))?;
    let groups = asked.listed(Group).into_iter().filter(|group| within(&group.path));
    Ok(Some(asked.page(result, "Groups", items(asked, groups))?))
}

pub(super) fn list_for_user(asked: &Asked<'_>, result: Element) -> Answer {
    let user = asked.read(User)?;
    let document = asked.document();
    let groups = user.groups.iter().filter_map(|name| document.groups.get(name)).cloned();
    Ok(Some(asked.page(result, "Groups", items(asked, groups))?))
}

fn items(asked: &Asked<'_>, groups: impl Iterator<Item = Entity>) -> Vec<(String, Element)> {
    let one = |group: Entity| {
        let shown = shown::entity(asked, "member", Group, &group, false);
        (group.name, shown)
    };
    groups.map(one).collect()
}

pub(super) fn delete(asked: &Asked<'_>, _: Element) -> Answer {
    let name = asked.changed(Group)?;
    asked.iam.update(|document| {
        let group = entity(document, Group, name)?;
        let blocker = match () {
            () if document.users.values().any(|user| user.groups.contains(name)) => {
                Some("must remove users from group first.")
            }
            () if !group.attached.is_empty() => Some("must detach all policies first."),
            () if !group.inline.is_empty() => Some("must delete policies first."),
            () => None,
        };
        if let Some(blocker) = blocker {
            return Err(conflict(format!("Cannot delete entity, {blocker}")));
        }
        document.groups.remove(name);
        Ok(())
    })?;
    Ok(None)
}

pub(super) fn add_user(asked: &Asked<'_>, _: Element) -> Answer {
    let (group, user) = (asked.changed(Group)?, asked.name_of(User)?);
    asked.modifiable(User, user)?;
    asked.iam.update(|document| {
        entity(document, Group, group)?;
        let groups = &mut entity_mut(document, User, user)?.groups;
        if !groups.contains(group) && groups.len() >= MOST_GROUPS {
            return Err(limit(format!("Cannot exceed quota for GroupsPerUser: {MOST_GROUPS}")));
        }
        groups.insert(group.to_owned());
        Ok(())
    })?;
    Ok(None)
}

pub(super) fn remove_user(asked: &Asked<'_>, _: Element) -> Answer {
    let (group, user) = (asked.changed(Group)?, asked.name_of(User)?);
    asked.iam.update(|document| {
        entity(document, Group, group)?;
        match entity_mut(document, User, user)?.groups.remove(group) {
            true => Ok(()),
            false => Err(super::asked::missing(format!("User {user} is not in group {group}."))),
        }
    })?;
    Ok(None)
}
