//! FFmpeg's own structures, where the wrapper has no function: touched here and in `picture`, and nowhere else.

mod picture;
mod sound;

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::{self, NonNull};

use ffmpeg_next::{Dictionary, Error, Stream, codec, error, ffi, filter, format::context, frame};
use kernels::Colours;

pub(super) use self::picture::{
    Chroma, PlaneLayout, Pool, Shape, chroma_site, colour_tags, is_rgb, picture_shape,
    pixel_aspect, pixel_name, plane, plane_layout, plane_samples, planes_mut, set_source_colours,
    tag_colours, tag_picture,
};
pub(super) use self::sound::{SoundShape, clean_samples, sound_shape};

/// Returns `path` as FFmpeg takes files, whatever bytes it has; `None` for a zero byte.
fn file_url(path: &Path) -> Option<CString> {
    let mut url = b"file:".to_vec();
    url.extend_from_slice(path.as_os_str().as_bytes());
    CString::new(url).ok()
}

/// A file open for reading, which remembers the first error the system gave.
///
/// Demuxers take such an error for the end of the file or for damage; only here it is told from both.
pub(super) struct InputFile {
    io: NonNull<ffi::AVIOContext>,
    url: CString,
}

// SAFETY: the I/O context has no ties to the thread that opened it, and `InputFile` is its only owner.
unsafe impl Send for InputFile {}

impl InputFile {
    /// Opens the file at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let url = file_url(path).ok_or(Error::InvalidData)?;
        let mut io = ptr::null_mut();
        // SAFETY: the URL ends in zero and outlives the call, which fills the pointer or leaves it null.
        let code = unsafe { ffi::avio_open(&mut io, url.as_ptr(), ffi::AVIO_FLAG_READ) };
        match NonNull::new(io) {
            Some(io) if code >= 0 => Ok(Self { io, url }),
            _ => Err(Error::from(code)),
        }
    }

    /// Returns the error that reading met so far, if any.
    pub(super) fn read_error(&self) -> Option<Error> {
        // SAFETY: a plain number of an I/O context that lives as long as `self`.
        let code = unsafe { (*self.io.as_ptr()).error };
        (code < 0).then(|| Error::from(code))
    }
}

impl Drop for InputFile {
    fn drop(&mut self) {
        // SAFETY: opened in `open`, closed only here; the demuxer that reads from it is dropped before.
        unsafe { ffi::avio_close(self.io.as_ptr()) };
    }
}

/// Finds the streams of an open file; `limits` go to every decoder that looks into it.
///
/// The result reads from `file` and must be dropped before it.
pub(super) fn open_input(
    file: &InputFile,
    options: Dictionary<'_>,
    limits: &Dictionary<'_>,
) -> Result<context::Input, Error> {
    let out_of_memory = Error::Other {
        errno: error::ENOMEM,
    };
    // SAFETY: the URL ends in zero and outlives the call; the context is given an open I/O context, which FFmpeg never
    // closes; on failure FFmpeg frees the context, on success the wrapper owns it from here; the options go to FFmpeg and
    // what is left comes back to be freed.
    let mut input = unsafe {
        let mut input = ffi::avformat_alloc_context();
        if input.is_null() {
            return Err(out_of_memory);
        }
        (*input).pb = file.io.as_ptr();
        let mut options = options.disown();
        let url = file.url.as_ptr();
        let code = ffi::avformat_open_input(&mut input, url, ptr::null(), &mut options);
        drop(Dictionary::own(options));
        if code < 0 {
            return Err(Error::from(code));
        }
        context::Input::wrap(input)
    };
    let mut limits: Vec<_> = (0..input.nb_streams()).map(|_| limits.to_owned()).collect();
    // SAFETY: one dictionary for each stream there is, as the call demands; they are freed after it.
    let code = unsafe {
        let mut raw: Vec<_> = limits.drain(..).map(|limits| limits.disown()).collect();
        let code = ffi::avformat_find_stream_info(input.as_mut_ptr(), raw.as_mut_ptr());
        raw.into_iter()
            .for_each(|limits| drop(Dictionary::own(limits)));
        code
    };
    if code < 0 {
        return Err(Error::from(code));
    }
    Ok(input)
}

