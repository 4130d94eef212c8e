//! `trail365 search`: which events?

use std::io::{BufWriter, IsTerminal, Write};

use anyhow::{Result, anyhow, bail};
use clap::ValueEnum;
use decode::form::Form;
use event::{Field, Filter, Name, TenantName, time};
use search::{FacetValue, ListQuery, Order, Row, Scope, Searcher, SummaryQuery};

use crate::context::{Context, Outcome};
use crate::present;
use source::service::{Clock, MachineClock};
use store::Window;

/// Rows shown on a terminal unless told otherwise.
const TERMINAL_LIMIT: usize = 100;
/// The most rows that are sorted by another field than time.
const SORT_ROWS_MAX: usize = 200_000;

#[derive(clap::Args)]
pub struct Arguments {
    /// What to look for, for instance: 'user:ann@contoso.com operation:New-InboxRule -ip:10.0.0.0/8'.
    /// A query that begins with a dash follows after --
    query: Vec<String>,
    #[command(flatten)]
    range: Range,
    /// Search one tenant only
    #[arg(long)]
    tenant: Option<String>,
    /// The most events to show; 0 for all [default: 100 on a terminal, else all]
    #[arg(long)]
    limit: Option<usize>,
    /// newest, oldest, or a field (-FIELD for descending)
    #[arg(long, default_value = "newest", allow_hyphen_values = true)]
    sort: String,
    /// Fields to show, columns or paths such as Parameters.ForwardTo; also Key, Line, Raw
    #[arg(long, value_delimiter = ',')]
    fields: Vec<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Only count
    #[arg(long, conflicts_with_all = ["by", "histogram"])]
    count: bool,
    /// The most frequent values of a field
    #[arg(long, value_name = "FIELD", conflicts_with = "histogram")]
    by: Option<String>,
    /// Counts over time in steps of this length, for instance 1h
    #[arg(long, value_name = "STEP")]
    histogram: Option<String>,
    /// Search the quarantine: bytes that could not be read as a record
    #[arg(long)]
    quarantined: bool,
}

#[derive(clap::Args)]
pub struct Range {
    /// The time before now: 30m, 12h, 7d, 4w
    #[arg(long, conflicts_with_all = ["from", "to"])]
    last: Option<String>,
    /// From this time on (UTC unless an offset is given)
    #[arg(long)]
    from: Option<String>,
    /// Before this time
    #[arg(long)]
    to: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    /// One readable line for each event
    Line,
    /// The columns and the record
    Json,
    Csv,
    /// The record as sent
    Raw,
    /// The record with names beside its codes
    Decoded,
    /// Elastic Common Schema
    Ecs,
    /// Open Cybersecurity Schema Framework
    Ocsf,
    /// Dotted names of the whole record
    Flat,
    /// Graylog Extended Log Format
    Gelf,
    /// ArcSight's Common Event Format
    Cef,
    /// IBM's Log Event Extended Format
    Leef,
}

impl Format {
    /// How a whole event is written, where that does not depend on chosen fields.
    fn form(self) -> Option<Form> {
        match self {
            Format::Line => Some(Form::Line),
            Format::Raw => Some(Form::Raw),
            Format::Decoded => Some(Form::Decoded),
            Format::Ecs => Some(Form::Ecs),
            Format::Ocsf => Some(Form::Ocsf),
            Format::Flat => Some(Form::Flat),
            Format::Gelf => Some(Form::Gelf),
            Format::Cef => Some(Form::Cef),
            Format::Leef => Some(Form::Leef),
            Format::Table | Format::Json | Format::Csv => None,
        }
    }

    /// What counts and facets are written in.
    fn of_counts(self) -> Format {
        match self {
            Format::Raw
            | Format::Decoded
            | Format::Ecs
            | Format::Ocsf
            | Format::Flat
            | Format::Gelf
            | Format::Cef
            | Format::Leef => Format::Json,
            plain => plain,
        }
    }
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let scope = arguments.scope()?;
    if arguments.format != arguments.format.of_counts() && !arguments.fields.is_empty() {
        bail!("--format {} shows whole events; leave out --fields, or take json", word(arguments));
    }
    context.require_data().await?;
    let tenant = arguments.tenant.as_deref().map(TenantName::new).transpose();
    let searcher = context.searcher(tenant.map_err(|e| anyhow!(e))?.as_ref()).await?;
    if arguments.count {
        return count(arguments, &searcher, scope).await;
    }
    if let Some(field) = &arguments.by {
        return by(arguments, &searcher, scope, field).await;
    }
    if let Some(step) = &arguments.histogram {
        return histogram(arguments, &searcher, scope, step).await;
    }
    list(arguments, &searcher, scope).await
}

