//! Starts a stack.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use shared::aws::{Connections, Transport};
use shared::config::Variables;
use shared::environment::Environment;
use shared::http::Function;
use tokio::sync::watch;

use crate::arn::REGION;
use crate::aws::{Faults, Holds, InFlight, Latencies, Refusals, Requests, Secrets, Uses};
use crate::clock::LocalClock;
use crate::controls;
use crate::data::{DATABASE, Data, DataError};
use crate::endpoint;
use crate::engine::Engine;
use crate::invocation::Telling;
use crate::journal::Journal;
use crate::lambda::Lambda;
use crate::leases::{self, LeasesError};
use crate::machine::Machine;
use crate::mailbox::Mailbox;
use crate::openid::{self, OpenId};
use crate::schedules;
use crate::server;
use crate::stack::Stack;
use crate::streams::Feed;
use crate::tasks::Tasks;
use crate::template::{Cadence, DeclaredFunction, Template, TemplateError};

/// How often expired rows are deleted. On AWS, they may stay for days.
const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// The options of a stack.
#[derive(Clone, Debug)]
pub struct Options {
    /// The path of the template.
    pub template: PathBuf,
    /// The loopback port of the portal; any free one for 0.
    pub port: u16,
    /// The directory of the state; `None` for a stack in memory.
    pub data: Option<PathBuf>,
    /// Whether to delete the state first.
    pub fresh: bool,
    /// Environment variables of functions that override those of the template.
    pub overrides: BTreeMap<String, String>,
    /// A CSV file of leases to import first.
    pub leases: Option<PathBuf>,
    /// Whether daily jobs run when the clock passes their hour.
    pub daily_jobs: bool,
    /// The rows, by key, whose reads and writes are kept for [`Stack::records`]; `None` for no
    /// journal.
    pub journal: Option<fn(&str) -> bool>,
}

impl Default for Options {
    /// The project's template on any port, in memory, without leases.
    fn default() -> Self {
        Self {
            template: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml"),
            port: 0,
            data: None,
            fresh: false,
            overrides: BTreeMap::new(),
            leases: None,
            daily_jobs: true,
            journal: None,
        }
    }
}

/// Why a stack cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken.
    #[error("port {0} is taken: stop what uses it, or choose another with PORT")]
    PortTaken(u16),
    /// The port cannot be used.
    #[error("port {0} cannot be used: {1}")]
    Port(u16, io::Error),
    /// The template is invalid.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The data directory cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A part of the state cannot be used.
    #[error("{}: {part}: {cause}", .directory.display())]
    Persisted {
        /// The data directory.
        directory: PathBuf,
        /// The part of the state.
        part: &'static str,
        /// The cause.
        cause: Box<dyn Error + Send + Sync>,
    },
    /// A stream cannot be read.
    #[error("the stream of {table}: {cause}")]
    Stream {
        /// The table.
        table: String,
        /// The cause.
        cause: Box<dyn Error + Send + Sync>,
    },
    /// The leases cannot be imported.
    #[error(transparent)]
    Leases(#[from] LeasesError),
}

impl StartError {
    fn port(port: u16, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::PortTaken(port),
            _ => Self::Port(port, error),
        }
    }
}

/// Starts a stack with every function.
///
/// # Errors
///
/// When the port is taken, or the template, the state or the leases cannot be used.
pub async fn start(options: Options) -> Result<Stack, StartError> {
    start_with(options, crate::functions::all()).await
}

