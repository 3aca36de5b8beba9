//! Clock scan: reads the packets of a file, where its format lets the clock start anew, and finds its splices.

use std::path::Path;

use ffmpeg_next::Packet;

use super::packets::Source;
use super::splice::{FileClock, PacketFacts, SpliceFinder};
use super::timebase::time_of;
use super::{Error, Limits, Media};
use crate::timeline::Timestamp;

/// Returns how the times of a file's packets become times of the video.
///
/// Formats that are written with an index, such as MP4, count once: of them nothing is read. Of others every packet is read
/// and none is decoded.
///
/// # Errors
/// [`Error::ReadError`] when the system stops giving the file's bytes; as [`probe`](super::probe()) for the file.
pub fn find_clock(path: &Path, media: &Media, limits: &Limits) -> Result<FileClock, Error> {
    let pictures = media.video.as_ref().map(|video| video.stream);
    let sound = media.audio_streams.iter().map(|audio| audio.stream);
    let streams: Vec<usize> = pictures.into_iter().chain(sound).collect();
    if !media.may_splice {
        return Ok(FileClock::default());
    }
    let mut source = Source::open_for(path, &FileClock::default(), &streams, limits)?;
    let mut finder = SpliceFinder::default();
    while let Some(packet) = source.next()? {
        if let Some(facts) = facts_of(&packet, &source, pictures) {
            finder.take(facts);
        }
    }
    Ok(finder.finish())
}

fn facts_of(packet: &Packet, source: &Source, pictures: Option<usize>) -> Option<PacketFacts> {
    let stream = packet.stream();
    let base = source.base(stream);
    let time = |ticks: Option<i64>| time_of(ticks?, base);
    let shown = time(packet.pts());
    Some(PacketFacts {
        stream,
        byte: i64::try_from(packet.position())
            .ok()
            .filter(|byte| *byte >= 0)?,
        time: time(packet.dts()).or(shown)?,
        length: time(Some(packet.duration())).unwrap_or(Timestamp::ZERO),
        key: shown.filter(|_| pictures == Some(stream) && packet.is_key()),
    })
}
