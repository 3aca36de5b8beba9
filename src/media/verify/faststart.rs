//! Faststart check: whether an MP4 file has its index before its media.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::media::Error;

/// Tells whether an MP4 file has its index before its media, so that it plays while it loads.
pub(super) fn is_fast(path: &Path) -> Result<bool, Error> {
    let unreadable = |error: std::io::Error| Error::Unreadable(error.to_string());
    let mut file = File::open(path).map_err(unreadable)?;
    let mut at = 0;
    let mut head = [0; 16];
    loop {
        file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        if file.read_exact(&mut head).is_err() {
            return Ok(false);
        }
        match &head[4..8] {
            b"moov" => return Ok(true),
            b"mdat" => return Ok(false),
            _ => {}
        }
        let Some(next) = box_length(&head).and_then(|length| length.checked_add(at)) else {
            return Ok(false);
        };
        at = next;
    }
}

/// Returns the length of an MP4 box from its first 16 bytes, if it is one.
fn box_length(head: &[u8; 16]) -> Option<u64> {
    let short = u64::from(u32::from_be_bytes(*head.first_chunk()?));
    let length = match short {
        1 => u64::from_be_bytes(*head.last_chunk()?),
        short => short,
    };
    (length >= 8).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn box_lengths_are_short_or_long_and_never_stand_still() {
        let head = |bytes: [u8; 4], long: u64| {
            let mut head = [0; 16];
            head[..4].copy_from_slice(&bytes);
            head[8..].copy_from_slice(&long.to_be_bytes());
            head
        };
        assert_eq!(box_length(&head([0, 0, 0, 24], 0)), Some(24));
        assert_eq!(box_length(&head([0, 0, 0, 1], 1 << 33)), Some(1 << 33));
        assert_eq!(box_length(&head([0, 0, 0, 0], 0)), None);
        assert_eq!(box_length(&head([0, 0, 0, 1], 3)), None);
    }
}
