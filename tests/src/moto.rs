//! moto, a third party's model of AWS with many accounts: a role's account is the one in its ARN.

use std::process::Command;

use crate::{
    aws::{Aws, venv},
    process::{Started, free_port},
};

/// moto until this is dropped. It takes any key; one that it did not give belongs to account
/// 123456789012.
pub struct Moto {
    /// Its address, with a scheme.
    pub endpoint: String,
    _process: Started,
}

impl Moto {
    /// Starts it on a free port.
    pub fn start() -> Self {
        let port = free_port().to_string();
        let mut command = Command::new(venv().join("bin/moto_server"));
        command
            .args(["-H", "127.0.0.1", "-p", &port])
            .env("PYTHONUNBUFFERED", "1")
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
        let process = Started::announced(&mut command, "Running on http");
        Self { endpoint: format!("http://127.0.0.1:{port}"), _process: process }
    }

    /// The AWS CLI in a Region, as a role.
    pub fn aws(&self, role: &str, region: &str) -> Aws {
        let any = Aws::new(&self.endpoint, region, "AKIAEXAMPLE000000001", "any");
        let answer = any.assume_role(role);
        let of = |name: &str| answer["Credentials"][name].as_str().unwrap().to_owned();
        Aws::new(&self.endpoint, region, &of("AccessKeyId"), &of("SecretAccessKey"))
    }
}
