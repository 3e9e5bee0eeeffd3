//! A module without WASI, for wasm32-unknown-unknown: what its functions tell lies in the memory from the address that
//! they return on, ended by a zero byte. With `--cfg no_std` it has no standard library.

#![cfg_attr(no_std, no_std)]
#![cfg_attr(needs_feature, feature(default_alloc_error_handler))]

extern crate alloc;
#[cfg(global)]
#[path = "../../wasi/rust/tallow.rs"]
mod tallow;
#[path = "work.rs"]
mod work_list;

use alloc::boxed::Box;
use alloc::string::String;

#[cfg(global)]
#[global_allocator]
static ALLOCATOR: tallow::Tallow = tallow::Tallow;

#[cfg(no_std)]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// The address of what `tell_all` tells.
fn told(tell_all: impl FnOnce(&mut dyn FnMut(String))) -> *mut u8 {
    let mut lines = String::new();
    tell_all(&mut |line| {
        lines.push_str(&line);
        lines.push('\n');
    });
    lines.push('\0');
    Box::leak(lines.into_boxed_str()).as_mut_ptr()
}

#[no_mangle]
pub extern "C" fn work() -> *mut u8 {
    told(|tell| work_list::work(tell))
}

#[no_mangle]
pub extern "C" fn exhaust(size: usize) -> *mut u8 {
    told(|tell| work_list::exhaust(size, tell))
}
