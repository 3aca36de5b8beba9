//! Demuxing: from a file to the packets of its streams, and through their decoders to frames.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use ffmpeg_next::{self as ffmpeg, Dictionary, Packet, format::context};

use super::Error;
use super::decoder::{PATIENCE, StreamDecoder, decoder_limits, is_out_of_memory};
use super::limits::Limits;
use super::raw::{self, InputFile};
use super::splice::FileClock;
use super::timebase::time_of;
use crate::timeline::Timestamp;

/// The demuxers that are meant to work. Not among them: playlists and scripts that name other files, devices, still pictures.
const FORMATS: &str = "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,ogg,h264,hevc,m4v,ivf,obu,av1,asf,gif,mxf,\
    mp3,wav,w64,flac,aac,ac3,eac3,aiff,caf,amr,rm,nut,dv,wtv,y4m,yuv4mpegpipe";

/// The demuxers of still pictures.
const PICTURE_FORMATS: &str = "jpeg_pipe,png_pipe";

/// Formats of sound alone whose packets carry no times: those behind a seek are guessed, those counted from the start are not.
const COUNTED: [&str; 5] = ["mp3", "aac", "ac3", "eac3", "amr"];

/// Bytes and microseconds FFmpeg may look at before it says what the streams are: its own defaults, pinned.
const PROBE_BYTES: &str = "5000000";
const PROBE_MICROS: &str = "5000000";

/// How far before its start a clip is decoded: the longest delay of reordered pictures, and what sound decoders need to settle.
const SEEK_MARGIN: Duration = Duration::from_millis(500);

/// Bytes at the head of a file that are searched for signs of encryption.
const HEAD: u64 = 1 << 20;

/// An open file that gives packets.
pub(super) struct Source {
    /// Reads from `file`; fields drop in order.
    pub(super) input: context::Input,
    file: InputFile,
    /// The streams whose packets it gives, and where the last one of each lies.
    kept: Vec<(usize, i64)>,
    /// How its times become those of the video.
    clock: FileClock,
    /// Packets before this time are passed over.
    wanted_from: Option<Timestamp>,
    limits: Limits,
    /// Packets that could not be read whole.
    pub(super) lost: u64,
}

impl Source {
    /// Opens a regular file of a known kind to learn what it holds; it gives no packets.
    pub(super) fn open(path: &Path, limits: &Limits) -> Result<Self, Error> {
        Self::open_with(path, FORMATS, limits, &decoder_limits(limits))
    }

    /// Opens a still picture for its one packet.
    pub(super) fn open_picture(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let mut source = Self::open_with(path, PICTURE_FORMATS, limits, &decoder_limits(limits))?;
        source.kept = vec![(0, 0)];
        Ok(source)
    }

    /// Opens a file for the packets of these streams, their times by its `clock`.
    pub(super) fn open_for(
        path: &Path,
        clock: &FileClock,
        streams: &[usize],
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut source = Self::open(path, limits)?;
        raw::keep_only(&mut source.input, streams);
        source.kept = streams.iter().map(|&stream| (stream, 0)).collect();
        source.clock = clock.clone();
        Ok(source)
    }

    /// Opens a file only to learn the sizes of its pictures, however large: no picture is made.
    pub(super) fn open_for_sizes(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let mut options = Dictionary::new();
        options.set("skip_frame", "all");
        Self::open_with(path, FORMATS, limits, &options)
    }

    fn open_with(
        path: &Path,
        formats: &str,
        limits: &Limits,
        decoders: &Dictionary<'_>,
    ) -> Result<Self, Error> {
        check(path)?;
        let mut options = Dictionary::new();
        options.set("protocol_whitelist", "file");
        options.set("format_whitelist", formats);
        options.set("probesize", PROBE_BYTES);
        options.set("analyzeduration", PROBE_MICROS);
        let file = InputFile::open(path).map_err(|error| refused(path, error, None))?;
        let input = raw::open_input(&file, options, decoders)
            .map_err(|error| refused(path, error, file.read_error()))?;
        Ok(Self {
            input,
            file,
            kept: Vec::new(),
            clock: FileClock::default(),
            wanted_from: None,
            limits: limits.clone(),
            lost: 0,
        })
    }

