//! Previews of policies, over what `aws ecr describe-images` prints.

use longshore_policy::lifecycle::{
    DescribedImages, NothingInUse, Preview, UsedImages, describe, preview, read_in_use,
};

use super::*;

fn hex(name: char) -> String {
    format!("sha256:{}", format!("{:02x}", name as u32).repeat(32))
}

fn detail(name: char, days: i64, tags: &[&str]) -> Value {
    let pushed = now() - TimeDelta::days(days);
    json!({
        "registryId": "111122223333", "repositoryName": "team/app", "imageDigest": hex(name), "imageTags": tags,
        "imageSizeInBytes": 1_000 + name as u64, "imagePushedAt": pushed.timestamp(),
        "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
    })
}

fn with(mut detail: Value, more: Value) -> Value {
    let members = detail.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    detail
}

fn page(details: &[Value]) -> String {
    json!({ "imageDetails": details }).to_string()
}

fn described(details: &[Value]) -> DescribedImages {
    describe(&page(details)).unwrap()
}

fn previewed<'i>(rules: &[Value], images: &'i DescribedImages) -> Preview<'i> {
    let rules = policy(rules.iter().cloned().collect()).rules().unwrap();
    preview(&rules, images, now(), &NothingInUse)
}

/// `A1`, or `a1` for an image that is archived, in the order of the preview.
fn acted(preview: &Preview<'_>) -> Vec<String> {
    let name = |digest: &str| ('A'..='Z').find(|name| hex(*name) == digest).unwrap();
    let told = preview.images.iter().map(|of| {
        let name = name(&of.image.digest);
        let name = if of.action == Action::Archive { name.to_ascii_lowercase() } else { name };
        format!("{name}{}", of.rule)
    });
    told.collect()
}

#[test]
fn the_oldest_images_come_first_with_their_rule_reason_and_size() {
    let images = described(&[detail('C', 1, &["3"]), detail('A', 9, &["1"]), detail('B', 5, &["2"])]);
    let preview = previewed(&[count(7, any(), 1)], &images);
    assert_eq!(acted(&preview), ["A7", "B7"]);
    let totals = preview.totals;
    assert_eq!((totals.images, totals.expired, totals.archived, totals.kept), (3, 2, 0, 1));
    assert_eq!(totals.bytes_freed, 1_065 + 1_066);
    assert_eq!(preview.rules[0].expired, 2);
    assert_eq!(preview.rules[0].sentence, "Images expire, except the one pushed last.");
    assert!(preview.images[0].reason.starts_with("It is the 3rd newest of 3 images"));
}

#[test]
fn times_are_read_in_every_form_in_which_clients_write_them() {
    let iso = [
        "2026-11-01T12:00:00+00:00",
        "2026-11-01T14:00:00+02:00",
        "2026-11-01T12:00:00Z",
        "2026-11-01T12:00:00.000000+00:00",
        "2026-11-01T12:00:00+0000",
        "2026-11-01T12:00:00",
    ];
    let mut forms: Vec<Value> = iso.iter().map(|text| json!(text)).collect();
    forms.extend([
        json!(1_793_534_400),
        json!(1_793_534_400.0),
        json!(1_793_534_400_000_i64),
        json!("1793534400.0"),
    ]);
    for form in forms {
        let images = described(&[with(detail('A', 0, &[]), json!({ "imagePushedAt": form }))]);
        assert_eq!(images.images[0].pushed.unwrap().to_rfc3339(), "2026-11-01T12:00:00+00:00", "{form}");
    }
    for wrong in [json!("yesterday"), json!(1e300), json!([]), json!(true)] {
        let text = page(&[with(detail('A', 0, &[]), json!({ "imagePushedAt": wrong }))]);
        assert_eq!(describe(&text).unwrap_err().code, "images-unreadable", "{wrong}");
    }
}

