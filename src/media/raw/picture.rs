//! Planes, pixel formats and colour tags of decoded pictures.

use std::ffi::CStr;
use std::slice;

use ffmpeg_next::{codec, error, ffi, frame, software::scaling};
use kernels::{Colours, Plane, Samples};

/// Memory layout of a picture's samples, where they can be averaged as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::media) struct PlaneLayout {
    /// Bits of a sample: 8 to 12.
    pub(in crate::media) bits: u32,
    pub(in crate::media) chroma: Chroma,
    /// How much coarser chroma is, as powers of two: across, down.
    pub(in crate::media) shift: (u32, u32),
}

/// Position of a picture's chroma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::media) enum Chroma {
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
pub(in crate::media) fn plane_layout(format: i32) -> Option<PlaneLayout> {
    let descriptor = descriptor_of(format)?;
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
    Some(PlaneLayout {
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
pub(in crate::media) struct Shape {
    pub(in crate::media) format: i32,
    pub(in crate::media) width: u32,
    pub(in crate::media) height: u32,
    /// H.273 matrix.
    pub(in crate::media) matrix: i32,
    /// 1 limited, 2 full, 0 unknown.
    pub(in crate::media) range: i32,
}

/// Returns the shape of a decoded picture.
pub(in crate::media) fn picture_shape(frame: &frame::Video) -> Shape {
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

/// Returns the width to the height of a decoded picture's pixels, where the decoder knows it.
pub(in crate::media) fn pixel_aspect(frame: &frame::Video) -> Option<(u32, u32)> {
    // SAFETY: plain numbers of an existing frame.
    let aspect = unsafe { (*frame.as_ptr()).sample_aspect_ratio };
    let (wide, high) = (u32::try_from(aspect.num), u32::try_from(aspect.den));
    wide.ok()
        .zip(high.ok())
        .filter(|&(wide, high)| wide > 0 && high > 0)
}

/// Returns one plane of `rows` rows of `bytes` bytes, and the bytes from one row to the next; the picture has at least so many.
///
/// `None` where rows run upwards or are shorter than promised.
pub(in crate::media) fn plane(
    frame: &frame::Video,
    index: usize,
    bytes: usize,
    rows: usize,
) -> Option<(&[u8], usize)> {
    debug_assert!(rows <= frame.height() as usize, "no plane has more rows");
    // SAFETY: FFmpeg promises `height` rows of `linesize` bytes from `data` on, the last one at least as long as the picture
    // is wide; the slice lives no longer than the borrow of the frame. No reference is made to the frame as a whole: its
    // enumerations may have any value.
    unsafe {
        let raw = frame.as_ptr();
        let (data, strides) = (&(*raw).data, &(*raw).linesize);
        let (data, stride) = (*data.get(index)?, *strides.get(index)?);
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

/// Pictures of one size in 4:2:0 of 8 bits whose memory is used again: the system clears fresh memory for every picture,
/// which costs as much as scaling it.
pub(in crate::media) struct Pool {
    buffers: *mut ffi::AVBufferPool,
    size: (i32, i32),
}

/// Bytes that rows and planes are aligned to.
const ALIGNED: i32 = 64;

impl Pool {
    /// Returns a pool without pictures.
    pub(in crate::media) fn new((width, height): (u32, u32)) -> Result<Self, ffmpeg_next::Error> {
        let side = |side: u32| i32::try_from(side).map_err(|_| ffmpeg_next::Error::InvalidData);
        let size = (side(width)?, side(height)?);
        let format = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P;
        // SAFETY: plain numbers; a size that makes no picture gives an error.
        let buffers = unsafe {
            match ffi::av_image_get_buffer_size(format, size.0, size.1, ALIGNED) {
                bytes if bytes < 0 => return Err(ffmpeg_next::Error::from(bytes)),
                // Encoders may read a little past the end.
                bytes => ffi::av_buffer_pool_init(bytes as usize + ALIGNED as usize, None),
            }
        };
        if buffers.is_null() {
            return Err(no_memory());
        }
        Ok(Self { buffers, size })
    }

    /// Returns a picture that holds anything; its memory comes back when nobody has it any more.
    pub(in crate::media) fn picture(&self) -> Result<frame::Video, ffmpeg_next::Error> {
        let mut picture = frame::Video::empty();
        let format = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P;
        // SAFETY: the pool is alive, and its buffers are as large as a picture of this format and size; the frame owns its
        // buffer from here on.
        unsafe {
            let raw = &mut *picture.as_mut_ptr();
            let buffer = ffi::av_buffer_pool_get(self.buffers);
            if buffer.is_null() {
                return Err(no_memory());
            }
            raw.buf[0] = buffer;
            (raw.format, raw.width, raw.height) = (format as i32, self.size.0, self.size.1);
            let filled = ffi::av_image_fill_arrays(
                raw.data.as_mut_ptr(),
                raw.linesize.as_mut_ptr(),
                (*buffer).data,
                format,
                raw.width,
                raw.height,
                ALIGNED,
            );
            match filled {
                code if code < 0 => Err(ffmpeg_next::Error::from(code)),
                _ => Ok(picture),
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // SAFETY: pictures that are still out keep the pool's memory alive until they are freed.
        unsafe { ffi::av_buffer_pool_uninit(&mut self.buffers) }
    }
}

fn no_memory() -> ffmpeg_next::Error {
    ffmpeg_next::Error::Other {
        errno: error::ENOMEM,
    }
}

/// Returns the three planes of a picture in 4:2:0 of 8 bits, to be written, and the bytes from one row to the next.
///
/// `None` where the picture shares its memory, is of another kind or has none.
pub(in crate::media) fn planes_mut(frame: &mut frame::Video) -> Option<[(&mut [u8], usize); 3]> {
    let Shape {
        format,
        width,
        height,
        ..
    } = picture_shape(frame);
    let (width, height) = (width as usize, height as usize);
    let planar = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P as i32;
    // SAFETY: the frame exists; nobody else sees its memory when it is writable.
    let (starts, strides) = unsafe {
        if ffi::av_frame_is_writable(frame.as_mut_ptr()) == 0 || format != planar {
            return None;
        }
        ((*frame.as_ptr()).data, (*frame.as_ptr()).linesize)
    };
    let plane = |index: usize| {
        let (width, rows) = match index {
            0 => (width, height),
            _ => (width.div_ceil(2), height.div_ceil(2)),
        };
        let (data, stride) = (starts[index], usize::try_from(strides[index]).ok()?);
        if data.is_null() || stride < width || rows == 0 {
            return None;
        }
        // SAFETY: FFmpeg promises the rows; the planes do not overlap, and live no longer than the borrow of the frame.
        let samples = unsafe { slice::from_raw_parts_mut(data, stride * (rows - 1) + width) };
        Some((samples, stride))
    };
    Some([plane(0)?, plane(1)?, plane(2)?])
}

/// Returns where the first chroma sample of a subsampled picture lies, in chroma samples from the upper left corner.
///
/// Where it is not said, level with even columns and between two rows, as MPEG-2 and later have it.
pub(in crate::media) fn chroma_site(frame: &frame::Video) -> (f64, f64) {
    // SAFETY: the frame exists; an enumeration is read through a pointer to a plain integer of its size.
    let site = unsafe {
        (&raw const (*frame.as_ptr()).chroma_location)
            .cast::<i32>()
            .read()
    };
    match site {
        2 => (0.5, 0.5),
        3 => (0.25, 0.25),
        4 => (0.5, 0.25),
        5 => (0.25, 0.75),
        6 => (0.5, 0.75),
        _ => (0.25, 0.5),
    }
}

/// Returns the samples of a plane of `size` places that `channels` components of `bits` bits share.
pub(in crate::media) fn plane_samples(
    frame: &frame::Video,
    bits: u32,
    (index, channels): (usize, usize),
    size: (usize, usize),
) -> Option<Samples<'_>> {
    let wide = bits > 8;
    let bytes = size.0 * channels * if wide { 2 } else { 1 };
    let (samples, stride) = plane(frame, index, bytes, size.1)?;
    Some(if wide {
        Samples::Wide(Plane {
            samples: wide_samples(samples)?,
            stride: stride.is_multiple_of(2).then_some(stride / 2)?,
            channels,
        })
    } else {
        Samples::Bytes(Plane {
            samples,
            stride,
            channels,
        })
    })
}

/// Returns bytes as 16-bit samples, or `None` where they do not lie on even addresses.
fn wide_samples(bytes: &[u8]) -> Option<&[u16]> {
    // SAFETY: any two bytes are a legal number.
    let (before, samples, _) = unsafe { bytes.align_to::<u16>() };
    before.is_empty().then_some(samples)
}

/// Tells a scaler which matrix and range its source has; RGB comes out full.
pub(in crate::media) fn set_source_colours(scaler: &mut scaling::Context, matrix: i32, full: bool) {
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

/// Returns the tags of a picture.
pub(in crate::media) fn colour_tags(frame: &frame::Video) -> Colours {
    // SAFETY: the frame exists; enumerations are read through pointers to plain integers of their size.
    unsafe {
        let raw = frame.as_ptr();
        Colours {
            matrix: (&raw const (*raw).colorspace).cast::<i32>().read(),
            primaries: (&raw const (*raw).color_primaries).cast::<i32>().read(),
            transfer: (&raw const (*raw).color_trc).cast::<i32>().read(),
            range: (&raw const (*raw).color_range).cast::<i32>().read(),
        }
    }
}

/// Gives an encoder that is not yet open the tags to write.
pub(in crate::media) fn tag_colours(encoder: &mut codec::context::Context, colours: Colours) {
    // SAFETY: the context is allocated; enumerations are written through pointers to plain integers of their size.
    unsafe {
        let raw = encoder.as_mut_ptr();
        (&raw mut (*raw).colorspace)
            .cast::<i32>()
            .write(colours.matrix);
        (&raw mut (*raw).color_primaries)
            .cast::<i32>()
            .write(colours.primaries);
        (&raw mut (*raw).color_trc)
            .cast::<i32>()
            .write(colours.transfer);
        (&raw mut (*raw).color_range)
            .cast::<i32>()
            .write(colours.range);
    }
}

/// Tags a picture with its colours.
pub(in crate::media) fn tag_picture(picture: &mut frame::Video, colours: Colours) {
    // SAFETY: the frame exists; enumerations are written through pointers to plain integers of their size.
    unsafe {
        let raw = picture.as_mut_ptr();
        (&raw mut (*raw).colorspace)
            .cast::<i32>()
            .write(colours.matrix);
        (&raw mut (*raw).color_range)
            .cast::<i32>()
            .write(colours.range);
    }
}

/// Tells whether a pixel format holds red, green and blue themselves.
pub(in crate::media) fn is_rgb(format: i32) -> bool {
    let rgb = ffi::AV_PIX_FMT_FLAG_RGB | ffi::AV_PIX_FMT_FLAG_PAL;
    descriptor_of(format).is_some_and(|descriptor| descriptor.flags & rgb as u64 != 0)
}

/// Returns the name of a pixel format's number, or nothing.
pub(in crate::media) fn pixel_name(format: i32) -> String {
    descriptor_of(format).map_or_else(String::new, |descriptor| {
        // SAFETY: the name of a descriptor is static and ends in zero.
        let name = unsafe { CStr::from_ptr(descriptor.name) };
        name.to_string_lossy().into_owned()
    })
}

fn descriptor_of(format: i32) -> Option<&'static ffi::AVPixFmtDescriptor> {
    // SAFETY: numbers from 0 up to AV_PIX_FMT_NB are exactly the values of the enumeration; descriptors are static.
    unsafe {
        if format < 0 || format >= ffi::AVPixelFormat::AV_PIX_FMT_NB as i32 {
            return None;
        }
        let format = std::mem::transmute::<i32, ffi::AVPixelFormat>(format);
        ffi::av_pix_fmt_desc_get(format).as_ref()
    }
}
