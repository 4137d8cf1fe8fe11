//! How long an evaluation takes. Run in a release build, because a time is no test:
//! `cargo nextest run --release -p longshore-policy -E 'test(speed)' --run-ignored only --no-capture`

use std::time::Instant;

use super::*;

/// A large policy of every kind of rule for tags that begin and end in many ways.
fn fifty_rules() -> Vec<Value> {
    let of = |i: u32| match i {
        50 => count(i, any(), 1_000),
        49 => age(i, untagged(), 14),
        _ if i.is_multiple_of(3) => count(i, patterns(&[&format!("*-{i:02}*-*")]), 5),
        _ if i % 3 == 1 => age(i, patterns(&[&format!("app{i:02}*"), "*-rc"]), 30),
        _ => count(i, prefixes(&[&format!("team{i:02}-")]), 10),
    };
    (1..=50).map(of).collect()
}

#[test]
#[allow(clippy::print_stderr)]
#[ignore = "measures"]
fn a_hundred_thousand_images_and_fifty_rules() {
    let name = |n: i64| -> Digest { format!("sha256:{n:064x}").parse().unwrap() };
    let images: Vec<LifecycleImage> = (0..100_000_i64)
        .map(|n| LifecycleImage {
            tags: match n % 10 {
                0 => Vec::new(),
                _ => [format!("team{:02}-{n}", n % 60), format!("app{:02}-{n}-{:02}-rc", n % 50, n % 70)]
                    .iter()
                    .map(|tag| tag.parse().unwrap())
                    .collect(),
            },
            ..LifecycleImage::new(name(n), now() - TimeDelta::minutes(n))
        })
        .collect();
    let rules = policy(fifty_rules().into()).rules().unwrap();
    let start = Instant::now();
    let found = evaluate(&rules, &images, now());
    eprintln!("{} of {} images in {:?}", found.len(), images.len(), start.elapsed());
    assert!(found.len() > 10_000);
}
