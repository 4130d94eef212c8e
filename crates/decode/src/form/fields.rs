//! Which fields of an event are written?
//!
//! An output may be told to write some fields only, or all without some. A field is a dotted path in
//! the names of the form that is written, compared without case: `Item.Subject` in `decoded`,
//! `user.name` in `ecs`, `suser` in `cef`. A path means everything beneath it, goes through lists,
//! and finds the elements of a list of names and values by their names (`Parameters.ForwardTo`). A
//! `*` at its end means every ending: `Parameters.*`, `User*`.

use serde_json::Value as Json;

use super::convert::Object;
use super::{Form, cef, csv, leef};

/// Most fields in one list.
pub const FIELDS_MAX: usize = 256;

/// Longest path of a field, in bytes.
pub const FIELD_BYTES_MAX: usize = 256;

/// The fields that are written: those of the one list, or all, without those of the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    only: Vec<Pattern>,
    without: Vec<Pattern>,
}

/// A path in lower case; with `open`, the beginning of paths.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    path: String,
    open: bool,
}

impl Fields {
    /// Every field.
    pub const ALL: Fields = Fields { only: Vec::new(), without: Vec::new() };

    /// With an empty `only`, all fields but those of `without`. The error names the entry that is
    /// no field.
    pub fn new<S: AsRef<str>>(only: &[S], without: &[S]) -> Result<Fields, String> {
        let fields = Fields { only: read("fields", only)?, without: read("without", without)? };
        match fields.without.iter().any(|pattern| pattern.open && pattern.path.is_empty()) {
            true => Err("without: * leaves nothing to write; name the fields to leave out".into()),
            false => Ok(fields),
        }
    }

    /// Is nothing left out?
    pub fn is_all(&self) -> bool {
        self.only.is_empty() && self.without.is_empty()
    }

    /// Can this form be written with these fields? If not, the words say why and what to do.
    pub fn fits(&self, form: Form) -> Result<(), String> {
        if self.is_all() {
            return Ok(());
        }
        let is_known: fn(&str, bool) -> bool = match form {
            Form::Raw | Form::Line => {
                let form = form.name();
                return Err(format!(
                    "format {form} is written whole; leave out fields and without, or take decoded"
                ));
            }
            // Their names follow from the record, so any may come.
            Form::Decoded | Form::Ecs | Form::Ocsf | Form::Flat | Form::Gelf => return Ok(()),
            Form::Cef => cef::is_key,
            Form::Leef => leef::is_key,
            Form::Csv => csv::is_column,
        };
        let unknown = self
            .only
            .iter()
            .chain(&self.without)
            .find(|pattern| !is_known(&pattern.path, pattern.open));
        match unknown {
            None => Ok(()),
            Some(pattern) => Err(format!(
                "format {} has no field {}{}; docs/forms.md lists its fields",
                form.name(),
                pattern.path,
                if pattern.open { "*" } else { "" },
            )),
        }
    }

    /// Is a field with nothing beneath it written?
    pub fn has(&self, path: &str) -> bool {
        self.has_any(&[path])
    }

    /// The same for a field that goes by several names.
    pub fn has_any(&self, paths: &[&str]) -> bool {
        let named = |patterns: &[Pattern]| {
            patterns.iter().any(|pattern| paths.iter().any(|path| pattern.covers(path)))
        };
        (self.only.is_empty() || named(&self.only)) && !named(&self.without)
    }

    /// Is the field, or anything beneath it, written?
    pub fn touches(&self, path: &str) -> bool {
        let wanted = self.only.is_empty()
            || self.only.iter().any(|pattern| pattern.covers(path) || pattern.is_beneath(path));
        wanted && !self.without.iter().any(|pattern| pattern.covers(path))
    }

    /// Takes the other fields out of an object that stands at a path; empty for the outermost.
    pub fn prune(&self, object: &mut Object, path: &str) {
        if !self.is_all() {
            self.prune_members(object, &mut path.to_owned());
        }
    }

    fn prune_members(&self, object: &mut Object, path: &mut String) {
        object.retain(|name, value| {
            let length = path.len();
            push(path, name);
            let keep = self.keep(value, path);
            path.truncate(length);
            keep
        });
    }

    fn keep(&self, value: &mut Json, path: &mut String) -> bool {
        if !self.touches(path) {
            return false;
        }
        let wanted = self.has(path);
        if wanted && !self.without.iter().any(|pattern| pattern.is_beneath(path)) {
            return true;
        }
        // Something beneath is wanted though this is not, or the other way round.
        match value {
            Json::Object(members) if members.is_empty() => wanted,
            Json::Array(items) if items.is_empty() => wanted,
            Json::Object(members) => {
                self.prune_members(members, path);
                !members.is_empty()
            }
            Json::Array(items) => {
                items.retain_mut(|item| self.keep_item(item, path));
                !items.is_empty()
            }
            _ => wanted,
        }
    }

    fn keep_item(&self, item: &mut Json, path: &mut String) -> bool {
        let Json::Object(members) = item else { return self.keep(item, path) };
        if let Some(name) = name_of(members) {
            let length = path.len();
            push(path, name);
            let (has, touches) = (self.has(path), self.touches(path));
            path.truncate(length);
            if !touches {
                return false;
            }
            if has && !self.only.is_empty() {
                return true;
            }
        }
        self.prune_members(members, path);
        !members.is_empty()
    }
}

fn read(list: &str, names: &[impl AsRef<str>]) -> Result<Vec<Pattern>, String> {
    if names.len() > FIELDS_MAX {
        return Err(format!("{list}: {} fields are more than {FIELDS_MAX}", names.len()));
    }
    names
        .iter()
        .map(|name| Pattern::read(name.as_ref()).map_err(|e| format!("{list}: {e}")))
        .collect()
}

