//! What can be typed.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Container images over many Amazon ECR accounts and Regions, without a window.
#[derive(Parser)]
#[command(version, about)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Walk through replication and promotion on a throw-away sandbox.
    Demo(Demo),
    /// The embedded ECR.
    Sandbox {
        #[command(subcommand)]
        command: Sandbox,
    },
    /// Log another client in to a registry; the password goes by standard input only.
    Login(Login),
    /// Print a registry's password, for clients that `login` does not know.
    LoginPassword(LoginPassword),
}

#[derive(Args)]
pub(crate) struct Demo {
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Sandbox {
    /// Run a sandbox until interrupted.
    Serve(Serve),
    /// Make a sandbox new; everything in it is lost.
    Reset(State),
    /// Accounts of a sandbox.
    Account {
        #[command(subcommand)]
        command: Account,
    },
}

#[derive(Subcommand)]
pub(crate) enum Account {
    /// Add an account to a sandbox that does not run.
    Add(AddAccount),
}

#[derive(Args)]
pub(crate) struct State {
    /// The sandbox's state directory; by default the app's own.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) state: State,
    /// The control port; 0 takes any. By default the remembered one, or 4510, or the next free.
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// How long a native replication takes: `500ms`, `2s`, `1m`.
    #[arg(long, default_value = "2s", value_parser = duration)]
    pub(crate) replication_delay: Duration,
    /// Print the ready line as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct AddAccount {
    /// 12 digits.
    pub(crate) id: String,
    /// A Region of the account; may be given several times.
    #[arg(long = "region", required = true, value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    #[command(flatten)]
    pub(crate) state: State,
}

#[derive(Args)]
pub(crate) struct Login {
    /// The registry's host, with its port if it has one.
    pub(crate) host: String,
    /// The client to log in.
    #[arg(long, value_enum)]
    pub(crate) client: Client,
    #[command(flatten)]
    pub(crate) state: State,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Client {
    Docker,
    Skopeo,
    Podman,
    Crane,
}

#[derive(Args)]
pub(crate) struct LoginPassword {
    /// The registry's host, with its port if it has one.
    pub(crate) host: String,
    #[command(flatten)]
    pub(crate) state: State,
}

/// A length of time with its unit.
fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = &text[..text.len() - unit.len()];
    let number: u64 = number.parse().map_err(|_| format!("`{text}` does not begin with a whole number"))?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(60 * number)),
        _ => Err(format!("`{text}` needs a unit: ms, s or m")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn a_length_of_time_has_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("1m"), Ok(Duration::from_secs(60)));
        for wrong in ["", "2", "s", "-1s", "1.5s", "2 s", "3h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory;
        super::Arguments::command().debug_assert();
    }
}
