//! `longshore sandbox …`

use std::path::PathBuf;

use longshore_app::{default_data_directory, repair_data_directory};
use longshore_names::{AccountId, NameError, Region};
use longshore_sandbox::{PortChoice, Sandbox, SandboxOptions, Traffic};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    arguments::{self, Account, AddAccount, Serve, State},
    failure::Failure,
    output,
};

/// Runs a command about the sandbox.
pub(crate) async fn run(command: arguments::Sandbox) -> Result<(), Failure> {
    match command {
        arguments::Sandbox::Serve(options) => serve(options).await,
        arguments::Sandbox::Reset(state) => reset(state).await,
        arguments::Sandbox::Account { command: Account::Add(account) } => add_account(account).await,
    }
}

async fn serve(options: Serve) -> Result<(), Failure> {
    let mut sandbox_options = SandboxOptions::new(directory(options.state)?);
    sandbox_options.replication_delay = options.replication_delay;
    sandbox_options.port = match options.port {
        None => PortChoice::Default,
        Some(0) => PortChoice::Any,
        Some(port) => PortChoice::Explicit(port),
    };
    for switch in &options.switches {
        sandbox_options.switches.turn(switch).map_err(|error| Failure::Usage(error.to_string()))?;
    }
    let sandbox = Sandbox::start(sandbox_options).await?;
    // The signal handler is installed before the sandbox is announced, so that every later signal
    // ends it cleanly.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut asked = signal(SignalKind::user_defined1())?;
    let ready = sandbox.ready();
    if options.json {
        output::json(&ready);
    } else {
        output::line(&format!("The sandbox is listening at {}", ready.control));
        for registry in &ready.registries {
            output::line(&format!(
                "  {} {:<15} {}",
                registry.account,
                registry.region.as_str(),
                registry.url
            ));
        }
        output::line("Credentials are in the ready line of --json. Press Ctrl-C to stop.");
    }
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            // Only the owner of this process may signal it.
            _ = asked.recv() => print_traffic(&sandbox, options.json)?,
        }
    }
    if options.json {
        print_traffic(&sandbox, true)?;
    }
    sandbox.shutdown().await;
    Ok(())
}

/// Prints the traffic since the start.
fn print_traffic(sandbox: &Sandbox, json: bool) -> Result<(), Failure> {
    let traffic = sandbox.traffic();
    if json {
        output::offer(&serde_json::json!({ "event": "traffic", "registries": traffic }));
        return Ok(());
    }
    for Traffic { registry, counters, operations } in traffic {
        output::line(&format!("{registry}: {} blob bytes received", counters.blob_bytes_received));
        for (operation, count) in operations {
            output::line(&format!(
                "  {operation:<30} {:>9} requests {:>9} throttled",
                count.requests, count.throttled
            ));
        }
    }
    Ok(())
}

async fn reset(state: State) -> Result<(), Failure> {
    let sandbox = stopped(state).await?;
    sandbox.reset().await?;
    sandbox.shutdown().await;
    output::line("Sandbox reset.");
    Ok(())
}

async fn add_account(account: AddAccount) -> Result<(), Failure> {
    let wrong = |error: NameError| Failure::Usage(error.to_string());
    let id = AccountId::for_input(&account.id).map_err(wrong)?;
    let regions: Vec<Region> = account
        .regions
        .iter()
        .map(|region| Region::for_input(region))
        .collect::<Result<_, _>>()
        .map_err(wrong)?;
    let sandbox = stopped(account.state).await?;
    sandbox.add_account(id.clone(), regions).await?;
    sandbox.shutdown().await;
    output::line(&format!("Account {id} was added to the sandbox."));
    Ok(())
}

/// Opens a sandbox that is not running; a running one is an error that names its address.
async fn stopped(state: State) -> Result<Sandbox, Failure> {
    let mut options = SandboxOptions::new(directory(state)?);
    options.port = PortChoice::Any;
    Ok(Sandbox::start(options).await?)
}

fn directory(state: State) -> Result<PathBuf, Failure> {
    if let Some(state) = state.state {
        return Ok(state);
    }
    let none = || Failure::Usage("there is no home folder; specify a folder with --state".into());
    let data = default_data_directory().ok_or_else(none)?;
    repair_data_directory(&data)?;
    Ok(data.join("sandbox"))
}
