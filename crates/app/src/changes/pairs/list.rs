//! The needed images as references to the second of two registries.

use longshore_policy::pair::{Stand, Standing};

use super::needed;
use crate::{
    App,
    api::{ApiError, PairKey, PairList},
};

impl App {
    /// The needed images as references to the second of two registries, one in each line. Those that it
    /// lacks, or has under another digest, are comments.
    ///
    /// # Errors
    /// As [`pair`](Self::pair).
    pub async fn pair_list(&self, key: PairKey) -> Result<PairList, ApiError> {
        let pair = needed::compare(self, &key.here, &key.there, &key.needed).await?;
        let (from, to) = (pair.here.host(), pair.there.host());
        Ok(list(&from, &to, &pair.stands))
    }
}

fn list(from: &str, to: &str, stands: &[Stand]) -> PairList {
    let mut found = PairList { text: String::new(), images: 0, absent: 0, map: format!("{from}/ {to}/\n") };
    for one in stands {
        let reference = format!("{to}/{}{}", one.need.repository, one.need.suffix());
        let line = match one.standing {
            // Only the second has it, so the first needs nothing of it.
            Standing::Equal | Standing::Extra => reference,
            Standing::Missing => format!("# missing: {reference}"),
            Standing::Different => format!("# another digest: {reference}"),
            Standing::Nowhere => format!("# in neither registry: {reference}"),
        };
        found.images = found.images.saturating_add(1);
        found.absent = found.absent.saturating_add(u32::from(line.starts_with('#')));
        found.text += &line;
        found.text.push('\n');
    }
    found
}

#[cfg(test)]
mod tests {
    use longshore_policy::pair::{Held, Holdings, Needed, stand_of_all};

    use super::*;

    #[test]
    fn what_the_other_registry_lacks_is_a_comment() {
        let held = |digest: &str| Held { digest: format!("sha256:{digest}"), pushed: None };
        let (mut here, mut there) = (Holdings::default(), Holdings::default());
        for (tag, digest) in [("1", "a"), ("2", "b"), ("3", "c")] {
            here.add("web", tag, held(digest));
        }
        there.add("web", "1", held("a"));
        there.add("web", "2", held("x"));
        let found = list("a.example", "b.example", &stand_of_all(&here, &there, &Needed::All));
        assert_eq!(
            found.text,
            "b.example/web:1\n# another digest: b.example/web:2\n# missing: b.example/web:3\n"
        );
        assert_eq!((found.images, found.absent, found.map.as_str()), (3, 2, "a.example/ b.example/\n"));
    }
}
