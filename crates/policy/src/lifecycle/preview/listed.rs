//! Reads the output of `aws ecr describe-images`.

use std::{collections::HashMap, fmt};

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::described::{DescribedImage, DescribedImages};
use crate::{Finding, lifecycle::StorageClass};

/// Ten times as many images as ECR allows in a repository by default.
const MAX_IMAGES: usize = 1_000_000;
/// The longest tag of ECR's API.
const LONGEST_TAG: usize = 300;
/// Times above it are milliseconds: it is the year 5138 in seconds.
const MOST_SECONDS: f64 = 1e11;

const INDEXES: [&str; 2] =
    ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

/// The images of all pages.
pub(super) fn read(text: &str) -> Result<DescribedImages, Finding> {
    let problem = |text: String| Finding::error("images-unreadable", text);
    let text = text.trim_start_matches('\u{feff}');
    let mut out = DescribedImages::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut pages = 0;
    for page in serde_json::Deserializer::from_str(text).into_iter::<Page>() {
        let page = page.map_err(|error| {
            let full = error.to_string();
            let what = full.rsplit_once(" at line ").map_or(full.as_str(), |(what, _)| what);
            problem(format!("This is not the output of describe-images: {what}."))
                .in_text(error.line().max(1), error.column().max(1))
        })?;
        pages += 1;
        for detail in page.0 {
            known(&mut out.account, detail.registry_id.as_deref(), "registries").map_err(problem)?;
            known(&mut out.repository, detail.repository_name.as_deref(), "repositories").map_err(problem)?;
            let image = detail.image().map_err(problem)?;
            match places.get(&image.digest) {
                // The same image on two pages, because one was pushed in between.
                Some(at) => merge(&mut out.images[*at], image),
                None => {
                    places.insert(image.digest.clone(), out.images.len());
                    out.images.push(image);
                }
            }
            if out.images.len() > MAX_IMAGES {
                return Err(problem(format!("There are more than {MAX_IMAGES} images.")));
            }
        }
    }
    if pages == 0 {
        return Err(problem("The file is empty; it should be the output of describe-images.".to_owned()));
    }
    Ok(out)
}

fn merge(known: &mut DescribedImage, again: DescribedImage) {
    for tag in again.tags {
        if !known.tags.contains(&tag) {
            known.tags.push(tag);
        }
    }
}

/// Keeps what all images must have in common.
fn known(so_far: &mut Option<String>, next: Option<&str>, several: &str) -> Result<(), String> {
    match (&so_far, next) {
        (Some(one), Some(other)) if one != other => {
            Err(format!("The images are of several {several}, `{one}` and `{other}`; preview one at a time."))
        }
        (None, Some(next)) => {
            *so_far = Some(next.to_owned());
            Ok(())
        }
        _ => Ok(()),
    }
}

/// One answer.
struct Page(Vec<Detail>);

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PageVisitor)
    }
}

struct PageVisitor;

impl<'de> Visitor<'de> for PageVisitor {
    type Value = Page;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the list `imageDetails`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Page, A::Error> {
        let mut all = Vec::new();
        while let Some(detail) = list.next_element()? {
            all.push(detail);
        }
        Ok(Page(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page, A::Error> {
        let mut details = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "imageDetails" => details = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        details.map(Page).ok_or_else(|| A::Error::custom("the list `imageDetails` is missing"))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an image of describe-images")]
struct Detail {
    registry_id: Option<String>,
    repository_name: Option<String>,
    image_digest: Option<String>,
    #[serde(default)]
    image_tags: Option<Vec<String>>,
    image_size_in_bytes: Option<u64>,
    image_pushed_at: Option<Time>,
    last_recorded_pull_time: Option<Time>,
    last_archived_at: Option<Time>,
    last_activated_at: Option<Time>,
    image_status: Option<String>,
    subject_manifest_digest: Option<String>,
    image_manifest_media_type: Option<String>,
    artifact_media_type: Option<String>,
}

impl Detail {
    fn image(self) -> Result<DescribedImage, String> {
        let digest = self.image_digest.ok_or("An image has no `imageDigest`.")?;
        let is_digest = digest
            .split_once(':')
            .is_some_and(|(_, hex)| !hex.is_empty() && hex.chars().all(|c| c.is_ascii_hexdigit()));
        if !is_digest || digest.len() > 300 {
            return Err(format!("`{}` is not a digest.", longshore_names::shown(&digest, 100)));
        }
        let tags = self.image_tags.unwrap_or_default();
        if let Some(tag) = tags.iter().find(|tag| tag.is_empty() || tag.chars().count() > LONGEST_TAG) {
            return Err(format!("`{}` is not a tag.", longshore_names::shown(tag, 100)));
        }
        let status = self.image_status.as_deref();
        let subject = self.subject_manifest_digest.filter(|subject| !subject.is_empty());
        Ok(DescribedImage {
            tags,
            bytes: self.image_size_in_bytes,
            pushed: self.image_pushed_at.map(|time| time.0),
            pulled: self.last_recorded_pull_time.map(|time| time.0),
            archived: self.last_archived_at.map(|time| time.0),
            activated: self.last_activated_at.map(|time| time.0),
            storage_class: match status {
                Some("ARCHIVED") => StorageClass::Archive,
                _ => StorageClass::Standard,
            },
            is_activating: status == Some("ACTIVATING"),
            is_index: self.image_manifest_media_type.is_some_and(|of| INDEXES.contains(&of.as_str())),
            subject,
            artifact_type: self.artifact_media_type,
            ..DescribedImage::new(digest)
        })
    }
}

/// A time in any form in which clients of AWS write it.
struct Time(DateTime<Utc>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time, as ISO 8601 or as seconds since 1970")
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Time, E> {
        let millis = if number.abs() > MOST_SECONDS { number } else { number * 1_000.0 };
        // Casts of numbers that are too large saturate, and such a time is refused.
        let time = DateTime::from_timestamp_millis(millis.round() as i64).filter(|_| number.is_finite());
        time.map(Time).ok_or_else(|| E::custom(format!("`{number}` is not a time")))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Time, E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Time, E> {
        self.visit_f64(number as f64)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Time, E> {
        let with_zone = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%:z"));
        if let Ok(time) = with_zone {
            return Ok(Time(time.with_timezone(&Utc)));
        }
        // Without a zone it is UTC, as in the API.
        let plain = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f");
        if let Ok(time) = plain {
            return Ok(Time(time.and_utc()));
        }
        match text.parse::<f64>() {
            Ok(number) => self.visit_f64(number),
            Err(_) => Err(E::custom(format!("`{}` is not a time", longshore_names::shown(text, 100)))),
        }
    }
}
