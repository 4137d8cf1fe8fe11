//! How long very large copies into ECR take: every blob and manifest of 100,000 and of 10,000,000
//! images goes through the limits that ECR sets for an account and Region and through the links of
//! the machines that copy.
//!
//! This is a simulation, not a measurement: it knows what a copy sends (see `docs/performance.md`
//! for the counts) and what ECR allows (Amazon ECR User Guide, "service quotas"), and nothing else.
//! Times are simulated; nothing is sent.

use std::{
    collections::VecDeque,
    io::{self, Write},
};

/// What ECR accepts for an account and Region, in calls per second.
#[derive(Clone, Copy)]
struct Rates {
    put_image: f64,
    initiate: f64,
    complete: f64,
}

const BY_DEFAULT: Rates = Rates { put_image: 10.0, initiate: 100.0, complete: 100.0 };
const TEN_TIMES: Rates = Rates { put_image: 100.0, initiate: 1_000.0, complete: 1_000.0 };

/// Round trip to the registry and one machine's link.
const ROUND_TRIP: f64 = 0.03;
const BYTES_A_SECOND: f64 = 600e6;
/// Blobs in progress on one machine.
const AT_ONCE: usize = 64;

/// The new content of an image.
struct Kind {
    name: &'static str,
    manifests: u32,
    blobs: u32,
    blob_bytes: f64,
}

/// A limit of one call every `pause` seconds.
struct Gate {
    pause: f64,
    free: f64,
}

impl Gate {
    fn of(rate: f64) -> Self {
        Self { pause: 1.0 / rate, free: 0.0 }
    }

    /// When a call that arrives at `time` passes.
    fn pass(&mut self, time: f64) -> f64 {
        let through = time.max(self.free);
        self.free = through + self.pause;
        through
    }
}

/// Seconds until the last tag exists.
fn simulate(images: u64, kind: &Kind, rates: Rates, machines: usize) -> f64 {
    let (mut initiate, mut complete, mut put) =
        (Gate::of(rates.initiate), Gate::of(rates.complete), Gate::of(rates.put_image));
    let mut links = vec![0.0_f64; machines];
    let mut under_way: VecDeque<f64> = VecDeque::with_capacity(AT_ONCE * machines);
    let mut last = 0.0_f64;
    for image in 0..images {
        let mut blobs_there = 0.0_f64;
        for blob in 0..u64::from(kind.blobs) {
            let place = match under_way.len() < AT_ONCE * machines {
                true => 0.0,
                false => under_way.pop_front().unwrap_or_default(),
            };
            let begun = initiate.pass(place) + ROUND_TRIP;
            let index = ((image + blob) % machines as u64) as usize;
            let link = &mut links[index];
            let sent = begun.max(*link) + kind.blob_bytes / BYTES_A_SECOND;
            *link = sent;
            let there = complete.pass(sent) + ROUND_TRIP;
            under_way.push_back(there);
            blobs_there = blobs_there.max(there);
        }
        for _ in 0..kind.manifests {
            last = last.max(put.pass(blobs_there) + ROUND_TRIP);
        }
    }
    last
}

fn words(seconds: f64) -> String {
    match seconds {
        s if s < 3_600.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let kinds = [
        Kind { name: "one platform, one new layer and config", manifests: 1, blobs: 2, blob_bytes: 5e6 },
        Kind { name: "one platform, three new layers and config", manifests: 1, blobs: 4, blob_bytes: 20e6 },
        Kind {
            name: "index of four platforms, three new layers each",
            manifests: 5,
            blobs: 16,
            blob_bytes: 20e6,
        },
    ];
    writeln!(
        out,
        "| images | kind | requests | default quotas, 1 machine | 4 machines | ten times the quotas, 1 machine | 16 machines |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for images in [100_000, 10_000_000] {
        for kind in &kinds {
            // GET and POST and PUT of each blob, GET and PUT of each manifest.
            let requests = images * u64::from(3 * kind.blobs + 2 * kind.manifests);
            let time = |rates, machines| words(simulate(images, kind, rates, machines));
            writeln!(
                out,
                "| {images} | {} | {requests} | {} | {} | {} | {} |",
                kind.name,
                time(BY_DEFAULT, 1),
                time(BY_DEFAULT, 4),
                time(TEN_TIMES, 1),
                time(TEN_TIMES, 16)
            )?;
        }
    }
    Ok(())
}
