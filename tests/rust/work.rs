//! What a Rust program does with memory, told line by line. Nothing in it depends on the allocator, so that the lines
//! are the same with each. It needs alloc and no more.

use alloc::alloc::{alloc, alloc_zeroed, dealloc, realloc, Layout};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BinaryHeap, VecDeque};
use alloc::format;
use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

/// The largest alignment that is tried.
const ALIGNMENT_MAX: usize = 4096;

/// xorshift32, from a fixed seed.
pub struct Random(u32);

impl Random {
    pub fn new(seed: u32) -> Random {
        Random(seed)
    }

    pub fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % limit
    }
}

/// A sum that depends on the order of its items.
fn sum_of(items: impl Iterator<Item = u32>) -> u32 {
    items.fold(2166136261, |sum, item| (sum ^ item).wrapping_mul(16777619))
}

fn vectors() -> String {
    let mut random = Random::new(1);
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); 64];
    for _ in 0..200_000 {
        let list = &mut lists[random.below(64) as usize];
        match random.below(1000) {
            0 => list.clear(),
            1 => list.shrink_to_fit(),
            2 => *list = list.clone(),
            value => list.push(value),
        }
    }
    format!("vectors: {} values, sum {:08x}", lists.iter().map(Vec::len).sum::<usize>(), sum_of(lists.concat().into_iter()))
}

fn large_vector() -> String {
    let mut values: Vec<u64> = Vec::new();
    for value in 0..6 << 20 {
        values.push(value * value);
    }
    let bytes = values.len() * 8;
    let sum = values.iter().fold(0u64, |sum, value| sum.wrapping_mul(31).wrapping_add(*value));
    format!("one vector: {} MiB, sum {:016x}", bytes >> 20, sum)
}

fn strings() -> String {
    let mut text = String::new();
    let mut words: Vec<String> = Vec::new();
    for number in 0..20_000u32 {
        let word = format!("{:x}", number.wrapping_mul(2654435761));
        text.push_str(&word);
        text.push(' ');
        words.push(word);
    }
    words.sort();
    let same: bool = {
        let mut again: Vec<&str> = text.split_whitespace().collect();
        again.sort_unstable();
        again.iter().zip(&words).all(|(left, right)| left == right)
    };
    format!("strings: {} bytes, {} words, the same: {}, first {}", text.len(), words.len(), same, words[0])
}

fn collections() -> String {
    let mut random = Random::new(2);
    let mut tree: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut queue: VecDeque<Box<u32>> = VecDeque::new();
    let mut heap: BinaryHeap<(u32, String)> = BinaryHeap::new();
    for turn in 0..50_000 {
        tree.entry(random.below(5_000)).or_insert_with(Vec::new).push(turn);
        tree.remove(&random.below(20_000));
        queue.push_back(Box::new(turn));
        if random.below(3) == 0 {
            queue.pop_front();
        }
        heap.push((random.below(1_000_000), format!("{turn}")));
        if heap.len() > 1_000 {
            heap.pop();
        }
    }
    let in_tree = sum_of(tree.iter().flat_map(|(key, values)| core::iter::once(*key).chain(values.iter().copied())));
    let in_heap = sum_of(heap.into_sorted_vec().iter().flat_map(|(key, text)| [*key, text.len() as u32]));
    format!("collections: tree {:08x}, queue {}, heap {:08x}", in_tree, sum_of(queue.iter().map(|item| **item)), in_heap)
}

struct Node {
    value: u32,
    children: RefCell<Vec<Rc<Node>>>,
    parent: RefCell<Weak<Node>>,
}

fn counted_references() -> String {
    let mut random = Random::new(3);
    let new = |value| Rc::new(Node { value, children: RefCell::default(), parent: RefCell::default() });
    let root = new(0);
    let mut all = vec![root.clone()];
    for value in 1..20_000 {
        let node = new(value);
        let parent = all[random.below(all.len() as u32) as usize].clone();
        *node.parent.borrow_mut() = Rc::downgrade(&parent);
        parent.children.borrow_mut().push(node.clone());
        all.push(node);
    }
    let last = Rc::downgrade(all.last().unwrap());
    let parents = all.iter().filter_map(|node| node.parent.borrow().upgrade()).map(|parent| parent.value);
    let sum = sum_of(parents);
    drop(all);
    drop(root);
    format!("counted references: sum {:08x}, the last node is gone: {}", sum, last.upgrade().is_none())
}

