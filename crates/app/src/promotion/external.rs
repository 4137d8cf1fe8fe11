//! Commands and web addresses that gates ask. They come from a file, so nothing is asked until a person trusts
//! its content on this computer.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
    time::Duration,
};

use longshore_promotion::{
    gate::{External, ExternalRun, Gate, GateKind, Outcome},
    path::Path,
    plan::PromotionPlan,
};
use rusqlite::params;
use serde::Deserialize;
use serde_json::json;
use tokio::{io::AsyncReadExt, process::Command, time::timeout};

use super::{known_path, world::World};
use crate::{
    App,
    api::{ApiError, ExternalGate, PathKey, TrustGate},
    db::to_ms,
};

/// The most bytes of an answer that are read.
const MOST: usize = 64 * 1024;

impl App {
    /// The commands and web addresses that the gates of a path ask, and whether they are trusted here.
    ///
    /// # Errors
    /// `promotion-path-unknown`.
    pub async fn external_gates(&self, key: PathKey) -> Result<Vec<ExternalGate>, ApiError> {
        let path = known_path(self, key.space, &key.name).await?;
        let trusted = trusted(self).await?;
        Ok(externals(&path)
            .map(|(stage, external)| ExternalGate {
                stage,
                call: external.call.clone(),
                seconds: u32::try_from(external.timeout.num_seconds()).unwrap_or(u32::MAX),
                trusted: trusted.contains(&external.hash),
                hash: external.hash.clone(),
            })
            .collect())
    }

    /// Trusts a command or a web address of a path by the hash of its content, or ends that.
    ///
    /// # Errors
    /// `promotion-path-unknown`, `promotion-gate-unknown`.
    pub async fn trust_gate(&self, request: TrustGate) -> Result<Vec<ExternalGate>, ApiError> {
        let TrustGate { path: key, hash, trust } = request;
        let path = known_path(self, key.space, &key.name).await?;
        let hash = hash.trim().to_ascii_lowercase();
        if hash.len() < 12 || !externals(&path).any(|(_, external)| external.hash.starts_with(&hash)) {
            let text = format!("No gate of `{}` has this hash.", path.name);
            return Err(ApiError::input("promotion-gate-unknown", "hash", text));
        }
        let whole: Vec<String> = externals(&path)
            .filter(|(_, external)| external.hash.starts_with(&hash))
            .map(|(_, external)| external.hash.clone())
            .collect();
        let now = self.now();
        self.db
            .write(move |tx| {
                for hash in whole {
                    match trust {
                        true => tx.execute(
                            "INSERT OR IGNORE INTO promotion_trust (hash, at) VALUES (?1, ?2)",
                            params![hash, to_ms(now)],
                        )?,
                        false => tx.execute("DELETE FROM promotion_trust WHERE hash = ?1", [hash])?,
                    };
                }
                Ok(())
            })
            .await?;
        self.external_gates(key).await
    }
}

fn externals(path: &Path) -> impl Iterator<Item = (String, &External)> {
    path.stages.iter().flat_map(|stage| {
        let gates = stage.gates.iter().chain(&stage.rollback_gates);
        gates.filter_map(|gate| Some((stage.name.to_string(), of_gate(gate)?)))
    })
}

fn of_gate(gate: &Gate) -> Option<&External> {
    match &gate.kind {
        GateKind::Command(external) | GateKind::Webhook(external) => Some(external),
        _ => None,
    }
}

