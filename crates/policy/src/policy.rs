//! What becomes of an event?

use std::borrow::Cow;

use event::{Event, Field, Filter, time};

use crate::entry::Entry;
use crate::retention::{age_limit_text, has_passed, is_over};
use crate::trail::{Effect, Step, Trail};
use crate::{Act, Bypass, FieldPath, Group, Hold, MailboxPolicy, Retention, Rule};

/// What one tenant's administrator decided. The default keeps everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    pub rules: Vec<Rule>,
    pub mailboxes: Vec<MailboxPolicy>,
    pub bypass: Vec<Bypass>,
    pub retention: Vec<Retention>,
    pub holds: Vec<Hold>,
}

/// What becomes of a record on its way to the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement<'p> {
    pub verdict: Verdict,
    /// Who decided: such as `rule no-noise`, or `default`.
    pub rule: Cow<'p, str>,
    /// What has to be taken out of a record that is kept.
    pub redact: Vec<&'p FieldPath>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Keep,
    Drop,
    /// Stored if it is the first of its group, else counted.
    Consolidate(Group),
}

/// What is decided, and who decided.
pub(crate) type Ruling<'p> = (Verdict, Cow<'p, str>);

/// What decides how old an event may be.
enum Limit<'p> {
    Mailbox(&'p MailboxPolicy, i64),
    General(&'p Retention),
}

impl Policy {
    /// Is there nothing to judge by?
    pub fn keeps_everything(&self) -> bool {
        self.rules.iter().all(|rule| rule.act == Act::Keep)
            && self.mailboxes.is_empty()
            && self.bypass.is_empty()
            && self.retention.is_empty()
    }

    /// What becomes of a record on its way to the store.
    pub fn judge<'p>(&'p self, event: &Event, now: i64) -> Judgement<'p> {
        self.walk(event, now, &mut Trail::silent())
    }

    /// Why: every step that was looked at, in order.
    pub fn explain<'p>(&'p self, event: &Event, now: i64) -> Vec<Step<'p>> {
        let mut trail = Trail::noting();
        self.walk(event, now, &mut trail);
        trail.steps()
    }

    /// The retention by which a stored event must go; `None` if it is held, young enough or under
    /// no retention. A block's AuditLogAgeLimit is told as a retention of that name.
    pub fn expired<'p>(&'p self, event: &Event, now: i64) -> Option<Cow<'p, Retention>> {
        let limit = self.limit(event).filter(|limit| is_over(event, limit.age(), now))?;
        self.hold(event).is_none().then(|| limit.retention())
    }

    /// No event younger than this many microseconds can be expired; `None` without any retention.
    pub fn shortest_age_limit(&self) -> Option<i64> {
        let general = self.retention.iter().map(|retention| retention.age_limit);
        general.chain(self.mailbox_limits()).min()
    }

    /// If every event of a day, all of them before `stop`, is expired whatever it says, the
    /// retention that fits them all: the whole partition can go without being read.
    pub fn expires_whole(&self, stop: i64, now: i64) -> Option<&Retention> {
        // The first day of 1970 is where the store keeps what tells no time.
        let is_timeless = (1..=time::DAY).contains(&stop);
        if is_timeless || !self.holds.is_empty() {
            return None;
        }
        let fits_all = |retention: &Retention| retention.filter == Filter::All;
        let index = self.retention.iter().position(fits_all)?;
        // Those that come first may decide for some of the events, and must agree.
        let specific = self.retention[..=index].iter().map(|retention| retention.age_limit);
        let limits = specific.chain(self.mailbox_limits()).max()?;
        has_passed(stop, limits, now).then(|| &self.retention[index])
    }

    fn mailbox_limits(&self) -> impl Iterator<Item = i64> {
        self.mailboxes.iter().filter_map(|block| block.audit_log_age_limit)
    }

    fn walk<'p>(&'p self, event: &Event, now: i64, trail: &mut Trail<'p>) -> Judgement<'p> {
        if event.is_quarantined() {
            let rule = Cow::Borrowed("quarantine");
            trail.note(Effect::Keeps, || (rule.clone(), "nobody can tell what it says".into()));
            return Judgement { verdict: Verdict::Keep, rule, redact: Vec::new() };
        }
        let (ruling, mut redact) = self.apply_rules(event, trail);
        let ruling = ruling.or_else(|| self.audit(Entry::of(event)?, trail));
        let (mut verdict, mut rule) = ruling.unwrap_or_else(|| {
            trail.note(Effect::Keeps, || ("default".into(), "nothing says otherwise".into()));
            (Verdict::Keep, "default".into())
        });
        if verdict != Verdict::Drop
            && let Some(limit) = self.retire(event, now, trail)
        {
            (verdict, rule) = (Verdict::Drop, limit);
        }
        if verdict == Verdict::Drop {
            redact.clear();
        }
        Judgement { verdict, rule, redact }
    }

    /// The first rule that keeps or drops, and what those before it redact.
    fn apply_rules<'p>(
        &'p self,
        event: &Event,
        trail: &mut Trail<'p>,
    ) -> (Option<Ruling<'p>>, Vec<&'p FieldPath>) {
        let mut redact: Vec<&FieldPath> = Vec::new();
        for rule in &self.rules {
            let name = || Cow::Owned(format!("rule {}", rule.name));
            if !rule.filter.matches(event) {
                trail.note(Effect::Passed, || (name(), "does not fit".into()));
                continue;
            }
            let (verdict, effect) = match &rule.act {
                Act::Keep => (Verdict::Keep, Effect::Keeps),
                Act::Drop => (Verdict::Drop, Effect::Drops),
                Act::Redact(paths) => {
                    redact.extend(paths);
                    trail.note(Effect::Redacts, || (name(), listed(paths)));
                    continue;
                }
            };
            trail.note(effect, || (name(), "fits".into()));
            return (Some((verdict, name())), redact);
        }
        (None, redact)
    }

    /// What bypass and mailbox policy make of a mailbox audit record.
    fn audit<'p>(&'p self, entry: Entry, trail: &mut Trail<'p>) -> Option<Ruling<'p>> {
        let accounts = if self.bypass.is_empty() { Vec::new() } else { entry.accounts() };
        for bypass in &self.bypass {
            let name = || Cow::Owned(format!("bypass {}", bypass.name()));
            if bypass.fits(&accounts) {
                trail.note(Effect::Drops, || (name(), format!("is one of {accounts:?}")));
                return Some((Verdict::Drop, name()));
            }
            trail.note(Effect::Passed, || (name(), format!("is none of {accounts:?}")));
        }
        Some(self.block(entry, trail)?.judge(entry, trail))
    }

    /// The block that decides.
    fn block<'p>(&'p self, entry: Entry, trail: &mut Trail<'p>) -> Option<&'p MailboxPolicy> {
        if self.mailboxes.is_empty() {
            return None;
        }
        let names = entry.mailbox();
        for block in &self.mailboxes {
            if block.fits(&names) {
                return Some(block);
            }
            trail.note(Effect::Passed, || {
                (format!("mailbox {}", block.name).into(), format!("is not for {names:?}"))
            });
        }
        None
    }

    /// What deletes the event for its age, if anything does.
    fn retire<'p>(
        &'p self,
        event: &Event,
        now: i64,
        trail: &mut Trail<'p>,
    ) -> Option<Cow<'p, str>> {
        let limit = self.limit(event)?;
        if !is_over(event, limit.age(), now) {
            trail.note(Effect::Passed, || (limit.rule(), limit.words(event, now)));
            return None;
        }
        if let Some(hold) = self.hold(event) {
            let name = || Cow::Owned(format!("hold {}", hold.name));
            trail.note(Effect::Holds, || (name(), format!("though {} would not", limit.rule())));
            return None;
        }
        trail.note(Effect::Expires, || (limit.rule(), limit.words(event, now)));
        Some(limit.rule())
    }

    fn hold(&self, event: &Event) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.filter.matches(event))
    }

    /// The first that fits: the deciding block's, else the first of the general ones.
    fn limit(&self, event: &Event) -> Option<Limit<'_>> {
        if self.mailbox_limits().next().is_some()
            && !event.is_quarantined()
            && let Some(entry) = Entry::of(event)
            && let Some(block) = self.block(entry, &mut Trail::silent())
            && let Some(age) = block.audit_log_age_limit
        {
            return Some(Limit::Mailbox(block, age));
        }
        let fits = |retention: &&Retention| retention.filter.matches(event);
        self.retention.iter().find(fits).map(Limit::General)
    }
}

