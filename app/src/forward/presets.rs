//! Which filters have a name?

/// A filter that many want.
pub struct Preset {
    pub name: &'static str,
    pub about: &'static str,
    pub filter: &'static str,
}

/// Every preset, in the order of `data/presets.tsv`.
pub fn all() -> impl Iterator<Item = Preset> {
    let lines = include_str!("../../data/presets.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).map(|line| {
        let mut parts = line.split('\t');
        let mut part = || parts.next().expect("name, meaning, filter");
        Preset { name: part(), about: part(), filter: part() }
    })
}

/// The filter of that name.
pub fn find(name: &str) -> Option<&'static str> {
    all().find(|preset| preset.name == name).map(|preset| preset.filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_read() {
        for preset in all() {
            let read = search::query::parse(preset.filter);
            assert!(read.is_ok(), "{}: {:?}", preset.name, read.err());
        }
    }

    /// A name that no record has would leave nothing out, in silence.
    #[test]
    fn every_record_type_named_is_one() {
        for preset in all() {
            for part in preset.filter.split("type:").skip(1) {
                let list = part.strip_prefix('(').and_then(|list| list.split_once(')'));
                let list = list.map_or(part, |(list, _)| list);
                for name in list.split(" or ") {
                    let known = decode::record_type_id(name).is_some();
                    assert!(known, "{}: {name}", preset.name);
                }
            }
        }
    }
}
