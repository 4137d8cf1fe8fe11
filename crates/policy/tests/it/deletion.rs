//! Images that are deleted by rule: what goes, what stays, and in which order.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_policy::{
    deletion::{
        Decision, DeletionRule, DeletionRules, Freed, Planned, Protection, Repository, batches, decide,
        freed, stops,
    },
    lifecycle::{DescribedImage, NothingInUse, UsedImages},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// A digest that begins with a word of hexadecimal digits.
fn digest(word: &str) -> String {
    format!("sha256:{word:0<64}")
}

fn image(word: &str, tags: &[&str], days: i64) -> DescribedImage {
    DescribedImage {
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        pushed: Some(now() - TimeDelta::days(days)),
        bytes: Some(100),
        ..DescribedImage::new(digest(word))
    }
}

fn index(word: &str, tags: &[&str], days: i64) -> DescribedImage {
    DescribedImage { is_index: true, ..image(word, tags, days) }
}

fn about(subject: &str, image: DescribedImage) -> DescribedImage {
    DescribedImage { subject: Some(digest(subject)), ..image }
}

#[derive(Default)]
struct World {
    images: Vec<DescribedImage>,
    members: HashMap<String, Vec<String>>,
    used: UsedImages,
}

impl World {
    fn of(images: Vec<DescribedImage>) -> Self {
        Self { images, ..Self::default() }
    }

    fn lists(mut self, index: &str, members: &[&str]) -> Self {
        self.members.insert(digest(index), members.iter().map(|word| digest(word)).collect());
        self
    }

    fn used(mut self, word: &str, by: &str) -> Self {
        self.used.digest(digest(word), by);
        self
    }

    fn repository(&self) -> Repository<'_> {
        Repository { images: &self.images, members: &self.members }
    }

    fn decide(&self, rule: DeletionRule, take_along: bool) -> Decision {
        let rules = DeletionRules { rules: vec![rule], take_along };
        assert_eq!(rules.problems(), []);
        decide(&rules, &self.repository(), now(), &self.used)
    }

    /// The first digits of the deleted images, in their order.
    fn deleted(&self, rule: DeletionRule, take_along: bool) -> Vec<String> {
        let word = |at: usize| self.images[at].digest[7..].trim_end_matches('0').to_owned();
        self.decide(rule, take_along).deleted.iter().map(|of| word(of.image)).collect()
    }

    fn kept(&self, rule: DeletionRule, take_along: bool) -> Vec<(Protection, String)> {
        self.decide(rule, take_along).kept.into_iter().map(|of| (of.by, of.text)).collect()
    }
}

fn older(days: u32) -> DeletionRule {
    DeletionRule { older_than: Some(DAY * days), ..DeletionRule::default() }
}

fn untagged() -> DeletionRule {
    DeletionRule { untagged: true, ..DeletionRule::default() }
}

fn tagged(patterns: &[&str]) -> DeletionRule {
    let tags = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    DeletionRule { tags, ..DeletionRule::default() }
}

fn superseded() -> DeletionRule {
    DeletionRule { superseded: true, ..DeletionRule::default() }
}

#[test]
fn the_conditions_of_a_rule_hold_together_and_one_rule_is_enough() {
    let mut pulled = image("c", &[], 200);
    pulled.pulled = Some(now() - TimeDelta::days(3));
    let world = World::of(vec![image("a", &[], 200), image("b", &["1"], 200), pulled, image("d", &[], 1)]);
    assert_eq!(world.deleted(older(90), false), ["a", "b", "c"]);
    assert_eq!(world.deleted(DeletionRule { untagged: true, ..older(90) }, false), ["a", "c"]);
    let idle = DeletionRule { not_pulled: Some(DAY * 90), untagged: true, ..DeletionRule::default() };
    assert_eq!(world.deleted(idle, false), ["a"]);
    let either = DeletionRules { rules: vec![tagged(&["1"]), untagged()], take_along: false };
    let decided = decide(&either, &world.repository(), now(), &NothingInUse);
    assert_eq!(
        decided.deleted.iter().map(|of| of.rule).collect::<Vec<_>>(),
        [Some(1), Some(0), Some(1), Some(1)]
    );
    let reasons: Vec<&str> = decided.deleted.iter().map(|of| of.reason.as_str()).collect();
    assert_eq!(reasons[..2], ["It has no tag.", "It has the tag `1`."]);
    let reason = &world.decide(older(90), false).deleted[0].reason;
    assert_eq!(reason, "It was pushed on 2026-05-05, 200 days ago.");
}

