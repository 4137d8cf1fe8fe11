//! What is odd about ECR, or not confirmed by AWS, and can be turned on and off.

use std::{collections::BTreeSet, time::Duration};

use longshore_names::Region;

/// How long a registry password is valid (ECR API model, `GetAuthorizationToken`).
const TOKEN_LIFE: Duration = Duration::from_secs(12 * 60 * 60);

/// The switches of a sandbox. Each has a name for [`Switches::turn`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switches {
    /// `throttling`: answer requests beyond ECR's published rates with its throttling errors.
    pub throttling: bool,
    /// `multi-patch-broken`: chunked uploads as broken as reported: 201 for every PATCH, `Range`
    /// stays at the first chunk and later chunks are dropped (containers-roadmap#2831).
    pub multi_patch_broken: bool,
    /// `referrers-refused`: refuse manifests that have a `subject` with 405
    /// (containers-roadmap#2783).
    pub referrers_refused: bool,
    /// `referrers-replicate`: manifests with a `subject` replicate, as they have since June 2024.
    pub referrers_replicate: bool,
    /// `tag-only-put-replicates`: a new tag on a manifest that already exists replicates. Not
    /// confirmed by AWS.
    pub tag_only_put_replicates: bool,
    /// `configuration-delay`: how long a new replication configuration waits until pushes follow
    /// it.
    pub configuration_delay: Duration,
    /// `principals-rewritten`: policies are returned with root ARNs for bare account ids, and with
    /// lists in the service's own order.
    pub principals_rewritten: bool,
    /// `read-after-write-delay`: how long the former registry policy, replication configuration or
    /// lifecycle policy is still read after a put or a deletion.
    pub read_after_write_delay: Duration,
    /// `read-after-write-missing`: during `read-after-write-delay` a policy that was put is not
    /// found, even if there was a former one.
    pub read_after_write_missing: bool,
    /// `policy-scope-v1`: the account setting `REGISTRY_POLICY_SCOPE` is V1 where it was never put:
    /// registry policies cover replication and pull through caches only.
    pub policy_scope_v1: bool,
    /// `documents-unchecked`: registry policies and replication configurations are accepted
    /// unchecked, such as those that ECR holds from an earlier time and would refuse today.
    pub documents_unchecked: bool,
    /// `blob-mounting`: the account setting `BLOB_MOUNTING` is ENABLED where it was never put.
    pub blob_mounting: bool,
    /// `token-life`: how long registry passwords issued from now on are valid; after that, 403.
    pub token_life: Duration,
    /// `authorization-ids`: denials carry an authorization id, which IAM Toolbox knows (preview of
    /// 2026-11). That ECR does is not confirmed by AWS.
    pub authorization_ids: bool,
    /// `restore-time`: how long an image takes out of the archive (in ECR at most 20 minutes).
    pub restore_time: Duration,
    /// `round-trip`: how far away the sandbox is: every request is answered this much later.
    pub round_trip: Duration,
    /// `regions-down`: Regions whose services answer nothing but 503, as if they were gone.
    pub regions_down: BTreeSet<Region>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            throttling: false,
            multi_patch_broken: false,
            referrers_refused: false,
            referrers_replicate: true,
            tag_only_put_replicates: true,
            configuration_delay: Duration::ZERO,
            principals_rewritten: true,
            read_after_write_delay: Duration::ZERO,
            read_after_write_missing: false,
            policy_scope_v1: false,
            documents_unchecked: false,
            blob_mounting: false,
            token_life: TOKEN_LIFE,
            restore_time: Duration::from_secs(2),
            round_trip: Duration::ZERO,
            authorization_ids: false,
            regions_down: BTreeSet::new(),
        }
    }
}

/// A switch that could not be turned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwitchError {
    /// There is no switch of this name.
    #[error("there is no switch `{name}`; the switches are {}", Switches::NAMES.join(", "))]
    Unknown {
        /// The name.
        name: String,
    },
    /// The switch does not take this value.
    #[error("the switch `{name}` takes {takes}, not `{value}`")]
    Value {
        /// The switch.
        name: String,
        /// What it takes.
        takes: &'static str,
        /// What was given.
        value: String,
    },
}

impl Switches {
    /// Every switch.
    pub const NAMES: [&str; 17] = [
        "throttling",
        "multi-patch-broken",
        "referrers-refused",
        "referrers-replicate",
        "tag-only-put-replicates",
        "principals-rewritten",
        "blob-mounting",
        "policy-scope-v1",
        "documents-unchecked",
        "read-after-write-missing",
        "authorization-ids",
        "read-after-write-delay",
        "configuration-delay",
        "token-life",
        "restore-time",
        "round-trip",
        "regions-down",
    ];

