//! Do the crates depend on each other as ARCHITECTURE.md says?

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

type Edges = BTreeMap<String, BTreeSet<String>>;

#[test]
fn edges_are_those_of_the_document() {
    assert_eq!(edges_of_the_manifests(), edges_of_the_document());
}

/// Dependencies for tests do not count: the emulator serves many.
fn edges_of_the_manifests() -> Edges {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let short = |name: &serde_json::Value| {
        let name = name.as_str().expect("a name");
        name.strip_prefix("trail365-").unwrap_or(name).to_owned()
    };
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let packages = list(&metadata["packages"]);
    let ours: BTreeSet<String> = packages.iter().map(|package| short(&package["name"])).collect();
    let mut edges = Edges::new();
    for package in &packages {
        let dependencies = list(&package["dependencies"])
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| short(&dependency["name"]))
            .filter(|name| ours.contains(name))
            .collect();
        edges.insert(short(&package["name"]), dependencies);
    }
    edges
}

fn edges_of_the_document() -> Edges {
    let document = include_str!("../../ARCHITECTURE.md");
    let section = document.split("\n## ").find(|part| part.starts_with("Edges")).expect("Edges");
    section
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(" -> "))
        .map(|(from, to)| {
            let to = to.split_whitespace().filter(|name| *name != "nothing");
            (from.to_owned(), to.map(str::to_owned).collect())
        })
        .collect()
}
