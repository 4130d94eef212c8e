//! What does the mail of a result say?

use std::io::{Read, Write};
use std::path::Path;

use anyhow::Result;
use event::time;
use flate2::Compression;
use flate2::write::GzEncoder;
use store::Job;

use super::spec::{Format, JobSpec, What};
use crate::config::Mail;
use crate::mail::{Enclosure, Letter};

/// Read at once while packing.
const CHUNK_BYTES: usize = 64 << 10;

/// The result as it travels, if it fits.
pub fn enclosure(path: &Path, spec: &JobSpec, limit: u64) -> Result<Option<Enclosure>> {
    let bytes = std::fs::metadata(path)?.len();
    let (name, media_type) = (attached_name(spec), spec.format.media_type());
    if bytes <= limit {
        return Ok(Some(Enclosure { name, media_type, bytes: std::fs::read(path)? }));
    }
    // Parquet is packed already.
    if spec.format == Format::Parquet {
        return Ok(None);
    }
    let packed = packed(path, limit as usize)?;
    let name = format!("{name}.gz");
    Ok(packed.map(|bytes| Enclosure { name, media_type: "application/gzip", bytes }))
}

/// Searches of mailboxes have been sent under this name since Exchange did so.
fn attached_name(spec: &JobSpec) -> String {
    match &spec.what {
        What::Search(_) => format!("SearchResult.{}", spec.format.name()),
        What::Report(ask) => format!("{}.{}", ask.report, spec.format.name()),
    }
}

/// The file by gzip, or nothing if that is larger than the limit; no more than that is held.
fn packed(path: &Path, limit: usize) -> Result<Option<Vec<u8>>> {
    let mut file = std::fs::File::open(path)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        encoder.write_all(&chunk[..count])?;
        if encoder.get_ref().len() > limit {
            return Ok(None);
        }
    }
    let packed = encoder.finish()?;
    Ok((packed.len() <= limit).then_some(packed))
}

/// The letter to one recipient, with the result or the way to it.
pub fn letter(
    job: &Job,
    spec: &JobSpec,
    mail: &Mail,
    recipient: (u32, &str),
    attachment: Option<Enclosure>,
) -> Letter {
    let (ordinal, to) = recipient;
    let whereabouts = match &attachment {
        Some(enclosure) => format!("The result is attached as {}.", enclosure.name),
        None => too_large(job, mail),
    };
    Letter {
        to: to.to_owned(),
        subject: format!("trail365: {}", job.name),
        text: text(job, spec, &whereabouts),
        attachment,
        id: format!("{}.{}.{ordinal}", job.id, job.created),
    }
}

fn text(job: &Job, spec: &JobSpec, whereabouts: &str) -> String {
    let when = |micros: Option<i64>| micros.map_or("-".to_owned(), time::iso_text);
    let (count, counted) = match (&spec.what, job.done) {
        (What::Search(_), 1) => ("1".to_owned(), "entry"),
        (What::Search(_), count) => (count.to_string(), "entries"),
        (What::Report(_), count) => (count.to_string(), "events looked at"),
    };
    let mut lines = vec![
        format!("{count} {counted}."),
        whereabouts.to_owned(),
        job.note.clone().unwrap_or_default(),
        String::new(),
        format!("Name:      {}", job.name),
        format!("Asked for: {}", job.what),
    ];
    if let What::Search(search) = &spec.what
        && !search.mailboxes.is_empty()
    {
        lines.push("Mailboxes:".to_owned());
        lines.extend(search.mailboxes.iter().map(|mailbox| format!("  {mailbox}")));
    }
    lines.extend([
        format!("Format:    {}", spec.format.name()),
        format!("Created:   {}", when(Some(job.created))),
        format!("Finished:  {}", when(job.finished)),
        format!("Job:       {}", job.id),
    ]);
    let lines: Vec<String> = lines.iter().map(|line| crate::present::printable(line)).collect();
    lines.join("\r\n") + "\r\n"
}

fn too_large(job: &Job, mail: &Mail) -> String {
    let bytes = job.bytes.unwrap_or_default();
    let until = job.expires.map_or(String::new(), |at| format!(" until {}", time::iso_text(at)));
    let place = match &mail.link {
        Some(link) => format!("{}/api/v1/jobs/{}/result", link.trim_end_matches('/'), job.id),
        None => format!("where trail365 runs, by `trail365 job result {}`", job.id),
    };
    format!("The result has {bytes} bytes, too many for a mail. It is kept{until}: {place}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::Search;

    fn spec(format: Format) -> JobSpec {
        let what = What::Search(Search::default());
        JobSpec { what, format, from: None, to: None, tenant: None }
    }

    /// The name of what is attached, and its size.
    fn attached(format: Format, content: &[u8], limit: u64) -> Option<(String, usize)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result");
        std::fs::write(&path, content).unwrap();
        let enclosure = enclosure(&path, &spec(format), limit).unwrap();
        enclosure.map(|enclosure| (enclosure.name, enclosure.bytes.len()))
    }

    #[test]
    fn what_fits_is_attached_and_what_fits_packed_is_packed() {
        let even = vec![b'a'; 1 << 20];
        let mut odd = Vec::new();
        let mut dice = 365_u64;
        while odd.len() < 1 << 20 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            odd.extend_from_slice(&dice.to_be_bytes()[..4]);
        }
        let whole = Some(("SearchResult.xml".to_owned(), 1 << 20));
        assert_eq!(attached(Format::Xml, &odd, 1 << 20), whole);
        assert_eq!(attached(Format::Xml, &odd, (1 << 20) - 1), None);
        let (name, bytes) = attached(Format::Csv, &even, 100_000).unwrap();
        assert!(name == "SearchResult.csv.gz" && bytes < 10_000, "{name} {bytes}");
        assert_eq!(attached(Format::Parquet, &even, 100_000), None);
        assert_eq!(attached(Format::Csv, b"", 1), Some(("SearchResult.csv".to_owned(), 0)));
    }
}