#[test]
fn an_image_without_a_time_is_never_old() {
    let mut unknown = image("a", &[], 0);
    unknown.pushed = None;
    let world = World::of(vec![unknown]);
    assert!(world.deleted(older(1), true).is_empty());
    let idle = DeletionRule { not_pulled: Some(DAY), ..DeletionRule::default() };
    assert!(world.deleted(idle, true).is_empty());
}

#[test]
fn an_image_restored_from_the_archive_counts_from_then() {
    let mut restored = image("a", &[], 200);
    restored.activated = Some(now() - TimeDelta::days(2));
    let activating = DescribedImage { is_activating: true, ..image("b", &[], 200) };
    let world = World::of(vec![restored, activating]);
    assert!(world.deleted(older(90), false).is_empty());
    assert_eq!(world.kept(older(90), false)[0].0, Protection::Activating);
}

#[test]
fn every_tag_of_an_image_must_match() {
    let world = World::of(vec![image("a", &["dev-1"], 1), image("b", &["dev-2", "prod"], 1)]);
    assert_eq!(world.deleted(tagged(&["dev-*"]), false), ["a"]);
    let kept = world.kept(tagged(&["dev-*"]), false);
    assert_eq!(
        kept,
        [(Protection::OtherTag, "It also has the tag `prod`, which the rule does not select.".into())]
    );
    assert_eq!(world.deleted(tagged(&["dev-*", "prod"]), false), ["a", "b"]);
}

#[test]
fn the_newest_of_each_pattern_stay() {
    let world = World::of(vec![
        image("a", &["1.1"], 10),
        image("b", &["1.2"], 5),
        image("c", &["2.1"], 20),
        image("d", &["2.2"], 15),
        image("e", &[], 1),
        image("f", &[], 2),
    ]);
    let keep = |rule: DeletionRule| DeletionRule { keep: Some(1), ..rule };
    assert_eq!(world.deleted(keep(tagged(&["1.*", "2.*"])), false), ["a", "c"]);
    assert_eq!(world.deleted(keep(tagged(&["*"])), false), ["a", "c", "d"]);
    // Untagged images do not count among releases, and the other way round.
    assert_eq!(world.deleted(keep(DeletionRule::default()), false), ["a", "c", "d", "f"]);
    assert_eq!(world.deleted(keep(untagged()), false), ["f"]);
    assert_eq!(world.kept(keep(tagged(&["2.*"])), false)[0].1, "It is the newest of `2.*`.");
}

#[test]
fn a_signature_does_not_count_among_the_newest() {
    let signature = format!("sha256-{:0<64}.sig", "a");
    let world = World::of(vec![image("a", &["1"], 5), image("b", &[&signature], 1)]);
    let keep = DeletionRule { keep: Some(1), ..older(2) };
    assert!(world.deleted(keep, true).is_empty());
}

#[test]
fn a_later_tag_of_the_scheme_supersedes_if_it_was_pushed_later() {
    let world = World::of(vec![
        image("a", &["1.9.0"], 30),
        image("b", &["2.0.0"], 20),
        image("c", &["1.9.1"], 10), // a fix of an older line
        image("d", &["build-7", "latest"], 30),
        image("e", &["build-8"], 20),
        image("f", &["2.0.0-rc1"], 25),
        image("1", &[], 9),
    ]);
    assert_eq!(world.deleted(superseded(), false), ["a", "1"]);
    assert_eq!(world.decide(superseded(), false).deleted[0].reason, "It is superseded by `1.9.1`.");
}

