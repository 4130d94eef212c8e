//! Services opened as the configuration does it.

use output::{Record, Service, World};

/// Every secret is its place's name, so a test knows it.
pub const WORLD: World = World::with_secrets(|reference| match reference.split_once(':') {
    Some(("env", "MISSING")) => Err("the environment variable MISSING is not set".to_owned()),
    Some((_, place)) => Ok(place.to_owned()),
    None => Err(format!("{reference} is no reference")),
});

/// The service of that kind with these settings.
pub fn open(kind: &str, settings: &str) -> Box<dyn Service> {
    try_open(kind, settings).unwrap_or_else(|error| panic!("{kind}: {error}"))
}

pub fn try_open(kind: &str, settings: &str) -> Result<Box<dyn Service>, String> {
    let table = settings.parse().expect("TOML");
    (output::service::find(kind).expect("a kind").open)(table, WORLD)
}

/// The error of settings that are wrong.
pub fn open_error(kind: &str, settings: &str) -> String {
    match try_open(kind, settings) {
        Ok(_) => panic!("{kind} takes {settings}"),
        Err(error) => error,
    }
}

/// What became of one delivery: `taken`, or the kind of the error and its words.
pub async fn outcome(service: &mut dyn Service, records: &[Record]) -> String {
    match service.deliver(records).await {
        Ok(()) => "taken".to_owned(),
        Err(output::Error::Later { words, after: None }) => format!("later: {words}"),
        Err(output::Error::Later { words, after: Some(after) }) => {
            format!("later after {} s: {words}", after.as_secs())
        }
        Err(output::Error::Some(refusals)) => {
            let each: Vec<String> =
                refusals.iter().map(|it| format!("{}: {}", it.index, it.reason)).collect();
            format!("refused: {}", each.join("; "))
        }
        Err(output::Error::Whole { words }) => format!("whole: {words}"),
        Err(output::Error::Denied { words }) => format!("denied: {words}"),
    }
}
