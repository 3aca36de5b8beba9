//! Peers: whether another process that uses the folder runs on this machine and is not stopped.

use std::fs;

/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PeerState {
    /// It runs, or waits for something.
    AtWork,
    /// It was stopped or has ended, or runs where it cannot be seen.
    Away,
}

/// Returns what is known of the process `pid`.
pub(super) fn state(pid: u32) -> PeerState {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // After the name in brackets, which may hold anything: proc(5).
    let state = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next());
    match state {
        None | Some('T' | 't' | 'Z' | 'X') => PeerState::Away,
        Some(_) => PeerState::AtWork,
    }
}