#[test]
fn pages_can_follow_each_other_and_the_list_can_be_alone() {
    let (first, second) = (page(&[detail('A', 9, &["1"])]), page(&[detail('B', 8, &["2"])]));
    assert_eq!(describe(&format!("{first}\n{second}")).unwrap().images.len(), 2);
    let list = json!([detail('A', 9, &["1"])]).to_string();
    assert_eq!(describe(&list).unwrap(), describe(&first).unwrap());
    let again = page(&[detail('A', 9, &["1", "new"])]);
    let images = describe(&format!("{first}{again}")).unwrap().images;
    assert_eq!((images.len(), images[0].tags.len()), (1, 2), "an image is there once");
    assert_eq!(describe(r#"{"imageDetails":[]}"#).unwrap().images, []);
    let other = page(&[with(detail('B', 8, &["2"]), json!({"repositoryName": "other"}))]);
    let error = describe(&format!("{first}{other}")).unwrap_err();
    assert!(error.text.contains("several repositories, `team/app` and `other`"), "{}", error.text);
}

#[test]
fn something_else_is_refused_with_its_place() {
    for (text, expected) in [
        ("", "The file is empty"),
        ("{}", "the list `imageDetails` is missing"),
        (r#"{"imageIds":[{"imageDigest":"sha256:aa"}]}"#, "the list `imageDetails` is missing"),
        (r#"{"imageDetails":[{"imageTags":["1"]}]}"#, "no `imageDigest`"),
        (r#"{"imageDetails":[{"imageDigest":"x"}]}"#, "`x` is not a digest"),
        (r#"{"imageDetails":[{"imageDigest":"sha256:aa","imageTags":[""]}]}"#, "`` is not a tag"),
        (r#"{"imageDetails":["sha256:aa"]}"#, "an image of describe-images"),
        ("hello", "This is not the output of describe-images"),
    ] {
        let error = describe(text).unwrap_err();
        assert!(error.text.contains(expected), "{text}: {}", error.text);
    }
    let error = describe("{\"imageDetails\": [\n  {\"imageDigest\": 7}]}").unwrap_err();
    assert_eq!(error.position.map(|at| at.line), Some(2));
}

#[test]
fn pulls_archives_restores_and_referrers_are_used() {
    let at = |days: i64| json!((now() - TimeDelta::days(days)).to_rfc3339());
    let images = described(&[
        with(detail('A', 400, &["1"]), json!({ "lastRecordedPullTime": at(31) })),
        with(detail('B', 400, &["2"]), json!({ "lastRecordedPullTime": at(2) })),
        with(detail('C', 400, &["3"]), json!({ "imageStatus": "ARCHIVED", "lastArchivedAt": at(100) })),
        with(detail('D', 400, &["4"]), json!({ "lastArchivedAt": at(300), "lastActivatedAt": at(3) })),
        with(
            detail('E', 30, &[]),
            json!({ "subjectManifestDigest": hex('A'), "artifactMediaType": "application/vnd.cncf.notary.signature" }),
        ),
        with(detail('F', 400, &["5"]), json!({ "imageStatus": "ACTIVATING" })),
    ]);
    let mut archived = any();
    archived["storageClass"] = "archive".into();
    let since = |kind: &str, days| json!({ "countType": kind, "countUnit": "days", "countNumber": days });
    let rules = [
        rule(1, any(), since("sinceImagePulled", 30), "transition"),
        rule(2, archived, since("sinceImageTransitioned", 90), "expire"),
    ];
    let preview = previewed(&rules, &images);
    assert_eq!(acted(&preview), ["a1", "C2", "f1", "e1"]);
    let reasons: Vec<&str> = preview.images.iter().map(|of| of.reason.as_str()).collect();
    assert!(reasons[0].contains("last pulled on 2026-10-21, 31 days earlier"), "{}", reasons[0]);
    assert!(reasons[1].contains("archived on 2026-08-13, 100 days earlier"), "{}", reasons[1]);
    assert!(
        reasons[3].starts_with("It refers to sha256:414141414141, and follows it. It was last"),
        "{}",
        reasons[3]
    );
    assert!(
        preview.notes.iter().any(|note| note.starts_with("1 image is being restored")),
        "{:?}",
        preview.notes
    );
    assert_eq!((preview.totals.archived, preview.totals.bytes_freed), (3, 1_067));
}

#[test]
fn an_index_is_noted_because_its_members_are_not_known() {
    let index = with(
        detail('A', 9, &["1"]),
        json!({ "imageManifestMediaType": "application/vnd.docker.distribution.manifest.list.v2+json" }),
    );
    let images = described(&[index, detail('B', 9, &[])]);
    let preview = previewed(&[age(1, untagged(), 5)], &images);
    assert_eq!((acted(&preview), preview.images[0].unless_listed), (vec!["B1".to_owned()], true));
    assert!(preview.notes[0].starts_with("1 index is among the images."), "{:?}", preview.notes);
    let without = described(&[detail('B', 9, &[])]);
    let preview = previewed(&[age(1, untagged(), 5)], &without);
    assert!(!preview.images[0].unless_listed && !preview.notes.iter().any(|note| note.contains("index")));
}

#[test]
fn a_policy_for_the_archive_over_a_list_without_it_is_noted() {
    let mut archived = any();
    archived["storageClass"] = "archive".into();
    let count = json!({ "countType": "sinceImageTransitioned", "countUnit": "days", "countNumber": 90 });
    let images = described(&[detail('A', 9, &["1"])]);
    let preview = previewed(&[rule(1, archived, count, "expire")], &images);
    assert!(preview.notes[0].contains("--filter imageStatus=ANY"), "{:?}", preview.notes);
}

#[test]
fn what_is_in_use_is_told_with_its_user_and_ecr_does_not_know_it() {
    let images = described(&[detail('A', 9, &["1"]), detail('B', 8, &["2"]), detail('C', 7, &["3"])]);
    let rules = policy(json!([count(1, any(), 1)])).rules().unwrap();
    let mut used = UsedImages::default();
    used.tag("2", "`app:2` in deploy.yaml:7");
    let preview = preview(&rules, &images, now(), &used);
    assert_eq!((acted(&preview), preview.totals.spared, preview.totals.kept), (vec!["A1".to_owned()], 1, 2));
    assert_eq!(preview.spared[0].used_by, "`app:2` in deploy.yaml:7");
    assert_eq!(preview.rules[0].spared, 1);
    assert!(preview.notes[0].contains("it also acts on the spared image"), "{:?}", preview.notes);
}

/// The digests and tags of `team/app` in account 111122223333 that a file uses, and the numbers of other
/// and of open references.
fn uses(file: &str, text: &str) -> (usize, usize, usize) {
    let found = read_in_use(file, text, Some("team/app"), Some("111122223333"), Some("us-west-2")).unwrap();
    (found.used.len(), found.elsewhere, found.unresolved)
}

#[test]
fn uses_are_read_from_lines_and_from_manifests() {
    let host = "111122223333.dkr.ecr.us-west-2.amazonaws.com";
    let lines = format!(
        "# production\n1.0\n{}\n{host}/team/app:1.1  # web\n{host}/team/app@{}\n{host}/team/other:2\n\nteam/app:3\n",
        hex('A'),
        hex('B')
    );
    assert_eq!(uses("used.txt", &lines), (5, 1, 0));
    let manifest = format!(
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - image: {host}/team/app:1\n      \
         - image: ${{REGISTRY}}/team/app:2\n      - image: nginx:1\n"
    );
    assert_eq!(uses("web.yaml", &manifest), (1, 1, 1));
    let compose = "services:\n  web: {image: registry.internal/team/app:1}\n";
    assert_eq!(uses("compose.yaml", compose), (1, 0, 0), "a proxy may be in front of the registry");
    for elsewhere in ["444455556666.dkr.ecr.us-west-2", "111122223333.dkr.ecr.eu-west-1"] {
        assert_eq!(uses("used", &format!("{elsewhere}.amazonaws.com/team/app:1")), (0, 1, 0));
    }
    let anywhere = read_in_use("used", "a/b:1\n", None, None, None).unwrap();
    assert_eq!(anywhere.used.len(), 1, "the repository is not known, so it may be this one");
    let json = read_in_use("used.json", "{\"a\": 1}", None, None, None).unwrap_err();
    assert!(json[0].text.starts_with("The file is JSON"), "{}", json[0].text);
    let wrong = read_in_use("used", "1.0\nnot a reference\n", None, None, None).unwrap_err();
    assert_eq!((wrong[0].code, wrong[0].position.map(|at| at.line)), ("in-use-unreadable", Some(2)));
}