/// The format's word.
fn word(arguments: &Arguments) -> String {
    let value = arguments.format.to_possible_value();
    value.map_or(String::new(), |value| value.get_name().to_owned())
}

impl Arguments {
    fn scope(&self) -> Result<Scope> {
        let text = self.query.join(" ");
        let query = search::query::parse(&text).map_err(|error| anyhow!("query: {error}"))?;
        let filter = Filter::all([query, self.range.filter()?]);
        Ok(Scope { filter, quarantined: self.quarantined })
    }

    fn limit(&self) -> Option<usize> {
        match self.limit {
            Some(0) => None,
            Some(limit) => Some(limit),
            None if std::io::stdout().is_terminal() => Some(TERMINAL_LIMIT),
            None => None,
        }
    }
}

impl Range {
    fn filter(&self) -> Result<Filter> {
        let (from, to) = self.bounds_at(MachineClock.now())?;
        Ok(Filter::between(from, to))
    }

    /// The span up to now or `--to`, as long as `last` unless told otherwise.
    pub fn span(&self, last: &str, now: i64) -> Result<Window> {
        let (from, to) = self.bounds_at(now)?;
        let stop = to.unwrap_or(now);
        let start = from.map_or_else(|| Ok(stop - duration("last", last)?), anyhow::Ok)?;
        if start >= stop {
            bail!("the span ends before it begins; look at --from and --to");
        }
        Ok(Window { start, stop })
    }

    /// From and to, microseconds.
    pub fn bounds(&self) -> Result<(Option<i64>, Option<i64>)> {
        self.bounds_at(MachineClock.now())
    }

    fn bounds_at(&self, now: i64) -> Result<(Option<i64>, Option<i64>)> {
        let at = |name, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => time::parse(text).map(Some).ok_or_else(|| {
                anyhow!(
                    "--{name} {text:?} is no time; write 2026-01-24 or 2026-01-24T06:54:24+01:00"
                )
            }),
        };
        let from = match &self.last {
            Some(last) => Some(now - duration("last", last)?),
            None => at("from", &self.from)?,
        };
        Ok((from, at("to", &self.to)?))
    }
}

/// `30s`, `15m`, `12h`, `7d` or `4w`, in microseconds.
pub fn duration(option: &str, text: &str) -> Result<i64> {
    let wrong = || anyhow!("--{option} {text:?} is no length of time; write 30m, 12h, 7d or 4w");
    let split = text.len() - text.chars().next_back().map_or(0, char::len_utf8);
    let (number, unit) = text.split_at(split);
    let unit = match unit {
        "s" => time::SECOND,
        "m" => time::MINUTE,
        "h" => time::HOUR,
        "d" => time::DAY,
        "w" => 7 * time::DAY,
        _ => return Err(wrong()),
    };
    let number: i64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(unit).filter(|length| *length > 0).ok_or_else(wrong)
}

async fn count(arguments: &Arguments, searcher: &Searcher, scope: Scope) -> Result<Outcome> {
    let count = searcher.count(&scope).await?;
    match arguments.format.of_counts() {
        Format::Json => println!("{}", serde_json::json!({"count": count})),
        _ => println!("{count}"),
    }
    Ok(found(count))
}

fn found(count: u64) -> Outcome {
    if count == 0 { Outcome::NothingFound } else { Outcome::Done }
}

async fn by(
    arguments: &Arguments,
    searcher: &Searcher,
    scope: Scope,
    field: &str,
) -> Result<Outcome> {
    let top = arguments.limit().unwrap_or(usize::MAX);
    let query = SummaryQuery { scope, interval: None, facets: vec![Name::parse(field)], top };
    let summary = searcher.summary(&query).await?;
    let facet = &summary.facets[0];
    let mut out = BufWriter::new(std::io::stdout().lock());
    match arguments.format.of_counts() {
        Format::Json => {
            for FacetValue { value, count } in &facet.values {
                writeln!(out, "{}", serde_json::json!({"value": value, "count": count}))?;
            }
        }
        Format::Csv => {
            present::csv_line(&mut out, &[facet.field.clone(), "count".to_owned()])?;
            for FacetValue { value, count } in &facet.values {
                present::csv_line(&mut out, &[value.clone(), count.to_string()])?;
            }
        }
        _ => {
            for FacetValue { value, count } in &facet.values {
                writeln!(out, "{count:>9}  {}", present::printable(value))?;
            }
            if facet.missing > 0 {
                writeln!(out, "{:>9}  (missing)", facet.missing)?;
            }
        }
    }
    out.flush()?;
    Ok(found(summary.total))
}

