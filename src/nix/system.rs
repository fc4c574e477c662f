//! The machine: its disk, and whether it runs what is current.

use super::Error;
use std::fs;
use std::path::Path;
use unix::sys::statvfs::statvfs;

/// What of a system takes effect only at boot.
const BOOTED_PARTS: [&str; 3] = ["kernel", "initrd", "kernel-modules"];

/// Room on a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Free to ordinary users.
    pub free: u64,
    /// In all.
    pub total: u64,
}

/// The room on the file system that holds `path`.
pub fn disk(path: &Path) -> Result<Disk, Error> {
    let stat = statvfs(path)
        .map_err(|errno| Error::file("measure the file system of", path)(errno.into()))?;
    // The counts' width differs by platform.
    #[allow(clippy::useless_conversion)]
    let (free, total) = (u64::from(stat.blocks_available()), u64::from(stat.blocks()));
    let block = stat.fragment_size();
    Ok(Disk { free: free.saturating_mul(block), total: total.saturating_mul(block) })
}

/// Whether the NixOS below `root` (`/`, usually) was booted with another kernel, initrd or kernel
/// modules than the current system's; `None` where it is no NixOS.
pub fn reboot_pending(root: &Path) -> Option<bool> {
    needs_reboot(root, &root.join("run/current-system"))
}

/// Whether the NixOS below `root` was booted with another kernel, initrd or kernel modules than
/// those of `system`.
pub fn needs_reboot(root: &Path, system: &Path) -> Option<bool> {
    let booted = fs::canonicalize(root.join("run/booted-system")).ok()?;
    let system = fs::canonicalize(system).ok()?;
    let part = |system: &Path, part: &str| fs::canonicalize(system.join(part)).ok();
    Some(BOOTED_PARTS.iter().any(|name| part(&booted, name) != part(&system, name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_disk_has_room() {
        let disk = disk(Path::new("/")).unwrap();
        assert!(disk.free <= disk.total && disk.total > 1 << 20, "{disk:?}");
        assert!(
            super::disk(Path::new("/no/such/path"))
                .unwrap_err()
                .to_string()
                .contains("/no/such/path")
        );
    }

    #[test]
    fn only_another_kernel_asks_for_a_reboot() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        assert_eq!(reboot_pending(root), None);
        for (system, kernel) in [("one", "6.12"), ("two", "6.12"), ("three", "6.18")] {
            fs::create_dir_all(root.join(system)).unwrap();
            fs::create_dir_all(root.join(kernel)).unwrap();
            for part in BOOTED_PARTS {
                symlink(root.join(kernel), root.join(system).join(part)).unwrap();
            }
        }
        fs::create_dir(root.join("run")).unwrap();
        symlink(root.join("one"), root.join("run/booted-system")).unwrap();
        for (current, pending) in [("one", false), ("two", false), ("three", true)] {
            let link = root.join("run/current-system");
            let _ = fs::remove_file(&link);
            symlink(root.join(current), &link).unwrap();
            assert_eq!(reboot_pending(root), Some(pending), "{current}");
        }
    }
}
