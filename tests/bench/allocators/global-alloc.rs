//! An allocator for Rust behind the names of C.
//!
//! Rust's allocators are told the size of a block when it is freed; C's are not. So every block has a header in front of
//! it with what its allocator must be told, 16 bytes as blocks are aligned to that.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};

#[cfg(allocator = "talc")]
static HEAP: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
#[cfg(allocator = "wee_alloc")]
static HEAP: wee_alloc::WeeAlloc = wee_alloc::WeeAlloc::INIT;
#[cfg(allocator = "lol_alloc")]
static HEAP: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> =
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) };
#[cfg(allocator = "rlsf")]
static HEAP: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

const ALIGNMENT: usize = 16;

/// Just below a block: what the allocator knows it by.
#[repr(C)]
struct Header {
    /// Bytes with the header.
    size: usize,
    /// Alignment, and distance of the block from its start.
    alignment: usize,
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

unsafe fn header(block: *mut u8) -> *mut Header {
    (block as *mut Header).sub(1)
}

#[no_mangle]
pub unsafe extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut u8 {
    let alignment = if alignment < ALIGNMENT { ALIGNMENT } else { alignment };
    let total = match size.checked_add(alignment) {
        Some(total) => total,
        None => return core::ptr::null_mut(),
    };
    let start = HEAP.alloc(Layout::from_size_align_unchecked(total, alignment));
    if start.is_null() {
        return start;
    }
    let block = start.add(alignment);
    *header(block) = Header { size: total, alignment };
    block
}

#[no_mangle]
pub unsafe extern "C" fn malloc(size: usize) -> *mut u8 {
    aligned_alloc(ALIGNMENT, size)
}

#[no_mangle]
pub unsafe extern "C" fn free(block: *mut u8) {
    if block.is_null() {
        return;
    }
    let Header { size, alignment } = header(block).read();
    HEAP.dealloc(block.sub(alignment), Layout::from_size_align_unchecked(size, alignment));
}

#[no_mangle]
pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut u8 {
    let total = match count.checked_mul(size) {
        Some(total) => total,
        None => return core::ptr::null_mut(),
    };
    let block = malloc(total);
    if !block.is_null() {
        core::ptr::write_bytes(block, 0, total);
    }
    block
}

#[no_mangle]
pub unsafe extern "C" fn realloc(block: *mut u8, size: usize) -> *mut u8 {
    if block.is_null() {
        return malloc(size);
    }
    let Header { size: before, alignment } = header(block).read();
    let total = match size.checked_add(alignment) {
        Some(total) => total,
        None => return core::ptr::null_mut(),
    };
    let start = HEAP.realloc(block.sub(alignment), Layout::from_size_align_unchecked(before, alignment), total);
    if start.is_null() {
        return start;
    }
    let moved = start.add(alignment);
    *header(moved) = Header { size: total, alignment };
    moved
}
