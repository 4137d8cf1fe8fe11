//! `CreateAccessKey`, `ListAccessKeys`, `UpdateAccessKey`, `DeleteAccessKey`, `GetAccessKeyLastUsed`.

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

/// The key is found by its id alone; its user is in the response.
pub(super) fn last_used(asked: &Asked<'_>, result: Element) -> Answer {
    let id = asked.needed("AccessKeyId")?;
    let of_account = || {
        let accounts = asked.state.document().accounts;
        accounts
            .iter()
            .any(|one| one.account == asked.caller.account && one.access_key_id == id)
            .then(|| ADMINISTRATOR.to_owned())
    };
    let user = asked.document().keys.get(id).map(|key| key.user.clone()).or_else(of_account);
    // Without the key there is no user whom a policy could name.
    asked.allowed(&user.as_deref().map_or("*".to_owned(), |user| asked.arn_of(User, user)))?;
    // IAM declares no error for a key that it does not find.
    let denied = || {
        ApiError::new(
            "AccessDenied",
            format!("The access key {} cannot be read.", longshore_names::shown(id, 128)),
        )
    };
    let user = user.ok_or_else(|| denied().with_status(http::StatusCode::FORBIDDEN))?;
    let used =
        asked.state.key_uses.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(id).cloned();
    let mut last = Element::new("AccessKeyLastUsed");
    if let Some(used) = &used {
        last = last.text("LastUsedDate", &shown::time(used.at));
    }
    let text = |of: Option<&String>| of.map_or("N/A".to_owned(), Clone::clone);
    let last = last
        .text("ServiceName", &text(used.as_ref().map(|used| &used.service)))
        .text("Region", &text(used.as_ref().map(|used| &used.region)));
    Ok(Some(result.text("UserName", &user).child(last)))
}

fn no_key(id: &str) -> ApiError {
    missing(format!("The Access Key with id {} cannot be found.", longshore_names::shown(id, 128)))
}