/// Returns the short names of the format, separated by commas.
pub(super) fn format_name(input: &context::Input) -> String {
    // SAFETY: an open input has a format with a static name that ends in zero.
    let name = unsafe { CStr::from_ptr((*(*input.as_ptr()).iformat).name) };
    name.to_string_lossy().into_owned()
}

/// When the file starts and how long it is, in microseconds, as the container says.
pub(super) fn container_times(input: &context::Input) -> (Option<i64>, Option<i64>) {
    let known = |value: i64| (value != ffi::AV_NOPTS_VALUE).then_some(value);
    // SAFETY: plain numbers of an open input.
    let (start, duration) = unsafe { ((*input.as_ptr()).start_time, (*input.as_ptr()).duration) };
    (known(start), known(duration))
}

/// Tells whether a file's length is no more than its size divided by the bit rate of its first packets.
pub(super) fn guesses_length(input: &context::Input) -> bool {
    use ffi::AVDurationEstimationMethod::AVFMT_DURATION_FROM_BITRATE;
    // SAFETY: a plain number of an open input.
    unsafe { (*input.as_ptr()).duration_estimation_method == AVFMT_DURATION_FROM_BITRATE }
}

/// Leaves out every stream but the `wanted` ones, so that their packets are not even read where the format allows it.
pub(super) fn keep_only(input: &mut context::Input, wanted: &[usize]) {
    for mut stream in input.streams_mut() {
        if !wanted.contains(&stream.index()) {
            // SAFETY: the stream belongs to the input, which is borrowed alone.
            unsafe { (*stream.as_mut_ptr()).discard = ffi::AVDiscard::AVDISCARD_ALL };
        }
    }
}

/// Goes to a byte of the file.
pub(super) fn seek_byte(input: &mut context::Input, byte: i64) -> Result<(), Error> {
    // SAFETY: an open input, borrowed alone; the call takes no memory of ours.
    let code = unsafe { ffi::av_seek_frame(input.as_mut_ptr(), -1, byte, ffi::AVSEEK_FLAG_BYTE) };
    if code < 0 {
        return Err(Error::from(code));
    }
    Ok(())
}

/// Tells whether the clock of a file of this format may start anew in the middle.
pub(super) fn may_splice(input: &context::Input) -> bool {
    // SAFETY: an open input has a format; its flags are a plain number.
    let flags = unsafe { (*(*input.as_ptr()).iformat).flags };
    flags & ffi::AVFMT_TS_DISCONT != 0
}

/// Returns when the last key frame at or before `ticks` is decoded, where the file's index reaches beyond that.
pub(super) fn key_frame(stream: &Stream<'_>, ticks: i64) -> Option<i64> {
    // SAFETY: the stream belongs to an open input; searching changes nothing, and the entry is read before anything else
    // touches the index.
    unsafe {
        let raw = stream.as_ptr().cast_mut();
        if ffi::av_index_search_timestamp(raw, ticks, ffi::AVSEEK_FLAG_ANY) < 0 {
            return None;
        }
        let found = ffi::av_index_search_timestamp(raw, ticks, ffi::AVSEEK_FLAG_BACKWARD);
        let entry = ffi::avformat_index_get_entry(raw, found);
        entry.as_ref().map(|entry| entry.timestamp)
    }
}

/// Facts of a stream's parameters that the wrapper does not give.
#[derive(Debug, Clone)]
pub(super) struct StreamFacts {
    /// Four letters of the container, or empty.
    pub(super) tag: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) sample_aspect: (i32, i32),
    /// The same as the decoder has it; the container may know better.
    pub(super) coded_aspect: (i32, i32),
    pub(super) sample_rate: u32,
    pub(super) channels: u16,
    /// Name of the pixel format, or empty.
    pub(super) pixel_format: String,
    pub(super) is_thumbnail: bool,
    pub(super) is_interlaced: bool,
}

