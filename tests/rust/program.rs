//! A program for WASI. Without words it does its work and prints it; `exhaust` and a number of
//! bytes meets the end of a memory of that size; `abort` and a number asks for as much where nobody expects an error.

extern crate alloc;
#[cfg(global)]
#[path = "../../wasi/rust/tallow.rs"]
mod tallow;
mod work;

use std::collections::{HashMap, HashSet};

#[cfg(global)]
#[global_allocator]
static ALLOCATOR: tallow::Tallow = tallow::Tallow;

fn hash_maps() {
    let mut random = work::Random::new(5);
    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut seen: HashSet<Box<[u8]>> = HashSet::new();
    for _ in 0..100_000 {
        let key = random.below(30_000);
        *counts.entry(format!("key {key}")).or_default() += 1;
        seen.insert(key.to_le_bytes()[..2].into());
        if random.below(4) == 0 {
            counts.remove(&format!("key {}", random.below(30_000)));
        }
    }
    println!("hash maps: {} keys, {} counted, {} seen", counts.len(), counts.values().sum::<u32>(), seen.len());
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let size = || words[1].parse().expect("a number of bytes");
    match words.first().map(String::as_str) {
        None => {
            hash_maps();
            work::work(|line| println!("{line}"));
        }
        Some("exhaust") => work::exhaust(size(), |line| println!("{line}")),
        Some("abort") => println!("{}", vec![1u8; size()].len()),
        Some(other) => panic!("{other} is no word that this program knows"),
    }
}
