//! What changed between two looks at a pair of registries.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Held, Stand, Standing};

/// A look at a pair: how each needed image stood. It is stored, so its fields stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Look(BTreeMap<String, Seen>);

/// How an image stood, with the beginnings of its digests: here, there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen(Standing, String, String);

impl Look {
    /// The look at these images; `None` if there are more than `most`.
    pub fn of(all: &[Stand], most: usize) -> Option<Self> {
        let start = |held: &Option<Held>| held.as_ref().map(|held| short(&held.digest)).unwrap_or_default();
        let seen = |one: &Stand| {
            let name = format!("{}{}", one.need.repository, one.need.suffix());
            (name, Seen(one.standing, start(&one.here), start(&one.there)))
        };
        (all.len() <= most).then(|| Self(all.iter().map(seen).collect()))
    }
}

/// Enough of a digest to tell it from another one.
fn short(digest: &str) -> String {
    digest.rsplit(':').next().unwrap_or_default().chars().take(16).collect()
}

/// An image that stands otherwise than at an earlier look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `REPOSITORY[:TAG][@DIGEST]`
    pub image: String,
    /// How it stood; `None` if it was not needed or did not exist.
    pub before: Option<Standing>,
    /// How it stands; `None` if it is gone from both registries, or no longer needed.
    pub now: Option<Standing>,
    /// Whether the tag points at another digest in the first registry.
    pub moved: bool,
}

/// What stands otherwise, by name: another standing, or a tag that was moved in the first registry.
pub fn since(before: &Look, now: &Look) -> Vec<Change> {
    let mut changes = Vec::new();
    for (image, Seen(standing, here, _)) in &now.0 {
        let known = before.0.get(image);
        let moved = known.is_some_and(|Seen(_, was, _)| !was.is_empty() && !here.is_empty() && was != here);
        if moved || known.is_none_or(|Seen(was, ..)| was != standing) {
            let before = known.map(|Seen(was, ..)| *was);
            changes.push(Change { image: image.clone(), before, now: Some(*standing), moved });
        }
    }
    let gone = before.0.iter().filter(|(image, _)| !now.0.contains_key(*image));
    changes.extend(gone.map(|(image, Seen(was, ..))| Change {
        image: image.clone(),
        before: Some(*was),
        now: None,
        moved: false,
    }));
    changes.sort_by(|a, b| a.image.cmp(&b.image));
    changes
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Holdings, Needed, stand_of_all},
        *,
    };

    fn look(here: &[(&str, &str)], there: &[(&str, &str)]) -> Look {
        let holdings = |tags: &[(&str, &str)]| {
            let mut all = Holdings::default();
            for (tag, digest) in tags {
                all.add("web", tag, Held { digest: format!("sha256:{digest}"), pushed: None });
            }
            all
        };
        Look::of(&stand_of_all(&holdings(here), &holdings(there), &Needed::All), 100).unwrap()
    }

    #[test]
    fn what_arrived_went_came_and_moved_is_named() {
        let before = look(&[("1", "a"), ("2", "b"), ("3", "c"), ("5", "e")], &[("1", "a"), ("5", "e")]);
        let now =
            look(&[("1", "a"), ("2", "b"), ("4", "d"), ("5", "f")], &[("1", "a"), ("2", "b"), ("5", "f")]);
        let told: Vec<_> =
            since(&before, &now).into_iter().map(|one| (one.image, one.before, one.now, one.moved)).collect();
        use Standing::{Equal, Missing};
        assert_eq!(
            told,
            [
                ("web:2".to_owned(), Some(Missing), Some(Equal), false),
                ("web:3".to_owned(), Some(Missing), None, false),
                ("web:4".to_owned(), None, Some(Missing), false),
                ("web:5".to_owned(), Some(Equal), Some(Equal), true),
            ]
        );
        assert_eq!(since(&now, &now), []);
    }

    #[test]
    fn a_look_is_stored_and_read_again_and_a_large_one_is_not_kept() {
        let one = look(&[("1", "a")], &[]);
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(text, r#"{"web:1":["missing","a",""]}"#);
        assert_eq!(serde_json::from_str::<Look>(&text).unwrap(), one);
        let stands = stand_of_all(&Holdings::default(), &Holdings::default(), &Needed::All);
        assert!(Look::of(&stands, 0).is_some());
        let mut many = Holdings::default();
        many.add("web", "1", Held { digest: "sha256:a".into(), pushed: None });
        assert_eq!(Look::of(&stand_of_all(&many, &many, &Needed::All), 0), None);
    }
}