async fn trusted(app: &App) -> Result<BTreeSet<String>, ApiError> {
    app.db
        .read(|tx| {
            let mut statement = tx.prepare_cached("SELECT hash FROM promotion_trust")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
}

/// What is trusted, and what those commands and web addresses answer about a plan, by the hash of their content.
pub(super) async fn answers(
    world: &World<'_>,
    gates: &[Gate],
    plan: &PromotionPlan,
) -> Result<(BTreeSet<String>, BTreeMap<String, ExternalRun>), ApiError> {
    if !gates.iter().any(|gate| of_gate(gate).is_some()) {
        return Ok((BTreeSet::new(), BTreeMap::new()));
    }
    let trusted = trusted(world.app).await?;
    let mut runs = BTreeMap::new();
    for gate in gates {
        let Some(external) = of_gate(gate).filter(|external| trusted.contains(&external.hash)) else {
            continue;
        };
        let limit = external.timeout.to_std().unwrap_or(Duration::from_secs(60));
        let outcome = match &gate.kind {
            GateKind::Webhook(_) => {
                let client = world.app.network.client("the web address of a gate")?;
                ask(&client, external.call.first().map_or("", String::as_str), plan, limit).await
            }
            _ => run(&external.call, plan, limit).await,
        };
        let run = ExternalRun { digest: plan.digest.clone(), at: world.app.now(), outcome };
        runs.insert(external.hash.clone(), run);
    }
    Ok((trusted, runs))
}

/// Runs a command; exit code 0 is a pass. It learns what it is about from its environment.
async fn run(call: &[String], plan: &PromotionPlan, limit: Duration) -> Outcome {
    let Some((program, arguments)) = call.split_first() else {
        return Outcome::Refused("there is no command".to_owned());
    };
    let spawned = Command::new(program)
        .args(arguments)
        .env("LONGSHORE_PATH", plan.path.as_str())
        .env("LONGSHORE_STAGE", plan.stage.as_str())
        .env("LONGSHORE_SERVICE", plan.service.as_str())
        .env("LONGSHORE_DIGEST", plan.digest.as_str())
        .env("LONGSHORE_SOURCE", plan.source.place.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return Outcome::Refused(format!("it cannot be started: {error}")),
    };
    let mut output = child.stdout.take();
    let work = async {
        let mut said = Vec::new();
        if let Some(output) = &mut output {
            let mut bounded = output.take(MOST as u64);
            if let Err(error) = bounded.read_to_end(&mut said).await {
                tracing::debug!(%error, "the output of a command could not be read");
            }
        }
        // A command that says more is not held up.
        drop(output);
        (child.wait().await, String::from_utf8_lossy(&said).into_owned())
    };
    match timeout(limit, work).await {
        Err(_) => Outcome::TimedOut,
        Ok((Ok(status), said)) if status.success() => Outcome::Passed(said),
        Ok((Ok(_), said)) => Outcome::Failed(said),
        Ok((Err(error), _)) => Outcome::Refused(error.to_string()),
    }
}

/// The answer of a web address.
#[derive(Deserialize)]
struct Answer {
    pass: bool,
    #[serde(default)]
    reason: String,
}

/// Asks a web address with a POST of JSON. The answer is `{"pass": true or false, "reason": "…"}` with status
/// 200; it is not followed elsewhere.
async fn ask(client: &reqwest::Client, url: &str, plan: &PromotionPlan, limit: Duration) -> Outcome {
    let body = json!({
        "path": plan.path, "stage": plan.stage, "service": plan.service, "digest": plan.digest,
        "source": plan.source.place.to_string(),
    });
    let work = async {
        let answer = client
            .post(url)
            .json(&body)
            .send()
            .await
            .map_err(|error| longshore_registry::network_error(url, error).to_string())?;
        let status = answer.status();
        if status.is_redirection() {
            return Err("it redirects, and is not followed".to_owned());
        }
        if status != reqwest::StatusCode::OK {
            return Err(format!("it answered with status {}", status.as_u16()));
        }
        let bytes = longshore_registry::bounded_answer(url, answer, MOST).await;
        let bytes = bytes.map_err(|error| error.to_string())?;
        serde_json::from_slice::<Answer>(&bytes)
            .map_err(|_| "it did not answer with `{\"pass\": true}` or `{\"pass\": false}`".to_owned())
    };
    match timeout(limit, work).await {
        Err(_) => Outcome::TimedOut,
        Ok(Ok(Answer { pass: true, reason })) => Outcome::Passed(reason),
        Ok(Ok(Answer { pass: false, reason })) => Outcome::Failed(reason),
        Ok(Err(why)) => Outcome::Refused(why.trim_end_matches('.').to_owned()),
    }
}

#[cfg(test)]
mod tests;
