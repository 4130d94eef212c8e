//! `trail365 init`: a configuration with help in it.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::config::FILE_DEFAULT;
use crate::context::Outcome;

const TEMPLATE: &str = include_str!("init.toml");

#[derive(clap::Args)]
pub struct Arguments {
    /// Print it instead of writing the file
    #[arg(long)]
    print: bool,
}

pub fn run(arguments: &Arguments, file: Option<&Path>) -> Result<Outcome> {
    if arguments.print {
        print!("{TEMPLATE}");
        return Ok(Outcome::Done);
    }
    let path = file.unwrap_or(Path::new(FILE_DEFAULT));
    let mut file = std::fs::File::create_new(path).with_context(|| {
        format!(
            "{}: not written (an existing file is left alone; name another with --config)",
            path.display()
        )
    })?;
    file.write_all(TEMPLATE.as_bytes())?;
    println!("{} is written. Fill in the tenant, then run `trail365 check`.", path.display());
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_template_is_a_configuration() {
        crate::config::Config::parse(super::TEMPLATE).unwrap();
    }
}
