//! A statement as a command for the administrator of an account that the app cannot access.
//!
//! The existing policy is not known here, so the command reads it, adds the statement and writes
//! the whole policy back. It stops for a different account, for a Sid that is taken, and when there
//! is nothing to do.

use longshore_names::RegistryId;
use longshore_policy::registry_policy::Statement;
use url::Url;

/// Ends the statement in the script. No line of an indented document is a bare word.
const END: &str = "LONGSHORE_STATEMENT";

const MERGE: &str = r#"  merge() {
    if command -v python3 >/dev/null 2>&1; then
      python3 -c '
import json, sys
policy, new = (json.load(open(path)) for path in sys.argv[1:3])
there = policy.get("Statement", [])
there = there if isinstance(there, list) else [there]
if new in there:
    sys.exit("Stopped: the policy already has this statement.")
if any(s.get("Sid") == new["Sid"] for s in there):
    sys.exit("Stopped: the statement id " + new["Sid"] + " is taken. Choose another one.")
policy["Statement"] = there + [new]
print(json.dumps(policy))' "$1" "$2"
    elif command -v jq >/dev/null 2>&1; then
      jq -e -c --slurpfile new "$2" '
(.Statement // [] | if type == "array" then . else [.] end) as $there | $new[0] as $one |
if any($there[]; .Sid == $one.Sid) then error("Stopped: the statement id is taken.")
else .Statement = $there + [$one] end' "$1"
    else
      echo "Stopped: python3 or jq is needed to add the statement to the policy." >&2
      return 1
    fi
  }
"#;

/// The command. Safe to paste into a POSIX shell.
pub(crate) fn statement_for_administrator(
    registry: &RegistryId,
    endpoint: Option<&Url>,
    statement: &Statement,
) -> String {
    let account = &registry.account;
    // A URL has no quote in it: it was parsed and is written in its normalized form.
    let endpoint = endpoint
        .map(|url| format!(" --endpoint-url '{}'", url.as_str().trim_end_matches('/').replace('\'', "%27")))
        .unwrap_or_default();
    let at = format!(" --region {}{endpoint}", registry.region);
    let document = longshore_policy::pretty(&statement.to_value());
    format!(
        ": 'For the administrator of account {account}: adds one statement to the registry policy in'\n\
         : '{region}. Other statements stay.'\n\
         (\n  set -eu\n  export AWS_PAGER=''\n\
         \x20 account=$(aws sts get-caller-identity --query Account --output text{at})\n\
         \x20 if [ \"$account\" != {account} ]; then\n\
         \x20   echo \"Stopped: this is for account {account}, you are signed in to $account.\" >&2\n\
         \x20   exit 1\n  fi\n\
         \x20 work=$(mktemp -d)\n  trap 'rm -rf \"$work\"' EXIT\n{MERGE}\
         \x20 cat > \"$work/statement.json\" <<'{END}'\n{document}\n{END}\n\
         \x20 if ! aws ecr get-registry-policy --query policyText --output text{at} > \"$work/now.json\" 2> \"$work/error\"; then\n\
         \x20   case $(cat \"$work/error\") in\n\
         \x20     *RegistryPolicyNotFoundException*) echo '{{\"Version\":\"2012-10-17\",\"Statement\":[]}}' > \"$work/now.json\" ;;\n\
         \x20     *) cat \"$work/error\" >&2; exit 1 ;;\n\
         \x20   esac\n  fi\n\
         \x20 merge \"$work/now.json\" \"$work/statement.json\" > \"$work/after.json\"\n\
         \x20 aws ecr put-registry-policy --policy-text \"file://$work/after.json\"{at}\n)\n",
        region = registry.region,
    )
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::PermissionsExt,
        process::{Command, Output},
    };

    use longshore_policy::registry_policy::{CrossAccountReplication, RepositoryScope};
    use serde_json::Value;

    use super::*;

    /// Runs the command with an `aws` that signs in to `account` and has the policy `now`.
    fn run(account: &str, now: Option<&str>) -> (Output, Option<Value>) {
        let folder = tempfile::tempdir().unwrap();
        let written = folder.path().join("written.json");
        let get = match now {
            Some(policy) => format!("cat <<'POLICY'\n{policy}\nPOLICY"),
            None => "echo 'An error (RegistryPolicyNotFoundException)' >&2; exit 254".into(),
        };
        let fake = format!(
            "#!/bin/sh\ncase \"$1 $2\" in\n'sts get-caller-identity') echo {account} ;;\n\
             'ecr get-registry-policy') {get}\n;;\n\
             'ecr put-registry-policy') cp \"${{4#file://}}\" '{}' ;;\n*) exit 9 ;;\nesac\n",
            written.display()
        );
        let aws = folder.path().join("aws");
        fs::write(&aws, fake).unwrap();
        fs::set_permissions(&aws, fs::Permissions::from_mode(0o755)).unwrap();
        let registry = RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap());
        let statement = CrossAccountReplication {
            sid: "ReplicationAccessCrossAccount".into(),
            sources: vec!["111122223333".parse().unwrap()],
            destination: registry.clone(),
            repositories: RepositoryScope::All,
            create_repository: true,
        }
        .statement();
        let script = statement_for_administrator(&registry, None, &statement);
        let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh").arg("-c").arg(script).env("PATH", path).output().unwrap();
        let policy = fs::read(&written).ok().map(|text| serde_json::from_slice(&text).unwrap());
        (output, policy)
    }

    #[test]
    fn the_statement_is_added_to_what_is_there() {
        let there = r#"{"Version":"2012-10-17","Id":"x","Statement":{"Sid":"Other","Effect":"Deny"}}"#;
        let (output, policy) = run("444455556666", Some(there));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let policy = policy.unwrap();
        assert_eq!(policy["Id"], "x");
        assert_eq!(policy["Statement"][0]["Sid"], "Other");
        assert_eq!(policy["Statement"][1]["Sid"], "ReplicationAccessCrossAccount");
        let (output, policy) = run("444455556666", None);
        assert!(output.status.success());
        assert_eq!(policy.unwrap()["Statement"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn another_account_and_a_taken_sid_stop_it() {
        let (output, policy) = run("111122223333", None);
        assert!(!output.status.success() && policy.is_none());
        assert!(String::from_utf8_lossy(&output.stderr).contains("this is for account 444455556666"));
        let taken = r#"{"Statement":[{"Sid":"ReplicationAccessCrossAccount","Effect":"Deny"}]}"#;
        let (output, policy) = run("444455556666", Some(taken));
        assert!(!output.status.success() && policy.is_none());
        assert!(String::from_utf8_lossy(&output.stderr).contains("is taken"));
    }
}
