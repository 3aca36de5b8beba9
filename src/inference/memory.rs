//! Memory of all sessions on the CPU: one allocator, which ONNX Runtime asks for every large block.
//!
//! Left to itself each session keeps an arena of its own as large as its largest run, for as long as it is open: a third more
//! than the run needs, and idle sessions as much as busy ones. Here all share one heap, in which the blocks of one are free for
//! the next; who holds how much is known, and what nobody holds goes back to the system when asked.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use ort::AsPointer;
use ort::environment::Environment;
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::sys::{OrtAllocator, OrtMemoryInfo};

use super::heap::{Heap, HeapUse};

/// Addresses of the heap, in bytes: more than any machine has memory for models; they cost nothing.
const ADDRESSES: usize = 1 << 36;
/// Smaller blocks are malloc's own.
const SMALL: usize = 64 << 10;
/// What the kernels of ONNX Runtime ask of a block's address.
const ALIGNMENT: usize = 64;

thread_local! {
    /// Whose work the thread does.
    static OWNER: Cell<&'static str> = const { Cell::new("models") };
}

/// Bytes that one model holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelMemory {
    /// The model.
    pub model: &'static str,
    /// Bytes in use.
    pub in_use: HeapUse,
}

/// The memory of all sessions on the CPU.
#[derive(Debug, Clone, Copy)]
pub struct SessionMemory(&'static SharedAllocator);

/// What ONNX Runtime is given: its own structure first, so that a pointer to one is a pointer to the other.
#[repr(C)]
struct SharedAllocator {
    functions: OrtAllocator,
    info: MemoryInfo<'static>,
    /// Where the heap begins.
    base: *mut u8,
    heap: Mutex<Heap>,
}

impl std::fmt::Debug for SharedAllocator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedAllocator").finish_non_exhaustive()
    }
}

// SAFETY: the functions and `info` are only read, `base` is only calculated with, and the heap has its lock.
unsafe impl Sync for SharedAllocator {}

/// Counts what `work` allocates in sessions as that of `model`.
pub fn owned_by<T>(model: &'static str, work: impl FnOnce() -> T) -> T {
    let before = OWNER.replace(model);
    let answer = work();
    OWNER.set(before);
    answer
}

/// Returns whose work the calling thread does.
pub(super) fn owner() -> &'static str {
    OWNER.get()
}

impl SessionMemory {
    /// Makes sessions of `environment` that ask for it share one heap; none where addresses are limited or refused.
    ///
    /// The heap lives as long as the process, for the library may free blocks to the very end.
    pub(super) fn share(environment: &Environment) -> Option<Self> {
        let base = reserve()?;
        let info = MemoryInfo::new(
            AllocationDevice::CPU,
            0,
            AllocatorType::Device,
            MemoryType::Default,
        );
        // SAFETY: all zeros is what the crate's own default is made of: no function, which is set below.
        let mut functions = unsafe { OrtAllocator::default() };
        functions.Alloc = Some(allocate);
        functions.Reserve = Some(reserve_block);
        functions.Free = Some(free);
        functions.Info = Some(describe);
        let shared: &'static mut SharedAllocator = Box::leak(Box::new(SharedAllocator {
            functions,
            info: info.ok()?,
            base,
            heap: Mutex::new(Heap::new(ADDRESSES)),
        }));
        let pointer = ptr::from_mut(shared).cast::<OrtAllocator>();
        // SAFETY: the environment is alive, and the allocator outlives it.
        let refused =
            unsafe { (ort::api().RegisterAllocator)(environment.ptr().cast_mut(), pointer) };
        if !refused.0.is_null() {
            // SAFETY: a status that was just given, and is not used again.
            unsafe { (ort::api().ReleaseStatus)(refused.0) };
            return None;
        }
        // SAFETY: leaked, and from here on only shared.
        Some(Self(unsafe { &*pointer.cast::<SharedAllocator>() }))
    }

    /// Returns what each model holds.
    pub fn models(&self) -> Vec<ModelMemory> {
        let heap = self.0.heap();
        let model = |(model, in_use): (&&'static str, &HeapUse)| ModelMemory {
            model,
            in_use: *in_use,
        };
        heap.owners().iter().map(model).collect()
    }

    /// Returns what all models together hold.
    pub fn total(&self) -> HeapUse {
        self.0.heap().total()
    }

    /// Gives back to the system what no model holds.
    pub fn trim(&self) {
        let mut heap = self.0.heap();
        for (start, length) in heap.clean() {
            // SAFETY: a stretch of the heap that nobody uses, and that nobody gets while the lock is held.
            unsafe {
                let start = self.0.base.add(start).cast::<c_void>();
                libc::madvise(start, length, libc::MADV_DONTNEED);
            }
        }
    }
}

impl SharedAllocator {
    fn heap(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn allocate(&self, bytes: usize) -> *mut u8 {
        let start = (bytes >= SMALL).then(|| self.heap().take(bytes, owner()));
        match start.flatten() {
            // SAFETY: the stretch lies within the addresses from `base` on.
            Some(start) => unsafe { self.base.add(start) },
            None => small_block(bytes),
        }
    }

    fn free(&self, block: *mut u8) {
        let start = (block as usize).wrapping_sub(self.base as usize);
        if start < ADDRESSES {
            self.heap().give_back(start);
        } else {
            // SAFETY: not of the heap, and so of `small_block`.
            unsafe { libc::free(block.cast()) }
        }
    }
}

/// Returns addresses for the heap, none of them with memory yet.
fn reserve() -> Option<*mut u8> {
    let (limit, _) = getrlimit(Resource::RLIMIT_AS).ok()?;
    if limit != RLIM_INFINITY {
        return None;
    }
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: asks for fresh addresses and touches none that are in use.
    let base = unsafe { libc::mmap(ptr::null_mut(), ADDRESSES, access, kind, -1, 0) };
    (base != libc::MAP_FAILED).then_some(base.cast())
}

/// Returns a block of malloc's, null where there is none.
fn small_block(bytes: usize) -> *mut u8 {
    let mut block = ptr::null_mut();
    // SAFETY: the alignment is a power of two and a multiple of a pointer's size.
    match unsafe { libc::posix_memalign(&raw mut block, ALIGNMENT, bytes.max(1)) } {
        0 => block.cast(),
        _ => ptr::null_mut(),
    }
}

/// Returns the allocator that a function of it is called for.
///
/// # Safety
/// `this` is what was registered.
unsafe fn shared<'a>(this: *const OrtAllocator) -> &'a SharedAllocator {
    // SAFETY: the caller's promise; the structure of the library is the first field.
    unsafe { &*this.cast::<SharedAllocator>() }
}

unsafe extern "system" fn allocate(this: *mut OrtAllocator, bytes: usize) -> *mut c_void {
    // SAFETY: the library calls it with what was registered.
    unsafe { shared(this) }.allocate(bytes).cast()
}

unsafe extern "system" fn reserve_block(this: *const OrtAllocator, bytes: usize) -> *mut c_void {
    // SAFETY: as above.
    unsafe { shared(this) }.allocate(bytes).cast()
}

unsafe extern "system" fn free(this: *mut OrtAllocator, block: *mut c_void) {
    if !block.is_null() {
        // SAFETY: as above.
        unsafe { shared(this) }.free(block.cast());
    }
}

unsafe extern "system" fn describe(this: *const OrtAllocator) -> *const OrtMemoryInfo {
    // SAFETY: as above.
    unsafe { shared(this) }.info.ptr()
}