impl<'p> Limit<'p> {
    fn age(&self) -> i64 {
        match self {
            Limit::Mailbox(_, age) => *age,
            Limit::General(retention) => retention.age_limit,
        }
    }

    fn rule(&self) -> Cow<'p, str> {
        Cow::Owned(match self {
            Limit::Mailbox(block, _) => format!("mailbox {}: AuditLogAgeLimit", block.name),
            Limit::General(retention) => format!("retention {}", retention.name),
        })
    }

    fn retention(&self) -> Cow<'p, Retention> {
        match self {
            Limit::General(retention) => Cow::Borrowed(retention),
            Limit::Mailbox(_, age) => Cow::Owned(Retention {
                name: self.rule().into_owned(),
                filter: Filter::All,
                age_limit: *age,
            }),
        }
    }

    fn words(&self, event: &Event, now: i64) -> String {
        let limit = age_limit_text(self.age());
        match event.time(Field::CreationTime) {
            Some(time) => {
                let age = age_limit_text(now.saturating_sub(time).max(0));
                format!("is {age} old; the limit is {limit}")
            }
            None => format!("tells no time, so the limit of {limit} is never reached"),
        }
    }
}

fn listed(paths: &[FieldPath]) -> String {
    let names: Vec<&str> = paths.iter().map(FieldPath::as_str).collect();
    names.join(", ")
}