/// Starts a stack with `functions`.
///
/// # Errors
///
/// As [`start`].
pub async fn start_with(
    options: Options,
    functions: Vec<(&'static str, Box<dyn Function>)>,
) -> Result<Stack, StartError> {
    let data = Data::claim(options.data.clone())?;
    let (listener, address) = server::listen(options.port)
        .await
        .map_err(|error| StartError::port(options.port, error))?;
    let beside = if options.port == 0 { 0 } else { options.port.saturating_add(1) };
    let (aws_listener, aws_address) = listen_near(beside).await?;
    let (engine_listener, engine_address) = listen_near(0).await?;
    let (address, aws_address) = (format!("http://{address}"), format!("http://{aws_address}"));

    let parameters = BTreeMap::from([
        ("PortalUrl".to_owned(), address.clone()),
        ("StaffIssuer".to_owned(), format!("{address}{}", openid::PATH)),
        ("StaffClientId".to_owned(), openid::CLIENT.to_owned()),
        ("SyntheticHousehold".to_owned(), "true".to_owned()),
    ]);
    let template = Template::read(&options.template, &parameters)?;
    data.prepare(options.fresh)?;
    data.tell_address(&address)?;
    let machine = assemble(template, &data, engine_address, &aws_address, &options, functions)?;
    let (mut front, mut back) = (Tasks::new(), Tasks::new());
    back.spawn(|stop| machine.engine.serve(engine_listener, stop));
    back.spawn(|stop| {
        let services = endpoint::router(Arc::clone(&machine), stop.clone());
        server::serve(aws_listener, services, stop)
    });
    for mapping in &machine.template.mappings {
        let feed =
            Feed::new(&machine.engine, mapping, machine.writes.subscribe()).map_err(|error| {
                StartError::Stream { table: mapping.table.clone(), cause: error.into() }
            })?;
        front.spawn(|stop| feed.run(Arc::clone(&machine), stop));
    }
    if let Some(leases) = &options.leases {
        leases::import(&machine, leases).await?;
    }
    let daily_jobs = options.daily_jobs;
    let schedules = machine.template.schedules.iter();
    let schedules = schedules.filter(|schedule| daily_jobs || schedule.cadence == Cadence::Often);
    for schedule in schedules.cloned() {
        front.spawn(|stop| schedules::run(Arc::clone(&machine), schedule, stop));
    }
    front.spawn(|stop| sweep(Arc::clone(&machine), stop));
    let portal = controls::router(Arc::clone(&machine));
    front.spawn(|stop| server::serve_verbatim(listener, portal, stop));
    Ok(Stack { machine, address, aws_address, front, back, data })
}

/// Listens on `port`, or on any free port if it is taken.
async fn listen_near(port: u16) -> Result<(tokio::net::TcpListener, SocketAddr), StartError> {
    match server::listen(port).await {
        Ok(listening) => Ok(listening),
        Err(_) => server::listen(0).await.map_err(|error| StartError::port(0, error)),
    }
}

fn assemble(
    template: Template,
    data: &Data,
    engine_address: SocketAddr,
    aws_address: &str,
    options: &Options,
    functions: Vec<(&'static str, Box<dyn Function>)>,
) -> Result<Arc<Machine>, StartError> {
    let unusable = |part, cause| StartError::Persisted {
        directory: data.directory().unwrap_or(Path::new("memory")).to_owned(),
        part,
        cause,
    };
    let clock = LocalClock::open(data.file("clock.json").as_deref())
        .map_err(|error| unusable("the clock", error.into()))?;
    let engine = Engine::open(data.file(DATABASE).as_deref(), &template.tables, engine_address)
        .map_err(|error| unusable("the tables", error.into()))?;
    let mailbox = match data.file("mails.jsonl") {
        Some(file) => Mailbox::open(&file).map_err(|error| unusable("the mails", error.into()))?,
        None => Mailbox::default(),
    };
    let secrets =
        Secrets::open(data.file("secret.json").as_deref(), &template.secrets, clock.now())
            .map_err(|error| unusable("the secret", error.into()))?;
    let journal = Arc::new(Journal::new(options.journal));
    let functions = lambdas(&template, &clock, aws_address, options, &journal, functions);
    if let Some(file) = data.file("env") {
        fs::write(file, environment_file(&functions))
            .map_err(|error| unusable("the variables of functions", error.into()))?;
    }
    Ok(Arc::new(Machine {
        template,
        clock,
        engine,
        mailbox,
        secrets,
        functions,
        faults: Faults::default(),
        holds: Holds::default(),
        latencies: Latencies::default(),
        in_flight: InFlight::default(),
        duplicates: AtomicBool::new(false),
        openid: OpenId::default(),
        requests: Requests::default(),
        refusals: Refusals::default(),
        journal,
        uses: Uses::default(),
        writes: watch::Sender::new(()),
    }))
}

fn lambdas(
    template: &Template,
    clock: &LocalClock,
    aws_address: &str,
    options: &Options,
    journal: &Arc<Journal>,
    functions: Vec<(&'static str, Box<dyn Function>)>,
) -> BTreeMap<String, Arc<Lambda>> {
    let transport = Arc::new(Telling(Connections::default()));
    let mut code: BTreeMap<&str, Arc<dyn Function>> =
        functions.into_iter().map(|(name, function)| (name, Arc::from(function))).collect();
    let lambda = |(name, declared): (&String, &DeclaredFunction)| {
        let variables = variables(name, declared, aws_address, &options.overrides);
        let environment = Environment {
            variables: variables.iter().map(clone_pair).collect::<Variables>(),
            clock: (**clock).clone(),
            transport: Arc::clone(&transport) as Arc<dyn Transport>,
        };
        let variables = variables.iter().map(clone_pair).collect();
        let function = code.remove(name.as_str());
        let lambda = Lambda::new(name, function, declared, environment, variables, journal);
        (name.clone(), Arc::new(lambda))
    };
    template.functions.iter().map(lambda).collect()
}

/// The environment variables of a function.
fn variables(
    name: &str,
    declared: &DeclaredFunction,
    aws_address: &str,
    overrides: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut variables = declared.variables.clone();
    for (name, value) in [
        ("AWS_REGION", REGION),
        // The access key identifies the function in recorded calls.
        ("AWS_ACCESS_KEY_ID", name),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", aws_address),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", aws_address),
        ("AWS_ENDPOINT_URL_SESV2", aws_address),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    variables.extend(overrides.iter().map(clone_pair));
    variables
}

/// The variables of all functions, one per line, for `cargo lambda watch --env-file`. Then calls do
/// not identify their function, so no policy is enforced.
fn environment_file(functions: &BTreeMap<String, Arc<Lambda>>) -> String {
    let variables = functions.values().flat_map(|function| function.variables());
    let mut variables: BTreeMap<&str, &str> =
        variables.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    variables.insert("AWS_ACCESS_KEY_ID", "local");
    let lines = variables.iter().map(|(name, value)| format!("{name}='{value}'"));
    lines.chain([String::new()]).collect::<Vec<_>>().join("\n")
}

fn clone_pair((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

async fn sweep(machine: Arc<Machine>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SWEEP_EVERY) => {}
            () = server::stopped(&mut stop) => return,
        }
        for table in &machine.template.tables {
            if let Err(error) = machine.engine.sweep(table, machine.clock.now()).await {
                tracing::error!(%error, "expired rows cannot be deleted");
            }
        }
        machine.writes.send_replace(());
    }
}