#[test]
fn one_image_with_two_versions_does_not_supersede_itself() {
    let world = World::of(vec![image("a", &["1.0", "1.1"], 5), image("b", &["1.2"], 9)]);
    assert!(world.deleted(superseded(), false).is_empty());
}

#[test]
fn a_member_of_a_kept_index_is_never_deleted() {
    let world = World::of(vec![index("a", &["1"], 200), image("b", &[], 200), image("c", &[], 200)]);
    let world = world.lists("a", &["b"]);
    for take_along in [false, true] {
        assert_eq!(world.deleted(untagged(), take_along), ["c"]);
        let kept = world.kept(untagged(), take_along);
        assert_eq!(kept, [(Protection::Index, "The index sha256:a00000000000 lists it and stays.".into())]);
        assert_eq!(world.deleted(superseded(), take_along), ["c"], "no index lists it");
    }
}

#[test]
fn an_index_takes_its_members_along_or_is_protected_by_them() {
    let world = World::of(vec![index("a", &["1"], 200), image("b", &[], 1), image("c", &["arm"], 1)]);
    let world = world.lists("a", &["b", "c", "d"]);
    assert_eq!(world.deleted(older(90), true), ["a", "b"], "a member with a tag of its own stays");
    let taken = &world.decide(older(90), true).deleted[1];
    assert_eq!(
        (taken.rule, taken.reason.as_str()),
        (None, "It is taken along with the index sha256:a00000000000.")
    );
    assert!(world.deleted(older(90), false).is_empty());
    let kept = world.kept(older(90), false);
    assert_eq!(kept, [(Protection::Dependants, "It lists 1 image, which stays.".into())]);
    // What the rule selects too needs not be taken along.
    assert_eq!(world.deleted(older(0), false), ["a", "b", "c"]);
}

#[test]
fn a_member_that_two_indexes_list_goes_with_the_last() {
    let world = World::of(vec![index("a", &["1"], 200), index("b", &["2"], 1), image("c", &[], 200)]);
    let world = world.lists("a", &["c"]).lists("b", &["c"]);
    for take_along in [false, true] {
        assert_eq!(world.deleted(older(90), take_along), ["a"]);
    }
    assert_eq!(world.deleted(tagged(&["*"]), true), ["a", "b", "c"]);
}

#[test]
fn an_index_in_an_index_holds_all_of_it() {
    let images = vec![index("a", &["1"], 1), index("b", &[], 200), image("c", &[], 200)];
    let world = World::of(images).lists("a", &["b"]).lists("b", &["c"]);
    assert!(world.deleted(older(90), true).is_empty());
    assert_eq!(world.deleted(tagged(&["1"]), true), ["a", "b", "c"]);
}

#[test]
fn an_index_that_could_not_be_read_protects_itself_and_what_it_may_list() {
    let world = World::of(vec![index("a", &["1"], 200), image("b", &[], 200)]);
    let kept: Vec<_> = world.kept(older(90), true).into_iter().map(|(by, _)| by).collect();
    assert_eq!(kept, [Protection::Unread, Protection::Index]);
}

#[test]
fn an_image_takes_its_signatures_along_or_is_protected_by_them() {
    let signature = format!("sha256-{:0<64}.sig", "a");
    let world = World::of(vec![
        image("a", &["1"], 200),
        image("b", &[&signature], 1),
        about("a", image("c", &[], 1)),
        about("c", image("d", &[], 1)), // a signature of an SBOM
    ]);
    assert_eq!(world.deleted(older(90), true), ["a", "b", "c", "d"]);
    let kept = world.kept(older(90), false);
    assert_eq!(kept, [(Protection::Dependants, "2 images refer to it, which stay.".into())]);
    // A signature is no image without a tag that could be deleted by itself.
    assert!(world.deleted(untagged(), true).is_empty());
    assert_eq!(world.kept(untagged(), true)[0].0, Protection::Subject);
    // Without its subject it is one.
    assert_eq!(World::of(vec![about("e", image("f", &[], 1))]).deleted(untagged(), false), ["f"]);
}

