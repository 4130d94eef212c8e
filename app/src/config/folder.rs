//! Which tenants stand in files of their own?
//!
//! `tenants = "tenants.d"` names a folder of TOML files, each with one or more `[[tenant]]` blocks,
//! so that a tenant is added or removed by adding or removing a file.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;

use super::{Config, Tenant, read};

/// Files of one folder.
const FILES_MAX: usize = 10_000;
/// Longest file: a block is a few hundred bytes.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// What such a file may hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantFile {
    #[serde(default)]
    tenant: Vec<Tenant>,
}

impl Config {
    /// Adds the tenants of the folder that the file `main` names, if it names one. A relative
    /// folder lies beside that file.
    pub(super) fn with_folder(mut self, main: &Path) -> Result<Config> {
        let Some(folder) = &self.tenants else { return Ok(self) };
        let folder = main.parent().unwrap_or(Path::new("")).join(folder);
        let mut origins = vec![main.to_owned(); self.tenant.len()];
        for file in files(&folder)? {
            for tenant in tenants(&file).with_context(|| format!("config {}", file.display()))? {
                if let Some(at) = self.tenant.iter().position(|known| known.name == tenant.name) {
                    bail!(
                        "config {}: tenant {}: the name stands in {} too; every tenant needs its own",
                        file.display(),
                        tenant.name,
                        origins[at].display()
                    );
                }
                self.tenant.push(tenant);
                origins.push(file.clone());
            }
        }
        Ok(self)
    }
}

/// The TOML files of a folder by name. Others, such as an editor's copies, are left alone.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let named = || format!("tenants {}: the folder cannot be read", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(named)? {
        let path = entry.with_context(named)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".toml") && !name.starts_with('.') {
            files.push(path);
        }
        if files.len() > FILES_MAX {
            bail!(
                "tenants {}: more than {FILES_MAX} files; put several tenants into one",
                folder.display()
            );
        }
    }
    files.sort();
    Ok(files)
}

fn tenants(file: &Path) -> Result<Vec<Tenant>> {
    let mut text = String::new();
    File::open(file)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(anyhow!("longer than {FILE_BYTES_MAX} bytes"));
    }
    let file: TenantFile = read(&text)?;
    for (index, tenant) in file.tenant.iter().enumerate() {
        tenant.check()?;
        tenant.check_name(&file.tenant[..index])?;
    }
    Ok(file.tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str) -> String {
        format!(
            "[[tenant]]\nname = \"{name}\"\ntenant_id = \"0e9b3178-9678-47dd-a509-37222ca96b42\"\nmanaged_identity = true\n"
        )
    }

    /// The names of the tenants that these files give, or the error.
    fn load(main: &str, files: &[(&str, String)]) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trail365.toml");
        std::fs::write(&path, main).unwrap();
        std::fs::create_dir(folder.path().join("tenants.d")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join("tenants.d").join(name), text).unwrap();
        }
        let config = Config::load(Some(&path)).map_err(|error| format!("{error:#}"))?;
        Ok(config.tenant.into_iter().map(|tenant| tenant.name).collect())
    }

    #[test]
    fn a_folder_of_tenants_reads_like_one_file() {
        let main = format!("tenants = \"tenants.d\"\n{}", block("main"));
        let two = format!("{}{}", block("b1"), block("b2"));
        let files = [
            ("b.toml", two),
            ("a.toml", block("a")),
            ("empty.toml", String::new()),
            ("c.toml~", "broken".to_owned()),
            (".d.toml", "broken".to_owned()),
        ];
        assert_eq!(load(&main, &files).unwrap(), ["main", "a", "b1", "b2"]);
        assert_eq!(load(&block("main"), &files).unwrap(), ["main"], "not asked for");
    }

    #[test]
    fn slips_name_their_file() {
        let check = |file: &str, text: &str, words: &[&str]| {
            let main = format!("tenants = \"tenants.d\"\n{}", block("main"));
            let files = [("a.toml", block("a")), (file, text.to_owned())];
            let error = load(&main, &files).expect_err(text);
            for words in words {
                assert!(error.contains(words), "{error}\nshould say {words}");
            }
        };
        check("b.toml", &block("main"), &["b.toml", "tenant main", "trail365.toml too"]);
        check("b.toml", &block("a"), &["b.toml", "tenant a", "a.toml too"]);
        check("b.toml", &(block("b") + &block("b")), &["b.toml", "stands twice"]);
        check("b.toml", "[[tenant]]\nnaem = 1", &["b.toml", "line 2", "did you mean `name`"]);
        check("b.toml", "data_dir = 'x'", &["b.toml", "line 1", "data_dir"]);
        check("b.toml", &(block("b") + "cloud = 'mars'"), &["b.toml", "tenant b", "mars"]);
        check("b.toml", "[[tenant", &["b.toml", "line 1"]);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = load("tenants = \"elsewhere\"", &[]).unwrap_err();
        assert!(error.contains("elsewhere: the folder cannot be read"), "{error}");
    }
}
