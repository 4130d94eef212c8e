//! Is there room for data, and may it be written?

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access, statvfs};

use super::report::Items;

/// With less room than either of these, it is worth a word.
const FREE_BYTES_MIN: u64 = 10 << 30;
const FREE_PERCENT_MIN: u64 = 5;

pub fn check(data_dir: &Path, items: &mut Items) {
    let existing = existing(data_dir);
    let shown = data_dir.display();
    // Looking creates nothing, so a folder to come is judged by the one it will lie in.
    match access(&existing, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) if existing == data_dir => items.ok("data folder", format!("{shown} is writable")),
        Ok(()) => items.ok("data folder", format!("{shown} will be made by the first command")),
        Err(error) => items.wrong(
            "data folder",
            format!("{shown} cannot be written: {}: {error}", existing.display()),
            format!(
                "chown USER {0} && chmod u+rwx {0}, or name another with --data or data_dir",
                existing.display()
            ),
        ),
    }
    match statvfs(&existing) {
        Err(error) => items.note("disk space", format!("{}: {error}", existing.display())),
        Ok(disk) => {
            let block = disk.f_frsize;
            let (free, all) = (disk.f_bavail * block, disk.f_blocks * block);
            room(&existing, free, all, items);
        }
    }
}

fn room(folder: &Path, free: u64, all: u64, items: &mut Items) {
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let percent = free.saturating_mul(100) / all.max(1);
    let words = format!("{:.1} of {:.1} GiB are free ({percent} %)", gib(free), gib(all));
    match free < FREE_BYTES_MIN || percent < FREE_PERCENT_MIN {
        false => items.ok("disk space", words),
        true => items.warn(
            "disk space",
            words,
            format!(
                "df -h {0}; du -sh {0}: free some, or name a folder elsewhere with data_dir",
                folder.display()
            ),
        ),
    }
}

/// The folder, or the nearest above it that exists.
fn existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let found = absolute.ancestors().find(|folder| folder.is_dir());
    match found {
        Some(found) if found == absolute => folder.to_owned(),
        Some(found) => found.to_owned(),
        None => absolute,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_noted() {
        let check = |free_gib: u64, all_gib: u64, mark: &str| {
            let mut items = Items::of_installation();
            room(Path::new("/data"), free_gib << 30, all_gib << 30, &mut items);
            assert_eq!(items.marks(), [mark], "{free_gib} of {all_gib}");
        };
        check(62, 252, "ok");
        check(9, 10, "note");
        check(40, 1000, "note");
        check(50, 1000, "ok");
        check(0, 0, "note");
    }

    #[test]
    fn a_folder_to_come_is_judged_by_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(existing(&folder.path().join("a/b")), folder.path());
        assert_eq!(existing(folder.path()), folder.path());
    }
}