#[test]
fn what_is_in_use_protects_all_that_belongs_to_it() {
    let images = || vec![index("a", &["1"], 200), image("b", &[], 200), about("b", image("c", &[], 200))];
    let everything = World::of(images()).lists("a", &["b"]);
    assert_eq!(everything.deleted(older(90), false), ["a", "b", "c"]);
    for used in ["a", "b", "c"] {
        let world = World::of(images()).lists("a", &["b"]).used(used, "`app` in web.yaml:3");
        for take_along in [false, true] {
            assert!(world.deleted(older(90), take_along).is_empty(), "{used}");
        }
        let kept = world.kept(older(90), true);
        assert_eq!(kept[0].0, Protection::InUse, "{used}");
        assert!(kept[0].1.ends_with("in use by `app` in web.yaml:3."), "{kept:?}");
    }
}

#[test]
fn tags_that_claim_a_circle_end() {
    let tag = |word: &str| format!("sha256-{word:0<64}.sig");
    let world = World::of(vec![image("a", &[&tag("b")], 200), image("b", &[&tag("a")], 200)]);
    assert_eq!(world.deleted(older(90), false).len(), 2);
    let decided = world.decide(older(90), false);
    let all: Vec<usize> = batches(&world.repository(), &decided.deleted).concat();
    assert_eq!(all.len(), 2);
}

#[test]
fn batches_have_at_most_100_images_and_keep_together_what_belongs_together() {
    let mut images: Vec<_> = (0..99).map(|at| image(&format!("{at:03}1"), &[], 200)).collect();
    images.extend([image("b", &[], 200), index("a", &["1"], 200), about("a", image("c", &[], 200))]);
    let world = World::of(images).lists("a", &["b"]);
    let decided = world.decide(older(90), false);
    let batches = batches(&world.repository(), &decided.deleted);
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [99, 3]);
    assert_eq!(batches[1], [100, 99, 101], "the index first");
}

#[test]
fn shared_layers_are_freed_only_with_the_last_image() {
    let world = World::of(vec![image("a", &[], 200), image("b", &[], 200), image("c", &["1"], 1)]);
    let decided = world.decide(older(90), false);
    let layers = |of: &[(&str, &[(&str, u64)])]| -> HashMap<String, Vec<(String, u64)>> {
        let list = |list: &[(&str, u64)]| list.iter().map(|(of, size)| ((*of).to_owned(), *size)).collect();
        of.iter().map(|(word, of)| (digest(word), list(of))).collect()
    };
    let known =
        layers(&[("a", &[("x", 60), ("y", 40)]), ("b", &[("x", 60), ("z", 40)]), ("c", &[("z", 40)])]);
    let all = freed(&world.repository(), &decided.deleted, &known);
    assert_eq!(all, Freed { bytes: 100, is_exact: true });
    let some = freed(&world.repository(), &decided.deleted, &layers(&[("a", &[("x", 60)])]));
    assert_eq!(some, Freed { bytes: 200, is_exact: false });
}

fn planned(world: &World, words: &[&str]) -> Vec<Planned> {
    let found =
        words.iter().map(|word| world.images.iter().find(|image| image.digest == digest(word)).unwrap());
    found
        .map(|of| Planned { digest: of.digest.clone(), tags: of.tags.clone(), pulled: Some(of.pulled) })
        .collect()
}

