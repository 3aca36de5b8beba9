//! What the wrapper lacks: FFmpeg's own structures are touched here and nowhere else.

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::{ptr, slice};

use ffmpeg_next::{
    Dictionary, Error, Stream, codec, ffi, format::context, frame, software::scaling,
};

/// Returns `path` as FFmpeg takes files, whatever bytes it has; `None` for a zero byte.
fn file_url(path: &Path) -> Option<CString> {
    let mut url = b"file:".to_vec();
    url.extend_from_slice(path.as_os_str().as_bytes());
    CString::new(url).ok()
}

/// Opens a file and finds its streams; `limits` go to every decoder that looks into it.
pub(super) fn open_input(
    path: &Path,
    options: Dictionary<'_>,
    limits: &Dictionary<'_>,
) -> Result<context::Input, Error> {
    let url = file_url(path).ok_or(Error::InvalidData)?;
    let mut input = ptr::null_mut();
    // SAFETY: the URL ends in zero and outlives the call; on failure FFmpeg frees what it made and leaves the pointer null,
    // on success the wrapper owns it from here; the options go to FFmpeg and what is left comes back to be freed.
    let mut input = unsafe {
        let mut options = options.disown();
        let code = ffi::avformat_open_input(&mut input, url.as_ptr(), ptr::null(), &mut options);
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

/// Tells whether the format has no times of its own, so that seeking in it means nothing.
pub(super) fn lacks_times(input: &context::Input) -> bool {
    // SAFETY: an open input has a format, which is static.
    unsafe { (*(*input.as_ptr()).iformat).flags & ffi::AVFMT_NOTIMESTAMPS != 0 }
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

/// Leaves out every stream but the `wanted` ones, so that their packets are not even read where the format allows it.
pub(super) fn keep_only(input: &mut context::Input, wanted: &[usize]) {
    for mut stream in input.streams_mut() {
        if !wanted.contains(&stream.index()) {
            // SAFETY: the stream belongs to the input, which is borrowed alone.
            unsafe { (*stream.as_mut_ptr()).discard = ffi::AVDiscard::AVDISCARD_ALL };
        }
    }
}

/// What the wrapper does not tell of a stream's parameters.
#[derive(Debug, Clone)]
pub(super) struct StreamFacts {
    /// Four letters of the container, or empty.
    pub(super) tag: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) sample_aspect: (i32, i32),
    pub(super) sample_rate: u32,
    pub(super) channels: u16,
    /// Name of the pixel format, or empty.
    pub(super) pixel_format: String,
    pub(super) is_thumbnail: bool,
}

/// Returns what a stream's header says.
pub(super) fn stream_facts(stream: &Stream<'_>) -> StreamFacts {
    // SAFETY: a stream of an open input has parameters; they are read, not kept.
    unsafe {
        let (raw, codec) = (&*stream.as_ptr(), &*(*stream.as_ptr()).codecpar);
        let aspect = if raw.sample_aspect_ratio.num > 0 {
            raw.sample_aspect_ratio
        } else {
            codec.sample_aspect_ratio
        };
        let thumbnails = ffi::AV_DISPOSITION_ATTACHED_PIC | ffi::AV_DISPOSITION_TIMED_THUMBNAILS;
        StreamFacts {
            tag: printable(codec.codec_tag),
            width: u32::try_from(codec.width).unwrap_or(0),
            height: u32::try_from(codec.height).unwrap_or(0),
            sample_aspect: (aspect.num, aspect.den),
            sample_rate: u32::try_from(codec.sample_rate).unwrap_or(0),
            channels: u16::try_from(codec.channels).unwrap_or(0),
            pixel_format: pixel_name(codec.format),
            is_thumbnail: raw.disposition & thumbnails != 0,
        }
    }
}

fn printable(tag: u32) -> String {
    let letters = tag.to_le_bytes();
    let letters = letters.iter().filter(|byte| byte.is_ascii_graphic());
    letters.map(|&byte| char::from(byte)).collect()
}

/// Returns the name of a pixel format's number, or nothing.
pub(super) fn pixel_name(format: i32) -> String {
    descriptor(format).map_or_else(String::new, |descriptor| {
        // SAFETY: the name of a descriptor is static and ends in zero.
        let name = unsafe { CStr::from_ptr(descriptor.name) };
        name.to_string_lossy().into_owned()
    })
}

fn descriptor(format: i32) -> Option<&'static ffi::AVPixFmtDescriptor> {
    // SAFETY: numbers from 0 up to AV_PIX_FMT_NB are exactly the values of the enumeration; descriptors are static.
    unsafe {
        if format < 0 || format >= ffi::AVPixelFormat::AV_PIX_FMT_NB as i32 {
            return None;
        }
        let format = std::mem::transmute::<i32, ffi::AVPixelFormat>(format);
        ffi::av_pix_fmt_desc_get(format).as_ref()
    }
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

/// How the samples of a picture lie in memory, where they can be averaged as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Bits of a sample: 8 to 12.
    pub(super) bits: u32,
    pub(super) chroma: Chroma,
    /// How much coarser chroma is, as powers of two: across, down.
    pub(super) shift: (u32, u32),
}

/// Where the colour of a picture lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chroma {
    /// Nowhere: grey.
    None,
    /// In two planes.
    Planes,
    /// In one plane, two values side by side.
    Interleaved {
        /// Whether red difference comes first.
        v_first: bool,
    },
}

