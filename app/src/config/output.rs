//! Who else must know, and what of it?

use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use decode::form::{Fields, Form, csv_header};
use event::{Filter, TenantName, time};
use output::{Kind, Limits, Retry, Service, Takes, World, service};
use serde::Deserialize;
use source::service::Secret;
use store::Start;

use super::nearest;
use crate::forward::presets;

/// One `[[output]]` of the configuration: what all kinds have, and the settings of its own kind.
#[derive(Clone, Debug)]
pub struct Output {
    pub name: String,
    pub kind: &'static Kind,
    /// `None` where the service takes columns.
    pub form: Option<Form>,
    /// Which fields of the form.
    pub fields: Fields,
    pub filter: Filter,
    /// As the configuration says it, presets included.
    pub filter_text: String,
    pub limits: Limits,
    pub retry: Retry,
    pub start: Start,
    tenants: Option<Vec<TenantName>>,
    settings: toml::Table,
}

/// The keys that every output may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    format: Option<String>,
    filter: Option<String>,
    #[serde(default)]
    presets: Vec<String>,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    tenants: Option<Vec<String>>,
    from: Option<String>,
    #[serde(default)]
    batch: Batch,
    #[serde(default)]
    retry: Pauses,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Batch {
    records: Option<usize>,
    bytes: Option<usize>,
    seconds: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Pauses {
    first_seconds: Option<f64>,
    longest_seconds: Option<f64>,
    denied_seconds: Option<f64>,
}

const COMMON: [&str; 11] = [
    "name", "type", "format", "filter", "presets", "fields", "without", "tenants", "from", "batch",
    "retry",
];
/// Names are parts of file names and labels of metrics.
const NAME_CHARS_MAX: usize = 64;

impl Output {
    pub fn parse(table: &toml::Table) -> Result<Output> {
        let name = table.get("name").and_then(|name| name.as_str()).unwrap_or("without a name");
        Output::try_parse(table).map_err(|error| anyhow!("output {name}: {error:#}"))
    }

    fn try_parse(table: &toml::Table) -> Result<Output> {
        let (common, settings): (toml::Table, toml::Table) =
            table.clone().into_iter().partition(|(key, _)| COMMON.contains(&key.as_str()));
        let common: Common = toml::Value::Table(common)
            .try_into()
            .map_err(|error: toml::de::Error| anyhow!("{}", with_hint(error.message())))?;
        check_name(&common.name)?;
        let kind = service::find(&common.kind).ok_or_else(|| {
            let names: Vec<&str> = service::ALL.iter().map(|kind| kind.name).collect();
            anyhow!("type {:?} is not known; use one of {}", common.kind, names.join(", "))
        })?;
        let (filter, filter_text) = filter(&common)?;
        let form = form(kind, common.format.as_deref())?;
        let output = Output {
            form,
            fields: fields(&common, form)?,
            limits: limits(&common.batch, &kind.limits)?,
            retry: retry(&common.retry)?,
            start: start(common.from.as_deref())?,
            tenants: tenants(common.tenants.as_deref())?,
            name: common.name,
            kind,
            filter,
            filter_text,
            settings,
        };
        output.open().map(|_| output)
    }

    /// A service for it, not yet connected.
    pub fn open(&self) -> Result<Box<dyn Service>> {
        let world = World {
            secret: read_secret,
            format: self.form.map(Form::name),
            header: (self.form == Some(Form::Csv)).then(|| csv_header(&self.fields)),
        };
        (self.kind.open)(self.settings.clone(), world).map_err(|words| anyhow!(with_hint(&words)))
    }

    /// Is this tenant's trail for it?
    pub fn takes(&self, tenant: &TenantName) -> bool {
        self.tenants.as_ref().is_none_or(|tenants| tenants.contains(tenant))
    }
}

fn read_secret(reference: &str) -> std::result::Result<String, String> {
    Ok(Secret::parse(reference)?.read()?.expose().to_owned())
}

/// Whatever changes in the configuration is a new output; state is kept by its name.
impl PartialEq for Output {
    fn eq(&self, other: &Output) -> bool {
        self.name == other.name
            && self.kind.name == other.kind.name
            && self.form == other.form
            && self.fields == other.fields
            && self.filter == other.filter
            && self.limits == other.limits
            && self.retry == other.retry
            && self.start == other.start
            && self.tenants == other.tenants
            && self.settings == other.settings
    }
}

fn with_hint(message: &str) -> String {
    let hint = nearest(message).map_or(String::new(), |name| format!("; did you mean `{name}`?"));
    match message.split_once(", expected one of") {
        Some((message, _)) => format!("{message}{hint}"),
        None => format!("{message}{hint}"),
    }
}

fn check_name(name: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(is_plain) {
        bail!("a name is 1 to {NAME_CHARS_MAX} letters, digits, - or _");
    }
    Ok(())
}

fn form(kind: &Kind, format: Option<&str>) -> Result<Option<Form>> {
    let name = match (kind.takes, format) {
        (Takes::Columns, Some(_)) => bail!("{} takes columns; leave out format", kind.name),
        (Takes::Columns, None) | (Takes::Parquet, None | Some("parquet")) => return Ok(None),
        (Takes::Parquet, Some(format)) => format,
        (Takes::Body(default), format) => format.unwrap_or(default),
    };
    let form = Form::named(name).ok_or_else(|| {
        let names: Vec<&str> = Form::ALL.iter().map(|form| form.name()).collect();
        anyhow!("format {name:?} is not known; use one of {}", names.join(", "))
    })?;
    Ok(Some(form))
}

fn fields(common: &Common, form: Option<Form>) -> Result<Fields> {
    let fields = Fields::new(&common.fields, &common.without).map_err(|words| anyhow!(words))?;
    match form {
        Some(form) => fields.fits(form).map_err(|words| anyhow!(words))?,
        None if fields.is_all() => {}
        None => {
            bail!("fields and without choose among the fields of a format, and columns have none")
        }
    }
    Ok(fields)
}

fn filter(common: &Common) -> Result<(Filter, String)> {
    let mut texts: Vec<&str> = Vec::new();
    for name in &common.presets {
        texts.push(presets::find(name).ok_or_else(|| {
            let names: Vec<&str> = presets::all().map(|preset| preset.name).collect();
            anyhow!("preset {name:?} is not known; use one of {}", names.join(", "))
        })?);
    }
    texts.extend(common.filter.as_deref());
    let mut filters = Vec::new();
    for text in &texts {
        filters
            .push(search::query::parse(text).map_err(|error| anyhow!("filter {text:?}: {error}"))?);
    }
    let text = match texts.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        several => {
            let parts: Vec<String> = several.iter().map(|text| format!("({text})")).collect();
            parts.join(" ")
        }
    };
    Ok((Filter::all(filters), text))
}

