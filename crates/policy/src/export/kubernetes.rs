//! Rules as a Kubernetes Job or CronJob, which runs them without the app.
//!
//! With several shards the Job is *Indexed*: each pod takes the share of its index, and no pod
//! needs to know about the others.

use serde_json::{Map, Value, json};

use super::{
    Exported,
    kubernetes_check::{KubernetesError, check, schedule_of},
};
use crate::rule::{RuleFile, to_yaml, yaml_document};

/// The directory of the rules in the container.
const RULES: &str = "/rules";
/// The directory of the journal. It is lost with the pod; a new pod checks the destination instead.
const DATA: &str = "/data";
/// The directory of the registry credentials, if there are any.
const DOCKER: &str = "/docker";
/// The user `nonroot` of images without a shell.
const USER: u32 = 65_532;

/// How rules run in a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesOptions {
    /// The name of every object, an RFC 1123 label.
    pub name: String,
    /// The namespace; without one, the caller's.
    pub namespace: Option<String>,
    /// The container image with `longshore` in it.
    pub image: String,
    /// How many pods share the work, 1 to 1,000.
    pub shards: u32,
    /// The IAM role that the pods act as (IRSA).
    pub role_arn: Option<String>,
    /// A Secret of type `kubernetes.io/dockerconfigjson` with credentials for registries that are
    /// not ECR's.
    pub docker_config_secret: Option<String>,
    /// Runs once even if the rules have a schedule.
    pub once: bool,
    /// The resources of each pod.
    pub resources: Resources,
}

impl KubernetesOptions {
    /// One pod named `name`, from `image`.
    pub fn new(name: &str, image: &str) -> Self {
        Self {
            name: name.to_owned(),
            namespace: None,
            image: image.to_owned(),
            shards: 1,
            role_arn: None,
            docker_config_secret: None,
            once: false,
            resources: Resources::default(),
        }
    }
}

/// A pod's resource requests and limits, in Kubernetes' notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resources {
    /// CPU request, such as `500m`.
    pub cpu: String,
    /// Memory request, such as `128Mi`.
    pub memory: String,
    /// Memory limit: a pod that exceeds it is killed.
    pub memory_limit: String,
    /// Disk for the journal.
    pub journal: String,
}

impl Default for Resources {
    /// Half a core, 128 MiB (limit 512), 1 GiB for the journal. CPU has no limit: hashing uses what
    /// is available.
    fn default() -> Self {
        Self {
            cpu: "500m".into(),
            memory: "128Mi".into(),
            memory_limit: "512Mi".into(),
            journal: "1Gi".into(),
        }
    }
}

/// The rules of `file` as a ServiceAccount, a ConfigMap and a Job, or a CronJob when they have a
/// schedule.
///
/// # Errors
/// If Kubernetes does not accept a name, or a rule needs something that a cluster does not have.
pub fn kubernetes(file: &RuleFile, options: &KubernetesOptions) -> Result<Exported, KubernetesError> {
    check(file, options)?;
    let schedule = if options.once { None } else { schedule_of(file)? };
    let mut annotations = Map::new();
    if let Some(role) = &options.role_arn {
        annotations.insert("eks.amazonaws.com/role-arn".into(), role.as_str().into());
    }
    let mut account = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(options),
        "automountServiceAccountToken": false,
    });
    if !annotations.is_empty() {
        account["metadata"]["annotations"] = Value::Object(annotations);
    }
    let job = job(options);
    let work = match &schedule {
        None => {
            json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata(options), "spec": job })
        }
        Some((cron, zone)) => json!({
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": metadata(options),
            "spec": {
                "schedule": cron,
                "timeZone": zone,
                "concurrencyPolicy": "Forbid",
                "startingDeadlineSeconds": 3600,
                "successfulJobsHistoryLimit": 3,
                "failedJobsHistoryLimit": 3,
                "jobTemplate": { "metadata": { "labels": labels(options) }, "spec": job },
            },
        }),
    };
    let text = [yaml_document(&account), config_map(file, options), yaml_document(&work)].join("---\n");
    let file_name = format!("{}.yaml", options.name);
    let notes = notes(file, options, schedule.is_some(), &file_name);
    Ok(Exported { file_name, text, notes })
}

fn notes(file: &RuleFile, options: &KubernetesOptions, scheduled: bool, file_name: &str) -> Vec<String> {
    let mut notes = vec![format!("Apply it with `kubectl apply -f {file_name}`. It contains no secrets.")];
    if options.shards > 1 {
        notes.push("It needs Kubernetes 1.29 or newer (backoff limit per index).".into());
        if file.rules.iter().any(|rule| rule.limits.as_ref().is_some_and(|limits| limits.bandwidth.is_some()))
        {
            notes.push(format!("Bandwidth limits apply to each of the {} pods.", options.shards));
        }
    }
    match &options.role_arn {
        Some(_) => notes.push(
            "The role's trust policy must name the cluster's identity provider and this service account."
                .into(),
        ),
        None => notes.push("Without a role the pods have no AWS credentials of their own.".into()),
    }
    if !scheduled && file.rules.iter().any(|rule| rule.schedule.is_some()) {
        notes.push("It runs once; the schedules of the rules are ignored.".into());
    }
    notes
}

