//! Faststart check: whether an MP4 file has its index before its media.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::media::Error;

/// Bytes of an index that are read, at most.
const MOST: u64 = 64 << 20;

/// Returns the index of an MP4 file that has it before its media, so that it plays while it loads; `None` for another.
pub(super) fn leading_index(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let unreadable = |error: std::io::Error| Error::Unreadable(error.to_string());
    let mut file = File::open(path).map_err(unreadable)?;
    let mut at = 0;
    let mut head = [0; 16];
    loop {
        file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        if file.read_exact(&mut head).is_err() {
            return Ok(None);
        }
        let length = box_length(&head);
        match &head[4..8] {
            b"moov" => {
                let mut index = Vec::new();
                file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
                let mut bytes = file.take(length.unwrap_or(MOST).min(MOST));
                bytes.read_to_end(&mut index).map_err(unreadable)?;
                return Ok(Some(index));
            }
            b"mdat" => return Ok(None),
            _ => {}
        }
        let Some(next) = length.and_then(|length| length.checked_add(at)) else {
            return Ok(None);
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