async fn histogram(
    arguments: &Arguments,
    searcher: &Searcher,
    scope: Scope,
    step: &str,
) -> Result<Outcome> {
    let interval = Some(duration("histogram", step)?);
    let query = SummaryQuery { scope, interval, facets: Vec::new(), top: 0 };
    let summary = searcher.summary(&query).await?;
    let buckets = summary.histogram.map(|histogram| histogram.buckets).unwrap_or_default();
    let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(1);
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.format == Format::Csv {
        present::csv_line(&mut out, &["start".to_owned(), "count".to_owned()])?;
    }
    for bucket in &buckets {
        let start = time::iso_text(bucket.start);
        match arguments.format.of_counts() {
            Format::Json => {
                writeln!(out, "{}", serde_json::json!({"start": start, "count": bucket.count}))?;
            }
            Format::Csv => present::csv_line(&mut out, &[start, bucket.count.to_string()])?,
            _ => {
                let bar = "█".repeat((bucket.count * 40).div_ceil(most) as usize);
                writeln!(out, "{start}  {:>9}  {bar}", bucket.count)?;
            }
        }
    }
    out.flush()?;
    Ok(found(summary.total))
}

async fn list(arguments: &Arguments, searcher: &Searcher, scope: Scope) -> Result<Outcome> {
    let sort = Sort::parse(&arguments.sort)?;
    let limit = arguments.limit();
    let mut output = Output::new(arguments);
    let mut shown = 0;
    let mut failure = None;
    let mut show = |rows: Vec<Row>| {
        shown += rows.len();
        let result = rows.iter().try_for_each(|row| output.row(row));
        result.map_err(|error| failure = Some(error)).is_ok()
    };
    match sort {
        Sort::Time(order) => {
            let query = ListQuery { scope: scope.clone(), order, limit, after: None };
            searcher.list(&query, show).await?;
        }
        Sort::Field { name, descending } => {
            let rows = sorted(searcher, scope.clone(), &name, descending, limit).await?;
            show(rows);
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    output.finish()?;
    if limit == Some(shown) && std::io::stderr().is_terminal() {
        let total = searcher.count(&scope).await?;
        if total > shown as u64 {
            eprintln!("{shown} of {total} events; --limit 0 shows all");
        }
    }
    Ok(found(shown as u64))
}

enum Sort {
    Time(Order),
    Field { name: String, descending: bool },
}

impl Sort {
    fn parse(text: &str) -> Result<Sort> {
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        Ok(match name.to_ascii_lowercase().as_str() {
            "newest" => Sort::Time(Order::NewestFirst),
            "oldest" => Sort::Time(Order::OldestFirst),
            "creationtime" | "time" if descending => Sort::Time(Order::NewestFirst),
            "creationtime" | "time" => Sort::Time(Order::OldestFirst),
            "" => bail!("--sort needs newest, oldest or a field"),
            _ => Sort::Field { name: name.to_owned(), descending },
        })
    }
}

/// Numbers sort as numbers, all else as text without case; missing values come last.
async fn sorted(
    searcher: &Searcher,
    scope: Scope,
    name: &str,
    descending: bool,
    limit: Option<usize>,
) -> Result<Vec<Row>> {
    let count = searcher.count(&scope).await?;
    if count > SORT_ROWS_MAX as u64 {
        bail!(
            "{count} events are too many to sort by {name} (at most {SORT_ROWS_MAX}); narrow the search, or sort by time"
        );
    }
    let query = ListQuery { scope, order: Order::NewestFirst, limit: None, after: None };
    let rows = searcher.page(&query).await?;
    let mut keyed: Vec<(Option<(f64, String)>, Row)> = rows
        .into_iter()
        .map(|row| {
            let text = present::field_text(&row, &row.event(decode::body(&row.raw)), name);
            let key = text.map(|text| match text.parse() {
                Ok(number) => (number, String::new()),
                Err(_) => (f64::INFINITY, event::fold(&text)),
            });
            (key, row)
        })
        .collect();
    keyed.sort_by(|(a, _), (b, _)| match (a, b) {
        (None, None) => std::cmp::Ordering::Equal,
        (None, _) => std::cmp::Ordering::Greater,
        (_, None) => std::cmp::Ordering::Less,
        (Some(a), Some(b)) => {
            let order = a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1));
            if descending { order.reverse() } else { order }
        }
    });
    keyed.truncate(limit.unwrap_or(usize::MAX));
    Ok(keyed.into_iter().map(|(_, row)| row).collect())
}

