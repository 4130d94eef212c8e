//! Where is a secret, and what is it at this moment?
//!
//! The configuration holds a reference, `env:NAME` or `file:PATH`, and never the secret. It is read
//! each time it is needed, so that whoever rotates secrets need not restart anything.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// A reference to a secret. Neither its `Debug` nor its errors show the secret itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Environment(String),
    File(PathBuf),
    Memory(String),
}

/// A secret's text, for the shortest while. It has no `Debug` and no `Display`.
pub struct SecretText(String);

impl Secret {
    /// Longest secret read from a file: certificates with their chain are a few kilobytes.
    pub const BYTES_MAX: u64 = 1 << 20;

    /// Reads a reference. A secret written out in its stead is refused, and not repeated.
    pub fn parse(reference: &str) -> Result<Secret, String> {
        match reference.split_once(':') {
            Some(("env", name)) if is_variable(name) => Ok(Secret(Place::Environment(name.into()))),
            Some(("file", path)) if !path.is_empty() => Ok(Secret(Place::File(path.into()))),
            _ => Err(
                "secrets are not written here: name a place instead, env:NAME for an environment \
                 variable or file:PATH for a file"
                    .into(),
            ),
        }
    }

    /// A secret that the program itself made up, as the demo does for its emulated tenant.
    pub fn in_memory(text: impl Into<String>) -> Secret {
        Secret(Place::Memory(text.into()))
    }

    /// What the secret is now, without white space around it: files end in a line break.
    pub fn read(&self) -> Result<SecretText, String> {
        let text = match &self.0 {
            Place::Memory(text) => text.clone(),
            Place::Environment(name) => std::env::var(name).map_err(|error| match error {
                std::env::VarError::NotPresent => format!("environment variable {name} is not set"),
                _ => format!("environment variable {name} is not UTF-8"),
            })?,
            Place::File(path) => {
                read_file(path).map_err(|why| format!("file {}: {why}", path.display()))?
            }
        };
        match text.trim() {
            "" => Err(format!("{self} is empty")),
            trimmed => Ok(SecretText(trimmed.to_owned())),
        }
    }
}

impl SecretText {
    /// The secret itself. Give it to whom it is for, and to no log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.0 {
            Place::Environment(name) => write!(f, "env:{name}"),
            Place::File(path) => write!(f, "file:{}", path.display()),
            Place::Memory(_) => f.write_str("(in memory)"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

/// A name that a shell can set: the secret itself, pasted after `env:`, is rarely one.
fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn read_file(path: &PathBuf) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    let length = file
        .take(Secret::BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    match length as u64 > Secret::BYTES_MAX {
        true => Err(format!("longer than {} bytes", Secret::BYTES_MAX)),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_secrets_refused() {
        let check = |reference: &str, expected: Option<&str>| {
            let secret = Secret::parse(reference);
            assert_eq!(secret.as_ref().ok().map(Secret::to_string).as_deref(), expected);
            if let Err(error) = secret {
                assert!(error.contains("env:NAME") && !error.contains("hunter2"), "{error}");
            }
        };
        check("env:TRAIL365_SECRET", Some("env:TRAIL365_SECRET"));
        check("file:/run/secrets/app", Some("file:/run/secrets/app"));
        check("file:C:\\keys\\app.pem", Some("file:C:\\keys\\app.pem"));
        check("hunter2", None);
        check("env:hunter2~x.y", None);
        check("env:", None);
        check("file:", None);
        check("vault:hunter2", None);
        check("", None);
    }

    #[test]
    fn a_file_is_read_each_time_and_trimmed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let secret = Secret::parse(&format!("file:{}", path.display())).unwrap();
        assert!(secret.read().err().unwrap().contains("secret:"));
        for text in ["first", "second\r\n"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(secret.read().unwrap().expose(), text.trim());
        }
        std::fs::write(&path, "\n").unwrap();
        assert!(secret.read().err().unwrap().contains("empty"));
        std::fs::write(&path, vec![b'a'; Secret::BYTES_MAX as usize + 1]).unwrap();
        assert!(secret.read().err().unwrap().contains("longer"));
    }

    #[test]
    fn nothing_shows_the_secret() {
        let secret = Secret::in_memory("hunter2");
        assert_eq!(format!("{secret:?} {secret}"), "Secret((in memory)) (in memory)");
        assert_eq!(secret.read().unwrap().expose(), "hunter2");
        let unset = Secret::parse("env:TRAIL365_SURELY_UNSET").unwrap();
        assert!(unset.read().err().unwrap().contains("is not set"));
    }
}