/// Returns what a stream's header says.
pub(super) fn stream_facts(stream: &Stream<'_>) -> StreamFacts {
    // SAFETY: a stream of an open input has parameters; their numbers are read through pointers, without a reference to
    // the whole: a file may give its enumerations any value.
    unsafe {
        let raw = stream.as_ptr();
        let codec: *const ffi::AVCodecParameters = (*raw).codecpar;
        let coded = (*codec).sample_aspect_ratio;
        let aspect = match (*raw).sample_aspect_ratio {
            known if known.num > 0 => known,
            _ => coded,
        };
        let thumbnails = ffi::AV_DISPOSITION_ATTACHED_PIC | ffi::AV_DISPOSITION_TIMED_THUMBNAILS;
        StreamFacts {
            tag: printable((*codec).codec_tag),
            width: u32::try_from((*codec).width).unwrap_or(0),
            height: u32::try_from((*codec).height).unwrap_or(0),
            sample_aspect: (aspect.num, aspect.den),
            coded_aspect: (coded.num, coded.den),
            sample_rate: u32::try_from((*codec).sample_rate).unwrap_or(0),
            channels: u16::try_from((*codec).channels).unwrap_or(0),
            pixel_format: pixel_name((*codec).format),
            is_thumbnail: (*raw).disposition & thumbnails != 0,
            // 0 unknown, 1 progressive, above that the orders of fields.
            is_interlaced: (&raw const (*codec).field_order).cast::<i32>().read() > 1,
        }
    }
}

fn printable(tag: u32) -> String {
    let letters = tag.to_le_bytes();
    let letters = letters.iter().filter(|byte| byte.is_ascii_graphic());
    letters.map(|&byte| char::from(byte)).collect()
}

/// Gives a decoder its stream's clock and a number of threads, of the kind it does best.
pub(super) fn prepare_decoder(
    decoder: &mut codec::context::Context,
    base: ffmpeg_next::Rational,
    threads: usize,
) {
    // SAFETY: the context is allocated and not yet open.
    unsafe {
        (*decoder.as_mut_ptr()).pkt_timebase = base.into();
        (*decoder.as_mut_ptr()).thread_count = i32::try_from(threads.max(1)).unwrap_or(1);
    }
}

/// The length a decoded frame claims, in ticks.
pub(super) fn frame_length(frame: &ffmpeg_next::Frame) -> i64 {
    // SAFETY: a plain number of an existing frame.
    unsafe { (*frame.as_ptr()).pkt_duration }
}

/// Tells whether a decoded frame is known to be damaged.
pub(super) fn is_damaged(frame: &ffmpeg_next::Frame) -> bool {
    frame.is_corrupt() || frame.has_decode_errors()
}

/// Returns the colour tags of a stream's header.
pub(super) fn stream_colours(stream: &Stream<'_>) -> Colours {
    // SAFETY: a stream of an open input has parameters; enumerations are read through pointers to plain integers of their size.
    unsafe {
        let codec: *const ffi::AVCodecParameters = (*stream.as_ptr()).codecpar;
        Colours {
            matrix: (&raw const (*codec).color_space).cast::<i32>().read(),
            primaries: (&raw const (*codec).color_primaries).cast::<i32>().read(),
            transfer: (&raw const (*codec).color_trc).cast::<i32>().read(),
            range: (&raw const (*codec).color_range).cast::<i32>().read(),
        }
    }
}

