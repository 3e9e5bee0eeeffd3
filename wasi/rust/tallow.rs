//! Tallow as the global allocator of a Rust program, for targets that have no C library: wasm32-unknown-unknown, with
//! or without std. Copy this file beside your own and link dist/wasi/libtallow.a:
//!
//!     mod tallow;
//!
//!     #[global_allocator]
//!     static ALLOCATOR: tallow::Tallow = tallow::Tallow;
//!
//!     rustc --target wasm32-unknown-unknown -L native=dist/wasi -l static=tallow …
//!
//! On WASI it works as well, but linking the library is enough there: std allocates by malloc, which it replaces.
//! Rust 1.63 or newer; without std, 1.68.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr;

// As in tallow.h.
extern "C" {
    #[cfg(not(target_os = "wasi"))]
    fn tallow_init(start: *mut u8, size: usize) -> usize;
    fn tallow_malloc(size: usize) -> *mut u8;
    fn tallow_calloc(count: usize, size: usize) -> *mut u8;
    fn tallow_realloc(ptr: *mut u8, size: usize) -> *mut u8;
    fn tallow_aligned_alloc(alignment: usize, size: usize) -> *mut u8;
    fn tallow_free(ptr: *mut u8);

    /// Begins the heap as the library does for C programs, beside what else has memory there.
    #[cfg(target_os = "wasi")]
    fn tallow_wasi_begin();

    /// The linker's end of data and stack: the first byte that belongs to nobody.
    #[cfg(not(target_os = "wasi"))]
    static mut __heap_base: u8;
}

#[cfg(target_feature = "atomics")]
compile_error!("Tallow has no locks: it cannot serve several threads");

/// Every block has at least this alignment.
const ALIGNMENT_MIN: usize = 16;

/// The only heap of the program.
pub struct Tallow;

/// Begins the heap where the program's own memory ends; it grows from there. Whether it had not begun before.
#[cold]
unsafe fn begin() -> bool {
    static mut BEGUN: bool = false;
    if BEGUN {
        return false;
    }
    BEGUN = true;
    #[cfg(target_os = "wasi")]
    tallow_wasi_begin();
    #[cfg(not(target_os = "wasi"))]
    tallow_init(ptr::addr_of_mut!(__heap_base), 0);
    true
}

/// What `allocate` gives. A heap that has not begun gives null like one that is exhausted, so that only those who get
/// null pay for looking.
unsafe fn once_begun(allocate: impl Fn() -> *mut u8) -> *mut u8 {
    let block = allocate();
    if block.is_null() && begin() {
        return allocate();
    }
    block
}

unsafe impl GlobalAlloc for Tallow {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGNMENT_MIN {
            once_begun(|| tallow_malloc(layout.size()))
        } else {
            once_begun(|| tallow_aligned_alloc(layout.align(), layout.size()))
        }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, _layout: Layout) {
        tallow_free(ptr);
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGNMENT_MIN {
            return once_begun(|| tallow_calloc(1, layout.size()));
        }
        let block = self.alloc(layout);
        if !block.is_null() {
            ptr::write_bytes(block, 0, layout.size());
        }
        block
    }

    /// Of a larger alignment tallow_realloc does not know.
    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.align() <= ALIGNMENT_MIN {
            return tallow_realloc(old, size);
        }
        let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
        if !new.is_null() {
            ptr::copy_nonoverlapping(old, new, layout.size().min(size));
            tallow_free(old);
        }
        new
    }
}