/// Returns how pictures of a format lie in memory; `None` for RGB, packed, palette, big-endian and float ones.
pub(super) fn layout(format: i32) -> Option<Layout> {
    let descriptor = descriptor(format)?;
    let foreign = ffi::AV_PIX_FMT_FLAG_BE
        | ffi::AV_PIX_FMT_FLAG_PAL
        | ffi::AV_PIX_FMT_FLAG_BITSTREAM
        | ffi::AV_PIX_FMT_FLAG_HWACCEL
        | ffi::AV_PIX_FMT_FLAG_RGB
        | ffi::AV_PIX_FMT_FLAG_BAYER
        | ffi::AV_PIX_FMT_FLAG_FLOAT;
    let colours = if descriptor.nb_components < 3 { 1 } else { 3 };
    let parts = &descriptor.comp[..colours];
    let bits = parts[0].depth;
    let bytes = if bits > 8 { 2 } else { 1 };
    let fits = (8..=12).contains(&bits)
        && parts[0].step == bytes
        && parts
            .iter()
            .all(|part| part.depth == bits && part.shift == 0);
    if !fits || descriptor.flags & foreign as u64 != 0 {
        return None;
    }
    let chroma = match parts {
        [_] => Chroma::None,
        [_, u, v] if u.step == bytes && v.step == bytes && (u.plane, v.plane) == (1, 2) => {
            Chroma::Planes
        }
        [_, u, v] if u.step == 2 * bytes && (u.plane, v.plane) == (1, 1) => Chroma::Interleaved {
            v_first: v.offset < u.offset,
        },
        _ => return None,
    };
    Some(Layout {
        bits: bits as u32,
        chroma,
        shift: (
            u32::from(descriptor.log2_chroma_w),
            u32::from(descriptor.log2_chroma_h),
        ),
    })
}

/// The numbers of a decoded picture that are not safe to take for enumerations: a file may hold any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) format: i32,
    pub(super) width: u32,
    pub(super) height: u32,
    /// H.273 matrix.
    pub(super) matrix: i32,
    /// 1 limited, 2 full, 0 unknown.
    pub(super) range: i32,
}

/// Returns the shape of a decoded picture.
pub(super) fn shape(frame: &frame::Video) -> Shape {
    // SAFETY: the frame exists; enumerations are read through pointers to plain integers of their size.
    unsafe {
        let raw = frame.as_ptr();
        Shape {
            format: (*raw).format,
            width: u32::try_from((*raw).width).unwrap_or(0),
            height: u32::try_from((*raw).height).unwrap_or(0),
            matrix: (&raw const (*raw).colorspace).cast::<i32>().read(),
            range: (&raw const (*raw).color_range).cast::<i32>().read(),
        }
    }
}

/// Returns one plane of `rows` rows of `bytes` bytes, and the bytes from one row to the next.
///
/// `None` where rows run upwards or are shorter than promised.
pub(super) fn plane(
    frame: &frame::Video,
    index: usize,
    bytes: usize,
    rows: usize,
) -> Option<(&[u8], usize)> {
    // SAFETY: FFmpeg promises `height` rows of `linesize` bytes from `data` on, the last one at least as long as the picture
    // is wide; the slice lives no longer than the borrow of the frame.
    unsafe {
        let raw = &*frame.as_ptr();
        let (data, stride) = (*raw.data.get(index)?, *raw.linesize.get(index)?);
        let stride = usize::try_from(stride).ok()?;
        if data.is_null() || stride < bytes || rows == 0 {
            return None;
        }
        Some((
            slice::from_raw_parts(data, stride * (rows - 1) + bytes),
            stride,
        ))
    }
}

/// Returns bytes as 16-bit samples, or `None` where they do not lie on even addresses.
pub(super) fn wide_samples(bytes: &[u8]) -> Option<&[u16]> {
    // SAFETY: any two bytes are a legal number.
    let (before, samples, _) = unsafe { bytes.align_to::<u16>() };
    before.is_empty().then_some(samples)
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

/// Tells a scaler which matrix and range its source has; RGB comes out full.
pub(super) fn set_source_colours(scaler: &mut scaling::Context, matrix: i32, full: bool) {
    const ONE: i32 = 1 << 16;
    // SAFETY: the tables are static; the context is initialised. Where source and result are both RGB the call does nothing.
    unsafe {
        let table = ffi::sws_getCoefficients(matrix);
        ffi::sws_setColorspaceDetails(
            scaler.as_mut_ptr(),
            table,
            i32::from(full),
            table,
            1,
            0,
            ONE,
            ONE,
        );
    }
}
