//! AWS CLI commands that refuse to run against the wrong account or a changed document.

use super::{Change, ExportError, Exported, Target, file_name, subject};

/// Terminates the documents in the script. No line of a pretty-printed document is a bare word.
pub(super) const END: &str = "LONGSHORE_DOCUMENT";

/// Compares two documents by meaning, as this crate does: with python3, or with jq if that is
/// missing.
const COMPARE: &str = r##"  normal() {
    if command -v python3 >/dev/null 2>&1; then
      python3 -c '
import json, re, sys
texts = ("repositoryPolicy", "lifecyclePolicy")
implied = (("deleteReplication", {"enabled": False}), ("MaxSessionDuration", 3600),
           ("imageTagMutabilityExclusionFilters", []), ("resourceTags", []), ("tags", []))
def n(v, key=None):
    if key in texts and isinstance(v, str):
        v = json.loads(v)
    if isinstance(v, dict):
        return {k: n(x, k) for k, x in v.items() if x is not None and (k, x) not in implied}
    if isinstance(v, list):
        items = sorted((n(x, key) for x in v), key=lambda x: json.dumps(x, sort_keys=True))
        return items[0] if len(items) == 1 and key != "rules" else items
    if isinstance(v, str):
        v = re.sub("^arn:aws[a-z-]*:iam::([0-9]{12}):root$", r"\1", v)
        return v.lower() if re.match("(?i)ecr:", v) else v
    return v
print(json.dumps(n(json.load(sys.stdin)), sort_keys=True))'
    elif command -v jq >/dev/null 2>&1; then
      jq -S -c '
def implied: . == {key: "deleteReplication", value: {enabled: false}} or . == {key: "MaxSessionDuration", value: 3600}
  or (.value == [] and (.key == "imageTagMutabilityExclusionFilters" or .key == "resourceTags" or .key == "tags"));
def n(key):
  if type == "string" and (key == "repositoryPolicy" or key == "lifecyclePolicy") then fromjson else . end |
  if type == "object" then
    with_entries(select(.value != null and (implied | not)) | .key as $k | .value |= n($k))
  elif type == "array" then
    (map(n(key)) | sort) as $items | if ($items | length) == 1 and key != "rules" then $items[0] else $items end
  elif type == "string" then
    sub("^arn:aws[a-z-]*:iam::(?<a>[0-9]{12}):root$"; .a) | if test("^[eE][cC][rR]:") then ascii_downcase else . end
  else . end;
n("")'
    else
      echo "Stopped: python3 or jq is needed to compare documents." >&2
      return 1
    fi
  }
"##;

/// ` --region … --endpoint-url …`.
pub(super) fn at(target: &Target) -> String {
    let endpoint = target.endpoint.as_ref().map(|url| format!(" --endpoint-url '{url}'")).unwrap_or_default();
    format!(" --region {}{endpoint}", target.registry.region)
}

/// The start of a script: it stops unless it is for the account that is signed in, and has a folder of its own.
pub(super) fn start(target: &Target) -> String {
    format!(
        "(\n  set -eu\n  export AWS_PAGER=''\n\
         \x20 account=$(aws sts get-caller-identity --query Account --output text{at}) || exit 1\n\
         \x20 if [ \"$account\" != {account} ]; then\n\
         \x20   echo \"Stopped: these commands are for account {account}, you are signed in to $account.\" >&2\n\
         \x20   exit 1\n  fi\n\
         \x20 work=$(mktemp -d) || exit 1\n  trap 'rm -rf \"$work\"' EXIT\n{COMPARE}",
        account = target.registry.account,
        at = at(target),
    )
}

pub(super) fn export(change: &Change, target: &Target) -> Result<Exported, ExportError> {
    let registry = &target.registry;
    let at = at(target);
    let mut text = format!(
        ": 'Registry {registry}. Changes nothing unless you are signed in to this account and the'\n\
         : 'document is still the one that the change was made for.'\n\
         {start}",
        start = start(target),
    );
    let (before, after, read, write) = match change {
        Change::Replication { before, after } => (
            Some(before.pretty()),
            Some(after.pretty()),
            format!(
                "  aws ecr describe-registry --query replicationConfiguration --output json{at} > \"$work/now.json\" || exit 1\n"
            ),
            format!(
                "  aws ecr put-replication-configuration --replication-configuration \"file://$work/after.json\"{at}\n"
            ),
        ),
        Change::RegistryPolicy { before, after } => (
            before.as_ref().map(crate::registry_policy::RegistryPolicy::pretty),
            after.as_ref().map(crate::registry_policy::RegistryPolicy::pretty),
            read_policy(&at, before.is_some()),
            if after.is_some() {
                format!("  aws ecr put-registry-policy --policy-text \"file://$work/after.json\"{at}\n")
            } else {
                format!("  aws ecr delete-registry-policy{at}\n")
            },
        ),
        Change::Other { subject, before, after } => {
            return subject::cli::export(subject, before.as_ref(), after.as_ref(), target);
        }
    };
    for (name, document) in [("before", &before), ("after", &after)] {
        if let Some(document) = document {
            text.push_str(&format!(
                "  cat > \"$work/{name}.json\" <<'{END}'\n{}\n{END}\n",
                pasteable(document)
            ));
        }
    }
    text.push_str(&read);
    if before.is_some() {
        text.push_str(
            "  before=$(normal < \"$work/before.json\") || exit 1\n\
             \x20 now=$(normal < \"$work/now.json\") || exit 1\n\
             \x20 if [ \"$before\" != \"$now\" ]; then\n\
             \x20   echo 'Stopped: the document has changed since these commands were generated. Nothing was written.' >&2\n\
             \x20   exit 1\n  fi\n",
        );
    }
    text.push_str(&write);
    text.push_str(")\n");
    let notes = vec![
        "Paste it into a POSIX shell. It needs the AWS CLI, and python3 or jq.".into(),
        "It writes the whole document; an AWS CLI that does not know one of its fields stops instead.".into(),
    ];
    Ok(Exported { file_name: file_name(change, target, "sh"), text, notes })
}

/// The document with JSON escapes for everything that an interactive shell may interpret as a key
/// press or as history expansion (`!`).
pub(super) fn pasteable(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if c == '\n' || (c.is_ascii() && !c.is_control() && c != '!') {
            out.push(c);
        } else {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

/// Reads the policy. If none is expected, stops unless ECR reports that there is none.
fn read_policy(at: &str, exists: bool) -> String {
    let get = format!("aws ecr get-registry-policy --query policyText --output text{at}");
    if exists {
        return format!("  {get} > \"$work/now.json\" || exit 1\n");
    }
    format!(
        "  if {get} > \"$work/now.json\" 2> \"$work/error\"; then\n\
         \x20   echo 'Stopped: the registry now has a policy. Nothing was written.' >&2\n\
         \x20   exit 1\n\
         \x20 fi\n\
         \x20 case $(cat \"$work/error\") in\n\
         \x20   *RegistryPolicyNotFoundException*) ;;\n\
         \x20   *) cat \"$work/error\" >&2; exit 1 ;;\n\
         \x20 esac\n"
    )
}
