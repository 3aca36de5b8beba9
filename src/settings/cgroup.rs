//! Memory limit of the control group: the smallest on the way from this process's own group up to the root.

use std::fs;
use std::path::{Path, PathBuf};

/// Where the groups are mounted, as files.
const MOUNTS: [(&str, &str); 3] = [
    ("/sys/fs/cgroup", "memory.max"),
    ("/sys/fs/cgroup/unified", "memory.max"),
    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
];

/// Returns the bytes that the group of this process may use, where one on the way up limits them.
pub(super) fn memory_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    smallest(&groups, |path| fs::read_to_string(path).ok())
}

/// Returns the smallest limit of the groups named in `/proc/self/cgroup` and those above them, each read by `read`.
fn smallest(groups: &str, read: impl Fn(&Path) -> Option<String>) -> Option<u64> {
    let folders = groups.lines().filter_map(folder_of);
    let files = folders.flat_map(|(group, is_unified)| files_of(group, is_unified));
    let limits = files.filter_map(|file| read(&file)?.trim().parse().ok());
    limits.min()
}

/// Returns the files that may limit a group and those above it.
fn files_of(group: &Path, is_unified: bool) -> Vec<PathBuf> {
    let mounts = MOUNTS.iter();
    let mounts = mounts.filter(|(_, file)| (*file == "memory.max") == is_unified);
    let files = mounts.flat_map(|(mount, file)| {
        let below = move |group: &Path| Path::new(mount).join(group).join(file);
        group.ancestors().map(below)
    });
    files.collect()
}

/// Returns the folder of the group that counts memory, without the leading slash, and whether all resources share it.
fn folder_of(line: &str) -> Option<(&Path, bool)> {
    let mut parts = line.splitn(3, ':');
    let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
    let is_memory = controllers.split(',').any(|name| name == "memory");
    let folder = Path::new(path.trim_start_matches('/'));
    (controllers.is_empty() || is_memory).then_some((folder, controllers.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(groups: &str, files: &[(&str, &str)]) -> Option<u64> {
        smallest(groups, |path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == path)?;
            Some(found.1.to_owned())
        })
    }

    #[test]
    fn the_smallest_limit_on_the_way_up_counts() {
        let files = [
            ("/sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("/sys/fs/cgroup/a/memory.max", "2000\n"),
            ("/sys/fs/cgroup/memory.max", "9000\n"),
        ];
        assert_eq!(limit("0::/a/b\n", &files), Some(2000));
        assert_eq!(limit("0::/c\n", &files), Some(9000));
    }

    #[test]
    fn the_older_kind_of_group_counts_too() {
        let groups = "9:name=systemd:/\n4:cpu,memory:/a\n0::/\n";
        let files = [("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "3000")];
        assert_eq!(limit(groups, &files), Some(3000));
        assert_eq!(limit("4:cpu:/a\n", &files), None);
    }
}
