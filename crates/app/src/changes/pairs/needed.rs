//! Which images are needed, and how each stands in two registries as they were last read.

use std::path::PathBuf;

use longshore_names::{RegistryId, shown};
use longshore_policy::pair::{Listed, Needed, Stand, TagPattern, read_list, stand_of_all};

use crate::{
    App,
    api::{ApiError, NeededImages, RegistryKey},
    folder::references_in,
    inventory::{KeptImages, KeptRegistry},
};

/// The most patterns of one question.
const MOST_PATTERNS: usize = 200;
/// The most bytes of a list.
const MOST_OF_LIST: usize = 4 * 1024 * 1024;
/// Lines that cannot be used and are named.
const MOST_NAMED: usize = 100;

/// A registry as it was last read.
pub(super) struct Side {
    pub(super) registry: RegistryKey,
    pub(super) of: KeptRegistry,
    pub(super) images: KeptImages,
}

impl Side {
    /// The host of its images.
    pub(super) fn host(&self) -> String {
        self.images.host.clone().unwrap_or_else(|| {
            RegistryId::new(self.registry.account.clone(), self.registry.region.clone()).host()
        })
    }
}

/// Two registries, and every needed image in both.
pub(super) struct Pair {
    pub(super) here: Side,
    pub(super) there: Side,
    pub(super) stands: Vec<Stand>,
    pub(super) foreign: Vec<String>,
    pub(super) unusable: Vec<String>,
}

/// Compares two registries as they were last read.
///
/// # Errors
/// `same-registry`, `other-space`, `invalid-image-pattern`, `list-too-long`; when a folder or the database
/// cannot be read.
pub(super) async fn compare(
    app: &App,
    here: &RegistryKey,
    there: &RegistryKey,
    needed: &NeededImages,
) -> Result<Pair, ApiError> {
    check(here, there)?;
    let side = async |registry: &RegistryKey| {
        let (of, images) = app.inventory.kept_images(registry).await?;
        Ok::<_, ApiError>(Side { registry: registry.clone(), of, images })
    };
    let (here, there) = (side(here).await?, side(there).await?);
    let needed = needed.clone();
    let done = tokio::task::spawn_blocking(move || {
        let (needed, foreign, unusable) = read(&needed, &[&here.host(), &there.host()])?;
        let stands = stand_of_all(&here.images.holdings, &there.images.holdings, &needed);
        Ok(Pair { here, there, stands, foreign, unusable })
    });
    done.await.map_err(|_| ApiError::internal("The comparison ended without a result."))?
}

fn check(here: &RegistryKey, there: &RegistryKey) -> Result<(), ApiError> {
    if here == there {
        return Err(ApiError::input("same-registry", "there", "Both are the same registry."));
    }
    if here.space != there.space {
        let text = "Registries of the sandbox and of AWS are not compared with each other.";
        return Err(ApiError::input("other-space", "there", text));
    }
    Ok(())
}

type Read = (Needed, Vec<String>, Vec<String>);

fn read(needed: &NeededImages, hosts: &[&str]) -> Result<Read, ApiError> {
    match needed {
        NeededImages::All => Ok((Needed::All, Vec::new(), Vec::new())),
        NeededImages::Patterns { patterns } => {
            Ok((Needed::Patterns(read_patterns(patterns)?), Vec::new(), Vec::new()))
        }
        NeededImages::List { text } => {
            if text.len() > MOST_OF_LIST {
                let text = "The list has more than 4 MB.";
                return Err(ApiError::input("list-too-long", "needed.text", text));
            }
            Ok(listed(read_list(text, hosts), Vec::new()))
        }
        NeededImages::Folder { path } => {
            let referred =
                references_in(&PathBuf::from(path.trim())).map_err(|error| error.at("needed.path"))?;
            // References of files have their hosts, so a name without one is of docker's hub.
            Ok(listed(read_list(&referred.images.join("\n"), hosts), referred.unusable))
        }
    }
}

fn read_patterns(patterns: &[String]) -> Result<Vec<TagPattern>, ApiError> {
    if patterns.is_empty() {
        return Err(ApiError::input("nothing-selected", "needed.patterns", "No pattern is given."));
    }
    if patterns.len() > MOST_PATTERNS {
        let text = format!("At most {MOST_PATTERNS} patterns are allowed, not {}.", patterns.len());
        return Err(ApiError::input("invalid-image-pattern", "needed.patterns", text));
    }
    let read = |(index, text): (usize, &String)| {
        TagPattern::parse(text).ok_or_else(|| {
            let text = format!("`{}` is not REPOSITORY[:TAG], in which `*` is any text.", shown(text, 100));
            ApiError::input("invalid-image-pattern", format!("needed.patterns[{index}]"), text)
        })
    };
    patterns.iter().enumerate().map(read).collect()
}

fn listed(found: Listed, mut unusable: Vec<String>) -> Read {
    let Listed { needs, foreign, wrong, more } = found;
    unusable.extend(
        wrong.into_iter().map(|(line, text)| {
            format!("Line {line}: `{}` is not a reference to an image.", shown(&text, 100))
        }),
    );
    let left = unusable.len().saturating_sub(MOST_NAMED) + more;
    unusable.truncate(MOST_NAMED);
    if left > 0 {
        unusable.push(format!("{left} more lines cannot be used or are of other registries."));
    }
    let foreign = foreign.into_iter().map(|text| shown(&text, 200)).collect();
    (Needed::List(needs), foreign, unusable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Space;

    fn at(space: Space, region: &str) -> RegistryKey {
        RegistryKey { space, account: "111122223333".parse().unwrap(), region: region.parse().unwrap() }
    }

    #[test]
    fn a_pair_is_two_registries_of_one_space() {
        let (here, there) = (at(Space::Aws, "us-west-2"), at(Space::Aws, "us-east-2"));
        assert!(check(&here, &there).is_ok());
        assert_eq!(check(&here, &here).unwrap_err().code, "same-registry");
        assert_eq!(check(&here, &at(Space::Sandbox, "us-east-2")).unwrap_err().code, "other-space");
    }

    #[test]
    fn wrong_input_is_refused_at_its_field() {
        let patterns = |all: &[&str]| read_patterns(&all.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(patterns(&["web*", ":1"]).unwrap_err().field.as_deref(), Some("needed.patterns[1]"));
        assert_eq!(patterns(&[]).unwrap_err().code, "nothing-selected");
        assert_eq!(patterns(&["a"; 201]).unwrap_err().code, "invalid-image-pattern");
        let long = NeededImages::List { text: "a".repeat(MOST_OF_LIST + 1) };
        assert_eq!(read(&long, &[]).unwrap_err().code, "list-too-long");
        let folder = NeededImages::Folder { path: "/no/such/folder".into() };
        assert_eq!(read(&folder, &[]).unwrap_err().field.as_deref(), Some("needed.path"));
    }
}