fn labels(options: &KubernetesOptions) -> Value {
    json!({ "app.kubernetes.io/name": "longshore", "app.kubernetes.io/instance": options.name })
}

fn metadata(options: &KubernetesOptions) -> Value {
    let mut metadata = Map::new();
    metadata.insert("name".into(), options.name.as_str().into());
    if let Some(namespace) = &options.namespace {
        metadata.insert("namespace".into(), namespace.as_str().into());
    }
    metadata.insert("labels".into(), labels(options));
    Value::Object(metadata)
}

/// The rules as they are in their file, so that people can read them in the cluster.
fn config_map(file: &RuleFile, options: &KubernetesOptions) -> String {
    let mut text =
        yaml_document(&json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(options) }));
    text.push_str("data:\n  rules.yaml: |\n");
    for line in to_yaml(file).lines() {
        text.push_str("    ");
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn job(options: &KubernetesOptions) -> Value {
    let sharded = options.shards > 1;
    // 2 is a usage error and 3 *not everything done*: a retry helps with neither.
    let give_up = json!({
        "action": if sharded { "FailIndex" } else { "FailJob" },
        "onExitCodes": { "containerName": "longshore", "operator": "In", "values": [2, 3] },
    });
    let moved_away = json!({ "action": "Ignore", "onPodConditions": [{ "type": "DisruptionTarget" }] });
    let mut spec = Map::new();
    if sharded {
        spec.insert("completionMode".into(), "Indexed".into());
        spec.insert("completions".into(), options.shards.into());
        spec.insert("parallelism".into(), options.shards.into());
        spec.insert("backoffLimitPerIndex".into(), 3.into());
    } else {
        spec.insert("backoffLimit".into(), 3.into());
    }
    spec.insert("podFailurePolicy".into(), json!({ "rules": [moved_away, give_up] }));
    spec.insert("ttlSecondsAfterFinished".into(), 604_800.into());
    spec.insert(
        "template".into(),
        json!({ "metadata": { "labels": labels(options) }, "spec": pod(options) }),
    );
    Value::Object(spec)
}

fn pod(options: &KubernetesOptions) -> Value {
    let mut volumes = vec![
        json!({ "name": "rules", "configMap": { "name": options.name } }),
        json!({ "name": "data", "emptyDir": { "sizeLimit": options.resources.journal } }),
    ];
    if let Some(secret) = &options.docker_config_secret {
        let items = json!([{ "key": ".dockerconfigjson", "path": "config.json" }]);
        volumes.push(json!({ "name": "docker", "secret": { "secretName": secret, "items": items } }));
    }
    let mut pod = json!({
        "serviceAccountName": options.name,
        "automountServiceAccountToken": false,
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
    });
    if options.shards > 1 {
        // Several shards on one node would share its network.
        pod["topologySpreadConstraints"] = json!([{
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": { "matchLabels": labels(options) },
        }]);
    }
    pod["containers"] = json!([container(options)]);
    pod["volumes"] = volumes.into();
    pod
}

fn container(options: &KubernetesOptions) -> Value {
    let mut arguments = vec!["sync".to_owned(), format!("{RULES}/rules.yaml")];
    if options.shards > 1 {
        // Kubernetes puts the pod's index in place of the variable.
        arguments.extend(["--shard".to_owned(), format!("$(JOB_COMPLETION_INDEX)/{}", options.shards)]);
    }
    arguments.push("--json".to_owned());
    let mut environment = vec![json!({ "name": "LONGSHORE_DATA_DIR", "value": DATA })];
    let mut mounts = vec![
        json!({ "name": "rules", "mountPath": RULES, "readOnly": true }),
        json!({ "name": "data", "mountPath": DATA }),
    ];
    if options.docker_config_secret.is_some() {
        environment.push(json!({ "name": "DOCKER_CONFIG", "value": DOCKER }));
        mounts.push(json!({ "name": "docker", "mountPath": DOCKER, "readOnly": true }));
    }
    let Resources { cpu, memory, memory_limit, .. } = &options.resources;
    json!({
        "name": "longshore",
        "image": options.image,
        "command": ["longshore"],
        "args": arguments,
        "env": environment,
        "resources": {
            "requests": { "cpu": cpu, "memory": memory },
            "limits": { "memory": memory_limit },
        },
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": { "drop": ["ALL"] },
        },
        "volumeMounts": mounts,
    })
}