/// Blocks of every alignment are created, resized and destroyed at random; each begins and ends with its own number.
fn alignments() -> String {
    struct Block {
        address: *mut u8,
        layout: Layout,
        tag: u8,
    }
    let mut random = Random::new(4);
    let mut blocks: Vec<Block> = Vec::new();
    let (mut misaligned, mut damaged, mut unclean, mut refused) = (0, 0, 0, 0);
    let is_intact = |block: &Block, size: usize| unsafe {
        *block.address == block.tag && (size < block.layout.size() || *block.address.add(size - 1) == block.tag)
    };
    for turn in 0..60_000u32 {
        if blocks.len() > 500 || (turn % 3 == 2 && !blocks.is_empty()) {
            let mut block = blocks.swap_remove(random.below(blocks.len() as u32) as usize);
            damaged += !is_intact(&block, block.layout.size()) as u32;
            if random.below(2) == 0 {
                unsafe { dealloc(block.address, block.layout) };
                continue;
            }
            let size = 1 + random.below(3_000) as usize;
            block.address = unsafe { realloc(block.address, block.layout, size) };
            damaged += !is_intact(&block, size.min(block.layout.size())) as u32;
            block.layout = Layout::from_size_align(size, block.layout.align()).unwrap();
            misaligned += (block.address as usize % block.layout.align() != 0) as u32;
            unsafe { *block.address.add(size - 1) = block.tag };
            blocks.push(block);
            continue;
        }
        let alignment = 1usize << random.below(ALIGNMENT_MAX.trailing_zeros() + 1);
        let layout = Layout::from_size_align(1 + random.below(2_000) as usize, alignment).unwrap();
        let zeroed = random.below(4) == 0;
        let address = unsafe { if zeroed { alloc_zeroed(layout) } else { alloc(layout) } };
        if address.is_null() {
            refused += 1;
            continue;
        }
        misaligned += (address as usize % alignment != 0) as u32;
        if zeroed {
            unclean += (0..layout.size()).any(|at| unsafe { *address.add(at) } != 0) as u32;
        }
        let tag = turn as u8;
        unsafe {
            *address = tag;
            *address.add(layout.size() - 1) = tag;
        }
        blocks.push(Block { address, layout, tag });
    }
    let live = blocks.len();
    for block in blocks {
        unsafe { dealloc(block.address, block.layout) };
    }
    format!("alignments: {live} live, {misaligned} misaligned, {damaged} damaged, {unclean} unclean, {refused} refused")
}

/// Does everything, and tells each line.
pub fn work(mut tell: impl FnMut(String)) {
    tell(vectors());
    tell(large_vector());
    tell(strings());
    tell(collections());
    tell(counted_references());
    tell(alignments());
}

/// How many blocks of `size` bytes there are in what memory is left. They are all given back.
fn fill(size: usize) -> usize {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut block = Vec::new();
        if block.try_reserve_exact(size).is_err() || blocks.try_reserve(1).is_err() {
            return blocks.len();
        }
        block.resize(size, 1);
        blocks.push(block);
    }
}

/// Meets the end of a limited memory, and tells whether all is well before and behind it: no block of `size` bytes
/// can be had when there is no such memory, what was there before is unharmed, and all memory comes back.
pub fn exhaust(size: usize, mut tell: impl FnMut(String)) {
    let mut values = vec![7u8; 1_000];
    tell(format!("more than there is is refused: {}", values.try_reserve(size).is_err()));
    let first = fill(10_000);
    values.extend_from_slice(&[8; 1_000]);
    tell(format!("the same sum as ever: {:08x}", sum_of(values.iter().map(|value| *value as u32))));
    tell(format!("half of it can be had: {}", first * 10_000 > size / 2));
    // But for what a host took meanwhile.
    tell(format!("and had again: {}", fill(10_000) >= first - first / 50));
    tell(format!("in larger blocks, too: {}", fill(size / 4) >= 2));
}
