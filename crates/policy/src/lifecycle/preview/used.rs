//! Which images of a repository files refer to.

use longshore_names::RegistryId;

use crate::{
    Finding,
    lifecycle::UsedImages,
    references::{ImageName, Reference, find},
};

/// What is used, and what the files say about other images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsedReferences {
    /// The images of the repository.
    pub used: UsedImages,
    /// References to other repositories or registries.
    pub elsewhere: usize,
    /// References that depend on something that is not in the file.
    pub unresolved: usize,
}

/// The repository whose images may be used, as far as it is known.
struct Place<'a> {
    repository: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
}

impl Place<'_> {
    /// Whether a reference can be to an image of the repository. A host that is not ECR's may be a proxy
    /// or another name of it.
    fn has(&self, name: &ImageName) -> bool {
        let same = self
            .repository
            .is_none_or(|repository| repository == name.repository || repository == name.full_repository());
        let other_registry = RegistryId::of_host(name.registry()).is_some_and(|registry| {
            self.account.is_some_and(|account| account != registry.account.as_str())
                || self.region.is_some_and(|region| region != registry.region.as_str())
        });
        same && !other_registry
    }
}

/// Reads a file of what is in use: a manifest or another file that refers to images, or one reference, tag
/// or digest on each line, with comments after `#`. Repository, account and Region of the preview limit
/// what a reference can mean; digests and tags alone are those of the repository.
///
/// # Errors
/// A finding for each line that is something else, with its position.
pub fn read_in_use(
    file: &str,
    text: &str,
    repository: Option<&str>,
    account: Option<&str>,
    region: Option<&str>,
) -> Result<UsedReferences, Vec<Finding>> {
    let place = Place { repository, account, region };
    let mut out = UsedReferences::default();
    let found = find(file, text);
    if found.kinds.is_empty() && text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']) {
        let text = "The file is JSON that refers to no image in a way that is known.";
        return Err(vec![Finding::error("in-use-unreadable", text).in_text(1, 1)]);
    }
    if found.kinds.is_empty() {
        lines(file, text, &place, &mut out)?;
        return Ok(out);
    }
    out.add_all(file, &found.references, &place);
    Ok(out)
}

/// As [`read_in_use`], for a file of a directory: one that refers to nothing says nothing.
pub fn read_references(
    file: &str,
    text: &str,
    repository: Option<&str>,
    account: Option<&str>,
    region: Option<&str>,
) -> UsedReferences {
    let mut out = UsedReferences::default();
    let found = find(file, text);
    out.add_all(file, &found.references, &Place { repository, account, region });
    // The other lines may have references too.
    out.unresolved += usize::from(found.note.is_some());
    out
}

impl UsedReferences {
    fn add_all(&mut self, file: &str, references: &[Reference], place: &Place<'_>) {
        for Reference { name, text, position, .. } in references {
            match name {
                Some(name) => self.add(name, &format!("`{text}` in {file}:{}", position.line), place),
                None => self.unresolved += 1,
            }
        }
    }

    fn add(&mut self, name: &ImageName, by: &str, place: &Place<'_>) {
        match (&name.digest, &name.tag) {
            _ if !place.has(name) => self.elsewhere += 1,
            // The digest says which image is meant, whatever its tag is now.
            (Some(digest), _) => self.used.digest(digest, by),
            (None, tag) => self.used.tag(tag.as_deref().unwrap_or("latest"), by),
        }
    }
}

fn lines(file: &str, text: &str, place: &Place<'_>, out: &mut UsedReferences) -> Result<(), Vec<Finding>> {
    let mut findings = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let entry = line.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'', ',']);
        let by = format!("{file}:{}", number + 1);
        let is_tag =
            |text: &str| !text.contains(['/', ':', '@']) && text.parse::<longshore_names::Tag>().is_ok();
        if entry.is_empty() {
        } else if entry
            .split_once(':')
            .is_some_and(|(algorithm, _)| ["sha256", "sha512"].contains(&algorithm))
        {
            out.used.digest(entry, by);
        } else if is_tag(entry) {
            out.used.tag(entry, by);
        } else if let Some(name) = ImageName::parse(entry) {
            out.add(&name, &format!("`{entry}` in {by}"), place);
        } else {
            let shown = longshore_names::shown(entry, 100);
            let text = format!("`{shown}` is neither an image reference nor a tag nor a digest.");
            findings.push(Finding::error("in-use-unreadable", text).in_text(number + 1, 1));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}