    /// Turns a switch by its text: `NAME` or `NAME=on`, `NAME=off`, and for times `NAME=30s`
    /// (`ms`, `s`, `m`, `h`).
    ///
    /// # Errors
    /// When there is no such switch, or it does not take the value.
    pub fn turn(&mut self, text: &str) -> Result<(), SwitchError> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let wrong = |takes| SwitchError::Value {
            name: name.to_owned(),
            takes,
            value: value.unwrap_or_default().to_owned(),
        };
        if name == "regions-down" {
            let takes = "Regions with commas between them, such as us-west-2,eu-west-1";
            let all = value.ok_or_else(|| wrong(takes))?.split(',').filter(|text| !text.is_empty());
            self.regions_down = all.map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong(takes))?;
            return Ok(());
        }
        let time = match name {
            "read-after-write-delay" => Some(&mut self.read_after_write_delay),
            "configuration-delay" => Some(&mut self.configuration_delay),
            "token-life" => Some(&mut self.token_life),
            "restore-time" => Some(&mut self.restore_time),
            "round-trip" => Some(&mut self.round_trip),
            _ => None,
        };
        if let Some(time) = time {
            *time = value.and_then(duration).ok_or_else(|| wrong("a time such as 30s"))?;
            return Ok(());
        }
        let switch = match name {
            "throttling" => &mut self.throttling,
            "multi-patch-broken" => &mut self.multi_patch_broken,
            "referrers-refused" => &mut self.referrers_refused,
            "referrers-replicate" => &mut self.referrers_replicate,
            "tag-only-put-replicates" => &mut self.tag_only_put_replicates,
            "principals-rewritten" => &mut self.principals_rewritten,
            "blob-mounting" => &mut self.blob_mounting,
            "policy-scope-v1" => &mut self.policy_scope_v1,
            "documents-unchecked" => &mut self.documents_unchecked,
            "read-after-write-missing" => &mut self.read_after_write_missing,
            "authorization-ids" => &mut self.authorization_ids,
            _ => return Err(SwitchError::Unknown { name: name.to_owned() }),
        };
        *switch = match value {
            None | Some("on") => true,
            Some("off") => false,
            Some(_) => return Err(wrong("on or off")),
        };
        Ok(())
    }
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let milliseconds = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(milliseconds).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_is_turned_by_its_name() {
        for name in Switches::NAMES {
            let before = Switches::default();
            let mut after = before.clone();
            let times =
                ["read-after-write-delay", "configuration-delay", "token-life", "restore-time", "round-trip"];
            let times = times.contains(&name);
            let texts = if name == "regions-down" {
                [format!("{name}=us-west-2,eu-west-1"), format!("{name}=")]
            } else if times {
                [format!("{name}=90s"), format!("{name}=1h")]
            } else {
                [format!("{name}=off"), name.to_owned()]
            };
            let mut seen = Vec::new();
            for text in texts {
                after.turn(&text).unwrap();
                seen.push(after.clone());
            }
            assert_ne!(seen[0], seen[1], "{name}");
            assert!(seen.iter().any(|switches| *switches != before), "{name}");
        }
        let mut switches = Switches::default();
        switches.turn("token-life=1500ms").unwrap();
        switches.turn("throttling=on").unwrap();
        assert_eq!((switches.token_life, switches.throttling), (Duration::from_millis(1500), true));
    }

    #[test]
    fn what_cannot_be_turned_is_said() {
        let mut switches = Switches::default();
        for (text, message) in [
            (
                "speed",
                "there is no switch `speed`; the switches are throttling, multi-patch-broken, referrers-refused, referrers-replicate, tag-only-put-replicates, principals-rewritten, blob-mounting, policy-scope-v1, documents-unchecked, read-after-write-missing, authorization-ids, read-after-write-delay, configuration-delay, token-life, restore-time, round-trip, regions-down",
            ),
            ("throttling=maybe", "the switch `throttling` takes on or off, not `maybe`"),
            ("token-life", "the switch `token-life` takes a time such as 30s, not ``"),
            (
                "regions-down=the moon",
                "the switch `regions-down` takes Regions with commas between them, such as us-west-2,eu-west-1, not `the moon`",
            ),
            ("token-life=12", "the switch `token-life` takes a time such as 30s, not `12`"),
            (
                "token-life=99999999999999999999h",
                "the switch `token-life` takes a time such as 30s, not `99999999999999999999h`",
            ),
        ] {
            assert_eq!(switches.turn(text).unwrap_err().to_string(), message);
        }
        assert_eq!(switches, Switches::default());
    }
}