    /// Returns the next packet of the streams it was opened for, or `None` at the end of what can be read.
    ///
    /// # Errors
    /// [`Error::ReadError`] when the system stopped giving the file's bytes: what is behind is not known.
    pub(super) fn next(&mut self) -> Result<Option<Packet>, Error> {
        while let Some(mut packet) = self.read()? {
            let stream = packet.stream();
            let kept = self.kept.iter_mut().find(|(kept, _)| *kept == stream);
            if let Some((_, byte)) = kept {
                // One that was cut out of another has no place of its own.
                *byte = i64::try_from(packet.position()).unwrap_or(-1).max(*byte);
                let byte = *byte;
                self.set_right(&mut packet, byte);
                if !self.is_passed_over(&packet) {
                    return Ok(Some(packet));
                }
            }
        }
        Ok(None)
    }

    /// Tells whether a packet lies before the first one that is wanted.
    fn is_passed_over(&self, packet: &Packet) -> bool {
        let time = packet.pts().or(packet.dts());
        let time = time.and_then(|ticks| time_of(ticks, self.base(packet.stream())));
        time.zip(self.wanted_from)
            .is_some_and(|(time, from)| time < from)
    }

    /// Adds to a packet's times what its place in the file asks for.
    fn set_right(&self, packet: &mut Packet, byte: i64) {
        let stream = packet.stream();
        let (num, den) = self.base(stream);
        let shift = self.clock.shift(stream, byte);
        if let Some(shift) = shift.filter(|_| num > 0 && den > 0) {
            let shift = shift.to_ticks(num, den);
            packet.set_pts(packet.pts().map(|ticks| ticks.saturating_add(shift)));
            packet.set_dts(packet.dts().map(|ticks| ticks.saturating_add(shift)));
        }
    }