/// Creates an MP4 file to write to, replacing what is there.
pub(super) fn create_output(path: &Path) -> Result<context::Output, Error> {
    let url = file_url(path).ok_or(Error::InvalidData)?;
    let mut output = ptr::null_mut();
    // SAFETY: the strings end in zero and outlive the calls; from `wrap` on the wrapper closes and frees what there is.
    unsafe {
        let code = ffi::avformat_alloc_output_context2(
            &mut output,
            ptr::null(),
            c"mp4".as_ptr(),
            url.as_ptr(),
        );
        if code < 0 {
            return Err(Error::from(code));
        }
        let output = context::Output::wrap(output);
        let code = ffi::avio_open(
            &mut (*output.as_ptr().cast_mut()).pb,
            url.as_ptr(),
            ffi::AVIO_FLAG_WRITE,
        );
        if code < 0 {
            return Err(Error::from(code));
        }
        Ok(output)
    }
}

/// Returns the error that writing met in between, if any: short writes show only here.
pub(super) fn write_error(output: &context::Output) -> Option<Error> {
    // SAFETY: an open output has an I/O context until it is dropped.
    let code = unsafe { (*(*output.as_ptr()).pb).error };
    (code < 0).then(|| Error::from(code))
}

/// Gives a filter graph's source its own reference to a frame; the caller's frame stays as it is.
pub(super) fn feed(
    source: &mut ffmpeg_next::filter::Context,
    frame: &ffmpeg_next::Frame,
) -> Result<(), Error> {
    // SAFETY: the filter belongs to a graph that is alive, and only reads the frame.
    let code = unsafe { ffi::av_buffersrc_write_frame(source.as_mut_ptr(), frame.as_ptr()) };
    if code < 0 {
        return Err(Error::from(code));
    }
    Ok(())
}

/// Gives a filter graph's source a frame for good, so that a filter may draw into it.
pub(super) fn give(
    source: &mut ffmpeg_next::filter::Context,
    mut frame: frame::Video,
) -> Result<(), Error> {
    // SAFETY: the filter belongs to a graph that is alive; it takes the frame's contents and leaves an empty one.
    let code = unsafe { ffi::av_buffersrc_add_frame(source.as_mut_ptr(), frame.as_mut_ptr()) };
    if code < 0 {
        return Err(Error::from(code));
    }
    Ok(())
}

/// Adds a filter with options that are taken as they are, whatever bytes they have.
pub(super) fn add_filter(
    graph: &mut filter::Graph,
    name: &CStr,
    options: &[(&CStr, CString)],
) -> Result<filter::Context, Error> {
    // SAFETY: names and values end in zero and are copied; the graph owns the filter from its allocation on.
    unsafe {
        let filter = ffi::avfilter_get_by_name(name.as_ptr());
        if filter.is_null() {
            return Err(Error::FilterNotFound);
        }
        let context = ffi::avfilter_graph_alloc_filter(graph.as_mut_ptr(), filter, name.as_ptr());
        if context.is_null() {
            return Err(Error::Other {
                errno: error::ENOMEM,
            });
        }
        for (option, value) in options {
            let search = ffi::AV_OPT_SEARCH_CHILDREN;
            let code = ffi::av_opt_set(context.cast(), option.as_ptr(), value.as_ptr(), search);
            if code < 0 {
                return Err(Error::from(code));
            }
        }
        match ffi::avfilter_init_dict(context, ptr::null_mut()) {
            code if code < 0 => Err(Error::from(code)),
            _ => Ok(filter::Context::wrap(context)),
        }
    }
}

/// Returns another reference to a picture.
pub(super) fn share(frame: &frame::Video) -> Result<frame::Video, Error> {
    let mut shared = frame::Video::empty();
    // SAFETY: both frames exist, the new one is empty.
    let code = unsafe { ffi::av_frame_ref(shared.as_mut_ptr(), frame.as_ptr()) };
    if code < 0 {
        return Err(Error::from(code));
    }
    Ok(shared)
}

/// Sets the four letters by which a container names a stream's codec.
pub(super) fn set_tag(stream: &mut ffmpeg_next::StreamMut<'_>, letters: &[u8; 4]) {
    // SAFETY: the stream belongs to an output whose header is not yet written, and has parameters.
    unsafe { (*(*stream.as_mut_ptr()).codecpar).codec_tag = u32::from_le_bytes(*letters) };
}
