//! What was looked at on the way to a judgement?

use std::borrow::Cow;
use std::fmt;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Step<'p> {
    /// Such as `rule no-noise`, `bypass svc@contoso.example` or `mailbox board: AuditDelegate`.
    pub rule: Cow<'p, str>,
    pub effect: Effect,
    /// Why. Text of the record in it is escaped.
    pub words: String,
}

/// What it did to the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing.
    Passed,
    Keeps,
    Drops,
    Redacts,
    Consolidates,
    /// Retention would delete it and may not.
    Holds,
    Expires,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Effect::Passed => "passed",
            Effect::Keeps => "keeps",
            Effect::Drops => "drops",
            Effect::Redacts => "redacts",
            Effect::Consolidates => "consolidates",
            Effect::Holds => "holds",
            Effect::Expires => "expires",
        })
    }
}

/// Takes down the steps for whoever asks why. A judgement asks not, and pays nothing for it.
pub(crate) struct Trail<'p>(Option<Vec<Step<'p>>>);

impl<'p> Trail<'p> {
    pub fn silent() -> Trail<'p> {
        Trail(None)
    }

    pub fn noting() -> Trail<'p> {
        Trail(Some(Vec::new()))
    }

    /// `step` gives the rule and the words.
    pub fn note(&mut self, effect: Effect, step: impl FnOnce() -> (Cow<'p, str>, String)) {
        if let Some(steps) = &mut self.0 {
            let (rule, words) = step();
            steps.push(Step { rule, effect, words });
        }
    }

    pub fn steps(self) -> Vec<Step<'p>> {
        self.0.unwrap_or_default()
    }
}