    fn read(&mut self) -> Result<Option<Packet>, Error> {
        for _ in 0..PATIENCE {
            let mut packet = Packet::empty();
            let read = packet.read(&mut self.input);
            if let Some(error) = self.file.read_error() {
                return Err(Error::stopped_reading(error));
            }
            match read {
                Ok(()) => {
                    self.lost += u64::from(packet.is_corrupt());
                    return Ok(Some(packet));
                }
                Err(ffmpeg::Error::Eof) => return Ok(None),
                Err(ffmpeg::Error::InvalidData) => self.lost += 1,
                Err(error) if is_out_of_memory(error) => return Err(error.into()),
                // Demuxers say so of a file that was cut short: nothing behind can be found.
                Err(_) => {
                    self.lost += 1;
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    /// Returns the length of a stream's tick, in seconds, as a fraction.
    pub(super) fn base(&self, stream: usize) -> (i32, i32) {
        let base = self.input.stream(stream).map(|stream| stream.time_base());
        base.map_or((0, 0), |base| (base.numerator(), base.denominator()))
    }

    /// Goes to the last place before `start` from where the file can be decoded, and tells whether it did: a file whose
    /// index does not reach, or whose beginning is near, is read from its first frame on.
    ///
    /// A file without times of its own has no start either, and can only be counted through.
    ///
    /// # Errors
    /// A failed seek may leave the file anywhere.
    pub(super) fn seek_before(&mut self, start: Timestamp) -> Result<bool, Error> {
        let target = start - (Timestamp::ZERO + SEEK_MARGIN);
        if !self.clock.is_plain() {
            let Some((_, byte)) = self.clock.key_before(target) else {
                return Ok(false);
            };
            raw::seek_byte(&mut self.input, byte)?;
            self.kept.iter_mut().for_each(|(_, last)| *last = 0);
            return Ok(true);
        }
        if COUNTED.contains(&raw::format_name(&self.input).as_str()) {
            self.wanted_from = Some(target);
            return Ok(true);
        }
        let target = target.to_ticks(1, 1_000_000);
        let (first, _) = raw::container_times(&self.input);
        if first.is_none_or(|first| target <= first) {
            return Ok(false);
        }
        self.input.seek(target, ..target)?;
        Ok(true)
    }

    /// Returns the key frame of a stream to which a seek to `time` leads, if the index reaches that far.
    pub(super) fn key_frame(&self, stream: usize, time: Timestamp) -> Option<Timestamp> {
        let target = time - (Timestamp::ZERO + SEEK_MARGIN);
        if !self.clock.is_plain() {
            return self.clock.key_before(target).map(|(time, _)| time);
        }
        let (num, den) = self.base(stream);
        let stream = self.input.stream(stream).filter(|_| num > 0 && den > 0)?;
        let key = raw::key_frame(&stream, target.to_ticks(num, den))?;
        time_of(key, (num, den))
    }

    /// Opens a decoder for one stream.
    pub(super) fn decoder(&self, stream: usize, threads: usize) -> Result<StreamDecoder, Error> {
        let stream = self
            .input
            .stream(stream)
            .ok_or(Error::Corrupt { good_frames: 0 })?;
        StreamDecoder::open(&stream, threads, &self.limits)
    }
}

/// One stream of a file, decoded: frames in display order.
pub(super) struct Frames {
    source: Source,
    decoder: StreamDecoder,
    ended: bool,
}

impl Frames {
    /// Decodes one stream of a source that was opened for it alone.
    pub(super) fn of(source: Source, stream: usize, threads: usize) -> Result<Self, Error> {
        Ok(Self {
            decoder: source.decoder(stream, threads)?,
            source,
            ended: false,
        })
    }

    /// Fills `frame` with the next frame and tells whether there was one.
    pub(super) fn next(&mut self, frame: &mut ffmpeg::Frame) -> Result<bool, Error> {
        while !self.decoder.receive(frame)? {
            if self.ended {
                return Ok(false);
            }
            let packet = self.source.next()?;
            self.ended = packet.is_none();
            self.decoder.send(packet.as_ref())?;
        }
        Ok(true)
    }

    /// Returns the length of a stream's tick, in seconds, as a fraction.
    pub(super) fn base(&self, stream: usize) -> (i32, i32) {
        self.source.base(stream)
    }

    /// Returns how many packets and frames so far were unreadable or are known to be damaged.
    pub(super) fn lost(&self) -> u64 {
        self.source.lost + self.decoder.lost
    }
}

/// Refuses what is not a regular file with something in it, before anything is opened: a pipe would wait for ever.
fn check(path: &Path) -> Result<(), Error> {
    let found = fs::metadata(path).map_err(|error| Error::reading(&error))?;
    if !found.is_file() {
        return Err(Error::NotAFile);
    }
    if found.len() == 0 {
        return Err(Error::InputEmpty);
    }
    File::open(path).map_err(|error| Error::reading(&error))?;
    Ok(())
}

/// Returns what it means that FFmpeg does not open a file that is there; `read_error` is what the system said meanwhile.
fn refused(path: &Path, error: ffmpeg::Error, read_error: Option<ffmpeg::Error>) -> Error {
    if let Some(read_error) = read_error {
        return Error::stopped_reading(read_error);
    }
    match error {
        error if is_out_of_memory(error) => error.into(),
        // The demuxer is known, but not on the list.
        ffmpeg::Error::Other { errno } if errno == ffmpeg::error::EINVAL => Error::Unsupported {
            codec: "this kind of file".into(),
        },
        _ if looks_encrypted(path) => Error::Encrypted,
        _ if lacks_index(path).unwrap_or(false) => {
            Error::NotMedia("no index (moov): the recording or the download was cut off".into())
        }
        _ => Error::NotMedia(error.to_string().to_lowercase()),
    }
}

/// Tells whether the head of an MP4 file has the boxes of protected streams.
fn looks_encrypted(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    read.is_ok() && (has(b"sinf") && has(b"schm") || has(b"pssh"))
}

/// Tells whether an MP4 file ends before its index has come.
fn lacks_index(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let (mut at, mut is_mp4) = (0_u64, false);
    while at + 8 <= length {
        let mut head = [0; 16];
        file.seek(SeekFrom::Start(at))?;
        let read = file.read(&mut head)?;
        let kind = &head[4..8];
        if kind == b"moov" || (!is_mp4 && kind != b"ftyp") {
            return Ok(false);
        }
        is_mp4 = true;
        let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let large = head[8..].try_into().map_or(0, u64::from_be_bytes);
        at += match size {
            1 if read == head.len() => large.max(16),
            0 => return Ok(true), // to the end of the file
            size => u64::from(size).max(8),
        };
    }
    Ok(is_mp4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_cut_off_before_its_index_is_told_so() {
        let told = |bytes: &[u8]| {
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(file.path(), bytes).unwrap();
            refused(file.path(), ffmpeg::Error::InvalidData, None).to_string()
        };
        let head = b"\0\0\0\x0cftypisom\0\0\x10\0mdat and so on";
        assert!(told(head).contains("no index (moov)"), "{}", told(head));
        let whole = b"\0\0\0\x0cftypisom\0\0\0\x08moov\0\0\0\x08mdat";
        for other in [&whole[..], b"not a media file at all", b"", b"\0\0\0\x0c"] {
            assert!(!told(other).contains("moov"));
        }
    }

    #[test]
    fn a_file_that_the_system_does_not_give_is_not_called_damaged() {
        let broken = ffmpeg::Error::Other {
            errno: ffmpeg::error::EIO,
        };
        let of = |read_error| refused(Path::new("a"), ffmpeg::Error::InvalidData, read_error);
        assert_eq!(of(Some(broken)).class(), "unreadable");
        assert_eq!(of(None).class(), "input_corrupt");
    }
}
