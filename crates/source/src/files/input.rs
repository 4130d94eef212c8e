//! Which files does the user mean?

use std::fs;
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;

use super::{Error, encoding};

/// One file to import, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What the user calls it: the name of the file as given, below a folder with the folder's.
    pub origin: String,
    pub(super) place: Place,
    /// It was met in a folder and not named itself, so it may be no export at all.
    pub(super) in_folder: bool,
    /// What text is in that does not show its encoding itself.
    pub(super) encoding: Option<&'static Encoding>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    StandardInput,
    File(PathBuf),
}

impl Input {
    fn new(origin: String, place: Place, in_folder: bool) -> Input {
        Input { origin, place, in_folder, encoding: None }
    }

    /// Says what encoding the file is in, if its first bytes do not: a name of the WHATWG Encoding
    /// Standard, such as `windows-1252`, `utf-16le` or `shift_jis`. An error for any other name.
    pub fn with_encoding(mut self, name: &str) -> Result<Input, Error> {
        let Some(encoding) = encoding::named(name) else {
            let problem = format!("no encoding is called {name}");
            let remedy = "name one such as windows-1252, iso-8859-2, utf-16le or shift_jis";
            return Err(Error::new(&self.origin, problem, remedy));
        };
        self.encoding = Some(encoding);
        Ok(self)
    }

    /// The file's length, packed as it is; `None` for standard input and pipes.
    pub fn bytes(&self) -> Option<u64> {
        let Place::File(path) = &self.place else { return None };
        let metadata = fs::metadata(path).ok()?;
        metadata.is_file().then_some(metadata.len())
    }
}

/// What the arguments stand for.
#[derive(Debug, Default)]
pub struct Inputs {
    pub found: Vec<Input>,
    /// Arguments and folder entries that are not there or may not be read.
    pub errors: Vec<Error>,
}

/// Folders in folders are entered this deep.
const DEPTH_MAX: usize = 32;

/// The files that the arguments name: a file, a folder with all below it in order of name, a
/// pattern (`*`, `?`, `[a-z]`, `**`), or `-` for standard input.
pub fn inputs(arguments: &[String]) -> Inputs {
    let mut inputs = Inputs::default();
    for argument in arguments {
        let before = inputs.found.len() + inputs.errors.len();
        inputs.add(argument);
        if inputs.found.len() + inputs.errors.len() == before {
            let error = Error::new(argument, "no file in it", "name a file, folder or pattern");
            inputs.errors.push(error);
        }
    }
    inputs
}

impl Inputs {
    fn add(&mut self, argument: &str) {
        let path = Path::new(argument);
        if argument == "-" {
            let origin = "standard input".into();
            self.found.push(Input::new(origin, Place::StandardInput, false));
        } else if !path.exists() && argument.contains(['*', '?', '[']) {
            self.add_pattern(argument);
        } else {
            self.add_path(path, 0);
        }
    }

    /// Shells of Windows leave patterns to the program.
    fn add_pattern(&mut self, pattern: &str) {
        let paths = match glob::glob(pattern) {
            Ok(paths) => paths,
            Err(error) => {
                let problem = format!("no pattern: {}", error.msg);
                let error = Error::new(pattern, problem, "check the pattern");
                return self.errors.push(error);
            }
        };
        let before = self.found.len();
        for path in paths {
            match path {
                Ok(path) if path.is_dir() || is_litter(&path) => {}
                Ok(path) => self.add_path(&path, 0),
                Err(error) => {
                    let origin = error.path().display().to_string();
                    self.errors.push(Error::opening(&origin, error.into()));
                }
            }
        }
        if self.found.len() == before {
            let error = Error::new(pattern, "no file matches", "check the pattern");
            self.errors.push(error);
        }
    }

    fn add_path(&mut self, path: &Path, depth: usize) {
        let origin = path.display().to_string();
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.add_folder(path, depth),
            Ok(_) => {
                self.found.push(Input::new(origin, Place::File(path.to_owned()), depth > 0));
            }
            Err(error) => self.errors.push(Error::opening(&origin, error)),
        }
    }

    fn add_folder(&mut self, folder: &Path, depth: usize) {
        let origin = folder.display().to_string();
        if depth > DEPTH_MAX {
            let problem = format!("folders are more than {DEPTH_MAX} deep");
            let error = Error::new(&origin, problem, "name the inner folder");
            return self.errors.push(error);
        }
        let entries = fs::read_dir(folder).and_then(|entries| {
            let paths: Result<Vec<_>, _> = entries.map(|entry| Ok(entry?.path())).collect();
            paths
        });
        match entries {
            Ok(mut paths) => {
                paths.sort();
                for path in paths.iter().filter(|path| !is_litter(path)) {
                    self.add_path(path, depth + 1);
                }
            }
            Err(error) => self.errors.push(Error::opening(&origin, error)),
        }
    }
}

/// What desktops leave in folders and archives beside the files of their users.
pub(super) fn is_litter(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let known = [".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"];
    known.contains(&&*name) || name.starts_with("._")
}
