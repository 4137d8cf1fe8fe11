//! `longshore export …`

pub(crate) mod document;

use longshore_app::transfer::{KubernetesOptions, RuleFile, kubernetes, scheduled};
use serde_json::json;

use crate::{
    arguments::{Export, ExportKubernetes},
    failure::Failure,
    output, rule,
};

/// Prints files for another system.
pub(crate) async fn run(command: Export) -> Result<(), Failure> {
    match command {
        Export::Document(options) => document::run(options).await,
        Export::Kubernetes(options) => of_kubernetes(options),
    }
}

fn of_kubernetes(options: ExportKubernetes) -> Result<(), Failure> {
    let mut file: RuleFile = rule::read(&options.file, options.json)?.file;
    if let Some(cron) = &options.cron {
        file = scheduled(file, cron, options.time_zone.as_deref());
    }
    let how = KubernetesOptions {
        namespace: options.namespace,
        shards: options.shards,
        role_arn: options.role_arn,
        docker_config_secret: options.docker_config_secret,
        once: options.once,
        ..KubernetesOptions::new(&options.name, &options.image)
    };
    let exported = kubernetes(&file, &how).map_err(|error| Failure::Usage(error.to_string()))?;
    if options.json {
        output::summary(&json!({
            "event": "summary", "text": exported.text, "notes": exported.notes,
        }));
        return Ok(());
    }
    exported.notes.iter().for_each(|note| output::note(note));
    output::line(exported.text.trim_end());
    Ok(())
}
