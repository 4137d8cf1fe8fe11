//! `CreateAccessKey`, `ListAccessKeys`, `UpdateAccessKey`, `DeleteAccessKey`.

use super::{
    Answer,
    asked::{Asked, entity, limit, missing, validation},
    shown, users,
};
use crate::{
    control::wire::{
        error::{ApiError, ApiResult},
        xml::Element,
    },
    iam::{ADMINISTRATOR, AccessKey, Kind::User},
    state::new_key,
};

const MOST_KEYS: usize = 2;

/// The user whose keys the call changes.
fn changed(asked: &Asked<'_>) -> ApiResult<String> {
    let name = users::named(asked)?;
    asked.allowed(&asked.arn_of(User, &name))?;
    asked.modifiable(User, &name)?;
    Ok(name)
}

pub(super) fn create(asked: &Asked<'_>, result: Element) -> Answer {
    let user = changed(asked)?;
    let (id, secret) = new_key();
    asked.iam.update(|document| {
        entity(document, User, &user)?;
        if document.keys.values().filter(|key| key.user == user).count() >= MOST_KEYS {
            return Err(limit(format!("Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}")));
        }
        let key = AccessKey {
            user: user.clone(),
            secret_access_key: secret.clone(),
            active: true,
            created_at: asked.now,
        };
        document.keys.insert(id.clone(), key);
        Ok(())
    })?;
    let key = Element::new("AccessKey")
        .text("UserName", &user)
        .text("AccessKeyId", &id)
        .text("Status", "Active")
        .text("SecretAccessKey", &secret)
        .text("CreateDate", &shown::time(asked.now));
    Ok(Some(result.child(key)))
}

pub(super) fn list(asked: &Asked<'_>, result: Element) -> Answer {
    let user = asked.read_named(User, &users::named(asked)?)?;
    let document = asked.document();
    let one = |id: &str, active: bool, created_at| {
        let key = Element::new("member")
            .text("UserName", &user.name)
            .text("AccessKeyId", id)
            .text("Status", if active { "Active" } else { "Inactive" })
            .text("CreateDate", &shown::time(created_at));
        (id.to_owned(), key)
    };
    let own = document.keys.iter().filter(|(_, key)| key.user == user.name);
    let mut keys: Vec<_> = own.map(|(id, key)| one(id, key.active, key.created_at)).collect();
    if user.name == ADMINISTRATOR {
        let accounts = asked.state.document().accounts;
        let own = accounts.iter().filter(|account| account.account == asked.caller.account);
        keys.extend(own.map(|account| one(&account.access_key_id, true, user.created_at)));
    }
    Ok(Some(asked.page(result, "AccessKeyMetadata", keys)?))
}

pub(super) fn update(asked: &Asked<'_>, _: Element) -> Answer {
    let active = match asked.needed("Status")? {
        "Active" => true,
        "Inactive" => false,
        other => {
            return Err(validation(format!(
                "1 validation error detected: Value '{other}' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]"
            )));
        }
    };
    let (user, id) = (changed(asked)?, asked.needed("AccessKeyId")?);
    asked.iam.update(|document| {
        let key = document.keys.get_mut(id).filter(|key| key.user == user);
        key.ok_or_else(|| no_key(id))?.active = active;
        Ok::<_, ApiError>(())
    })?;
    Ok(None)
}

pub(super) fn delete(asked: &Asked<'_>, _: Element) -> Answer {
    let (user, id) = (changed(asked)?, asked.needed("AccessKeyId")?);
    asked.iam.update(|document| {
        if document.keys.get(id).is_none_or(|key| key.user != user) {
            return Err(no_key(id));
        }
        document.keys.remove(id);
        Ok(())
    })?;
    Ok(None)
}

fn no_key(id: &str) -> ApiError {
    missing(format!("The Access Key with id {} cannot be found.", longshore_names::shown(id, 128)))
}
