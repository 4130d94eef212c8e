//! How are metrics written?
//!
//! The text is OpenMetrics, which Prometheus and everything that scrapes like it reads.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Every name begins so.
const PREFIX: &str = "trail365";

type Labels = Vec<(&'static str, String)>;

/// All that one scrape shows.
#[derive(Debug, Default)]
pub struct Sheet {
    families: Vec<Family>,
}

#[derive(Debug)]
struct Family {
    name: &'static str,
    unit: Option<Unit>,
    help: &'static str,
    samples: Samples,
}

#[derive(Debug)]
enum Samples {
    Counts(Vec<(Labels, u64)>),
    Levels(Vec<(Labels, f64)>),
}

impl Sheet {
    /// Something that only grows; its name gets the ending `_total`.
    pub fn counter(
        &mut self,
        name: &'static str,
        unit: Option<Unit>,
        help: &'static str,
        samples: Vec<(Labels, u64)>,
    ) {
        self.families.push(Family { name, unit, help, samples: Samples::Counts(samples) });
    }

    /// Something that rises and falls.
    pub fn gauge(
        &mut self,
        name: &'static str,
        unit: Option<Unit>,
        help: &'static str,
        samples: Vec<(Labels, f64)>,
    ) {
        self.families.push(Family { name, unit, help, samples: Samples::Levels(samples) });
    }

    pub fn text(self) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix(PREFIX);
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        text::encode(&mut text, &registry)?;
        Ok(text)
    }
}

impl Collector for Sheet {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        for Family { name, unit, help, samples } in &self.families {
            let kind = match samples {
                Samples::Counts(_) => MetricType::Counter,
                Samples::Levels(_) => MetricType::Gauge,
            };
            let mut metric = encoder.encode_descriptor(name, help, unit.as_ref(), kind)?;
            match samples {
                Samples::Counts(samples) => {
                    for (labels, count) in samples {
                        let mut sample = metric.encode_family(labels)?;
                        sample.encode_counter::<NoLabelSet, _, u64>(count, None)?;
                    }
                }
                Samples::Levels(samples) => {
                    for (labels, level) in samples {
                        metric.encode_family(labels)?.encode_gauge(level)?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_units_and_labels_are_conventional() {
        let mut sheet = Sheet::default();
        let label = || vec![("tenant", "con\"toso".to_owned())];
        let received = "Answers, in bytes.";
        sheet.counter("received", Some(Unit::Bytes), received, vec![(label(), 12)]);
        sheet.gauge("lag", Some(Unit::Seconds), "Behind, in seconds.", vec![(label(), 1.5)]);
        let text = sheet.text().unwrap();
        for line in [
            "# HELP trail365_received_bytes Answers, in bytes.",
            "# TYPE trail365_received_bytes counter",
            "trail365_received_bytes_total{tenant=\"con\\\"toso\"} 12",
            "trail365_lag_seconds{tenant=\"con\\\"toso\"} 1.5",
            "# EOF",
        ] {
            assert!(text.lines().any(|written| written == line), "{line}\nis not in\n{text}");
        }
    }
}