#[test]
fn what_changed_since_the_plan_stops_its_image_and_no_other() {
    let before = || World::of(vec![image("a", &["1"], 9), image("b", &[], 9), image("c", &["2"], 9)]);
    let batch = planned(&before(), &["a", "b", "c"]);
    let stopped = |world: &World| -> Vec<String> {
        let stops = stops(&batch, &HashSet::new(), &world.repository(), &world.used);
        stops.iter().map(|(digest, why)| format!("{} {why}", &digest[7..8])).collect()
    };
    assert!(stopped(&before()).is_empty());
    let mut world = before();
    world.images[1].tags.push("new".to_owned());
    assert_eq!(stopped(&world), ["b it now has the tag `new`"]);
    let mut world = before();
    world.images[0].tags.clear();
    assert_eq!(stopped(&world), ["a it no longer has the tag `1`"]);
    let mut world = before();
    world.images[2].pulled = Some(now());
    assert_eq!(stopped(&world), ["c it was pulled in the meantime"]);
    let mut world = before();
    world.images.push(about("a", image("d", &[], 0)));
    assert_eq!(stopped(&world), ["a sha256:d00000000000 now refers to it"]);
    let mut world = before().lists("e", &["b"]);
    world.images.push(index("e", &["3"], 0));
    assert_eq!(stopped(&world), ["b the index sha256:e00000000000 lists it"]);
    assert_eq!(stopped(&before().used("c", "x")), ["c it is in use by x"]);
    let mut world = before();
    world.images.remove(1);
    assert!(stopped(&world).is_empty(), "what is gone is not stopped");
    // A new index that cannot be read may list any of them.
    world.images.push(index("e", &["3"], 0));
    assert_eq!(stopped(&world).len(), 2);
}

#[test]
fn what_belongs_to_a_stopped_image_stops_too() {
    let world =
        || World::of(vec![index("a", &["1"], 9), image("b", &[], 9), image("c", &[], 9)]).lists("a", &["b"]);
    let batch = planned(&world(), &["a", "b", "c"]);
    let mut now = world();
    now.images[1].tags.push("new".to_owned());
    let stops = stops(&batch, &HashSet::new(), &now.repository(), &NothingInUse);
    assert_eq!(stops.keys().cloned().collect::<Vec<_>>(), [digest("a"), digest("b")]);
    // In a later batch, a member stays while its index does.
    let rest = planned(&world(), &["b"]);
    assert_eq!(
        longshore_policy::deletion::stops(&rest, &HashSet::new(), &world().repository(), &NothingInUse).len(),
        1
    );
}

#[test]
fn rules_that_say_nothing_or_cannot_match_are_refused() {
    let problems = |rules: Vec<DeletionRule>| -> Vec<String> {
        let rules = DeletionRules { rules, take_along: false };
        let field = |finding: longshore_policy::Finding| finding.field.unwrap().as_str().to_owned();
        rules.problems().into_iter().map(field).collect()
    };
    assert_eq!(problems(Vec::new()), ["rules"]);
    assert_eq!(problems(vec![older(1), DeletionRule::default()]), ["rules[1]"]);
    assert_eq!(problems(vec![DeletionRule { untagged: true, ..tagged(&["a"]) }]), ["rules[0].tags"]);
    assert_eq!(problems(vec![DeletionRule { keep: Some(0), ..older(1) }]), ["rules[0].keep"]);
    assert_eq!(problems(vec![tagged(&["ok", "no/slash", "", "*a*b*c*d*"])]).len(), 3);
    assert_eq!(problems(vec![older(1); 51]), ["rules"]);
}

#[test]
fn many_images_are_decided_quickly() {
    let images: Vec<_> =
        (0..100_000).map(|at| image(&format!("{at:08x}1"), &[&format!("1.0.{at}")], 200)).collect();
    let world = World::of(images);
    let begun = std::time::Instant::now();
    let decided = world.decide(superseded(), true);
    assert_eq!(decided.deleted.len(), 99_999);
    assert_eq!(batches(&world.repository(), &decided.deleted).len(), 1_000);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