/// Writes rows in the format asked for; a table waits for its last row.
struct Output<'a> {
    format: Format,
    fields: Vec<String>,
    chosen: bool,
    out: BufWriter<std::io::Stdout>,
    rows: Vec<Vec<String>>,
    headed: bool,
    arguments: &'a Arguments,
}

impl<'a> Output<'a> {
    fn new(arguments: &'a Arguments) -> Output<'a> {
        let chosen = !arguments.fields.is_empty();
        let fields = match (chosen, arguments.format) {
            (true, _) => arguments.fields.clone(),
            (false, Format::Csv) => {
                Field::ALL.into_iter().map(|field| field.name().to_owned()).collect()
            }
            (false, _) if arguments.quarantined => {
                ["CreationTime", "Origin", "Position", "Quarantine", "Key"]
                    .map(str::to_owned)
                    .into()
            }
            (false, _) => present::TABLE_FIELDS.map(str::to_owned).into(),
        };
        Output {
            format: arguments.format,
            fields,
            chosen,
            out: BufWriter::new(std::io::stdout()),
            rows: Vec::new(),
            headed: false,
            arguments,
        }
    }

    fn row(&mut self, row: &Row) -> Result<()> {
        if self.format == Format::Json && !self.chosen {
            writeln!(self.out, "{}", present::event_json(row)?)?;
            return Ok(());
        }
        let event = row.event(self.body(row));
        if let Some(form) = self.format.form().filter(|_| !self.chosen) {
            let mut text = Vec::new();
            form.write(&event, &mut text);
            text.push(b'\n');
            self.out.write_all(&text)?;
            return Ok(());
        }
        let cells: Vec<Option<String>> =
            self.fields.iter().map(|name| present::field_text(row, &event, name)).collect();
        match self.format {
            Format::Json => {
                let object: serde_json::Map<String, serde_json::Value> = self
                    .fields
                    .iter()
                    .zip(cells)
                    .map(|(name, cell)| (name.clone(), cell.into()))
                    .collect();
                writeln!(self.out, "{}", serde_json::to_string(&object)?)?;
            }
            Format::Line => {
                let cells: Vec<String> =
                    cells.iter().map(|c| present::printable(c.as_deref().unwrap_or("-"))).collect();
                writeln!(self.out, "{}", cells.join(" "))?;
            }
            Format::Csv => {
                self.head()?;
                let cells: Vec<String> = cells.into_iter().map(Option::unwrap_or_default).collect();
                present::csv_line(&mut self.out, &cells)?;
            }
            _ => {
                self.rows.push(
                    cells.into_iter().map(|cell| cell.unwrap_or_else(|| "-".to_owned())).collect(),
                );
                if self.rows.len() >= present::TABLE_ROWS_MAX {
                    self.flush_table()?;
                }
            }
        }
        Ok(())
    }

    /// Quarantined bytes are text, whatever they look like.
    fn body<'r>(&self, row: &'r Row) -> event::Value<'r> {
        match self.arguments.quarantined {
            true => event::Value::Text(String::from_utf8_lossy(&row.raw)),
            false => decode::body(&row.raw),
        }
    }

    fn head(&mut self) -> Result<()> {
        if !self.headed {
            present::csv_line(&mut self.out, &self.fields)?;
            self.headed = true;
        }
        Ok(())
    }

    fn flush_table(&mut self) -> Result<()> {
        if !self.rows.is_empty() {
            writeln!(self.out, "{}", present::table(&self.fields, &self.rows))?;
            self.rows.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        self.flush_table()?;
        if self.format == Format::Csv {
            self.head()?;
        }
        self.out.flush()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        for (text, micros) in [
            ("30m", Some(30 * time::MINUTE)),
            ("7d", Some(7 * time::DAY)),
            ("1w", Some(7 * time::DAY)),
            ("0h", None),
            ("h", None),
            ("5", None),
            ("99999999999999w", None),
            ("5é", None),
        ] {
            assert_eq!(duration("last", text).ok(), micros, "{text}");
        }
    }
}