impl Pattern {
    fn read(name: &str) -> Result<Pattern, String> {
        let (path, open) = match name.strip_suffix('*') {
            Some(path) => (path, true),
            None => (name, false),
        };
        let shown = &name[..name.floor_char_boundary(40)];
        if name.is_empty() {
            return Err("a field has no name".to_owned());
        }
        if name.len() > FIELD_BYTES_MAX {
            return Err(format!("{shown:?}... is longer than {FIELD_BYTES_MAX} bytes"));
        }
        if path.contains('*') {
            return Err(format!("{shown:?}: * stands at the end only"));
        }
        let names = path.strip_suffix('.').filter(|_| open).unwrap_or(path);
        if names.split('.').any(str::is_empty) && !path.is_empty() {
            return Err(format!("{shown:?} has an empty name between its dots"));
        }
        Ok(Pattern { path: path.to_ascii_lowercase(), open })
    }

    /// Does it mean this path, or one above it?
    fn covers(&self, path: &str) -> bool {
        let begins =
            path.get(..self.path.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(&self.path));
        begins && (self.open || matches!(path.as_bytes().get(self.path.len()), None | Some(b'.')))
    }

    /// Does it mean something beneath this path?
    fn is_beneath(&self, path: &str) -> bool {
        self.path.as_bytes().get(path.len()) == Some(&b'.')
            && self.path.get(..path.len()).is_some_and(|above| above.eq_ignore_ascii_case(path))
    }
}

fn push(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// The name of an element of a list of names and values, as [`event::resolve`] has it.
fn name_of(members: &Object) -> Option<&str> {
    let has = |name: &str| members.contains_key(name);
    if members.len() > 4 || !(has("Value") || has("NewValue")) {
        return None;
    }
    let name = ["Name", "Key", "displayName"].into_iter().find_map(|name| members.get(name))?;
    name.as_str().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(only: &[&str], without: &[&str], expected: Json) {
        let record = json!({
            "UserId": "ann", "UserKey": "1", "Item": {"Subject": "Hi", "Id": "i", "Folder": {"Path": "\\"}},
            "Parameters": [{"Name": "Identity", "Value": "ann"}, {"Name": "ForwardTo", "Value": "eve"}],
            "Files": [{"Name": "a", "Size": 1, "Sha": 2}, {"Name": "b", "Size": 3, "Sha": 4}],
            "Flat.Name": 1, "Empty": [],
        });
        let Json::Object(mut object) = record else { unreachable!("an object") };
        Fields::new(only, without).unwrap().prune(&mut object, "");
        assert_eq!(Json::Object(object), expected, "{only:?} {without:?}");
    }

    #[test]
    fn fields_are_chosen_by_their_paths() {
        check(&["userid"], &[], json!({"UserId": "ann"}));
        check(&["User*"], &["UserKey"], json!({"UserId": "ann"}));
        check(&["Item.Subject"], &[], json!({"Item": {"Subject": "Hi"}}));
        check(&["Item.*"], &["Item.Folder"], json!({"Item": {"Subject": "Hi", "Id": "i"}}));
        check(&["Item"], &["Item.Folder.Path", "Item.Id"], json!({"Item": {"Subject": "Hi"}}));
        check(
            &["Parameters.ForwardTo"],
            &[],
            json!({"Parameters": [{"Name": "ForwardTo", "Value": "eve"}]}),
        );
        check(
            &["Parameters.*"],
            &["Parameters.ForwardTo"],
            json!({"Parameters": [{"Name": "Identity", "Value": "ann"}]}),
        );
        check(&["Files.Size"], &[], json!({"Files": [{"Size": 1}, {"Size": 3}]}));
        check(&["Flat.Name"], &[], json!({"Flat.Name": 1}));
        check(&["Use", "Item.Sub", "UserId.x"], &[], json!({}));
        check(
            &[],
            &["Item", "Files.*", "Parameters", "User*", "Empty.x"],
            json!({"Flat.Name": 1, "Empty": []}),
        );
    }

    #[test]
    fn what_is_no_field_is_named() {
        let many = vec!["a"; FIELDS_MAX + 1];
        let long = "a".repeat(FIELD_BYTES_MAX + 1);
        for (only, without, word) in [
            (vec![""], vec![], "fields: a field has no name"),
            (vec!["a.*.b"], vec![], "at the end only"),
            (vec!["a..b"], vec![], "empty name"),
            (vec![], vec!["*"], "leaves nothing"),
            (vec![long.as_str()], vec![], "longer than"),
            (vec![], many, "without: 257 fields"),
        ] {
            let error = Fields::new(&only, &without).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_form_says_which_fields_it_has() {
        for (form, field, word) in [
            (Form::Raw, "UserId", "written whole"),
            (Form::Line, "UserId", "written whole"),
            (Form::Decoded, "Anything.at.all", ""),
            (Form::Ecs, "user.name", ""),
            (Form::Csv, "UserId", ""),
            (Form::Csv, "raw", ""),
            (Form::Csv, "User*", ""),
            (Form::Csv, "Parameters.ForwardTo", "csv has no field parameters.forwardto"),
            (Form::Cef, "suser", ""),
            (Form::Cef, "trail365Record.Parameters", ""),
            (Form::Cef, "usrName", "cef has no field usrname"),
            (Form::Leef, "usrName", ""),
            (Form::Leef, "cs*", "leef has no field cs*"),
        ] {
            let told = Fields::new(&[field], &[]).unwrap().fits(form);
            match word {
                "" => assert_eq!(told, Ok(()), "{field}"),
                word => assert!(told.as_ref().unwrap_err().contains(word), "{told:?}"),
            }
        }
        assert_eq!(Fields::ALL.fits(Form::Raw), Ok(()));
    }
}