fn limits(batch: &Batch, default: &Limits) -> Result<Limits> {
    if batch.records == Some(0) || batch.bytes == Some(0) {
        bail!("batch: records and bytes are 1 or more");
    }
    Ok(Limits {
        records: batch.records.unwrap_or(default.records),
        bytes: batch.bytes.unwrap_or(default.bytes),
        linger: duration("batch.seconds", batch.seconds, default.linger)?,
    })
}

fn retry(pauses: &Pauses) -> Result<Retry> {
    let default = Retry::DEFAULT;
    Ok(Retry {
        first: duration("retry.first_seconds", pauses.first_seconds, default.first)?,
        longest: duration("retry.longest_seconds", pauses.longest_seconds, default.longest)?,
        denied: duration("retry.denied_seconds", pauses.denied_seconds, default.denied)?,
    })
}

fn duration(key: &str, seconds: Option<f64>, default: Duration) -> Result<Duration> {
    match seconds.map(Duration::try_from_secs_f64) {
        None => Ok(default),
        Some(Ok(duration)) => Ok(duration),
        Some(Err(_)) => bail!("{key} is a number of seconds, such as 0.5 or 60"),
    }
}

pub fn start(from: Option<&str>) -> Result<Start> {
    Ok(match from {
        None | Some("beginning") => Start::Beginning,
        Some("now") => Start::Now,
        Some(text) => Start::At(time::parse(text).ok_or_else(|| {
            anyhow!("from {text:?}: write \"beginning\", \"now\" or a time such as 2026-01-24")
        })?),
    })
}

fn tenants(names: Option<&[String]>) -> Result<Option<Vec<TenantName>>> {
    let parse = |name: &String| TenantName::new(name).map_err(|error| anyhow!(error));
    names.map(|names| names.iter().map(parse).collect()).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match Output::parse(&toml::from_str(text).unwrap()) {
            Ok(output) => format!("{} {:?} [{}]", output.name, output.form, output.filter_text),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn an_output_says_what_is_wrong_with_it() {
        for (text, words) in [
            ("name = 'a'\ntype = 'stdout'", "a Some(Decoded) []"),
            ("name = 'a'\ntype = 'stdout'\nformat = 'ecs'", "a Some(Ecs) []"),
            ("name = 'a'\ntype = 'stduot'", "output a: type \"stduot\" is not known; use one of"),
            ("name = 'a b'\ntype = 'stdout'", "output a b: a name is 1 to 64"),
            ("name = 'a'\ntype = 'stdout'\nformat = 'xml'", "format \"xml\" is not known"),
            ("name = 'a'\ntype = 'stdout'\nfilter = 'a:('", "output a: filter"),
            ("name = 'a'\ntype = 'stdout'\ncolour = 1", "unknown field `colour`"),
            ("name = 'a'\ntype = 'stdout'\nfrom = 'yore'", "from \"yore\": write"),
            ("name = 'a'\ntype = 'stdout'\nbatch = {recods = 1}", "did you mean `records`?"),
            ("type = 'stdout'", "missing field `name`"),
            (
                "name = 'a'\ntype = 'stdout'\npresets = ['no-mail-items']\nfilter = 'user:ann*'",
                "user:ann*)]",
            ),
        ] {
            assert!(read(text).contains(words), "{text}\n{}\nshould say {words}", read(text));
        }
    }
}
