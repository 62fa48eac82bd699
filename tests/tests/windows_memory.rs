//! Windows take memory by their number, not by their length.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use modularml::data::Dtype;
use modularml::prelude::*;

/// Counts what is allocated at a time, and the most of it.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the allocator of the system, with the arguments that the caller vouches for.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(SampleSchema)]
struct Tick {
    #[feat]
    x: f32,
    #[tag]
    second: i64,
}

#[derive(SampleSchema)]
#[windows(of = Tick, length = 1000, horizon = 1, in_order_of = second)]
struct Thousand {
    #[feat(window = x)]
    x: [f32; 1000],
    #[target(window = x, ahead, last)]
    next: f32,
    #[tag]
    second: i64,
}

/// A million windows hold a billion values, 4 GB: of each there are its first row, its number in the view, its id and two
/// values, 36 bytes, and what they are made of meanwhile.
#[test]
fn a_million_windows_take_no_memory_for_their_values() {
    let tick = |second: u32| Tick { x: f32::from(u16::try_from(second % 1000).unwrap()), second: second.into() };
    let ticks = FeatureSet::from_rows((0..1_001_000).map(tick)).unwrap();
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let windows: FeatureSet<Thousand> = Windows::stride(1).longest_step(1.0).over(&ticks).unwrap();
    let view = windows.view();
    let batch = view.take(&[999_999, 0, 500_000]).unwrap().array("x", Representation::Raw, Dtype::F32).unwrap();
    let most = MOST.load(Ordering::Relaxed) - before;
    assert_eq!((windows.len(), batch.dims), (1_000_000, vec![3, 1000]));
    assert!(most < 120_000_000, "{most} bytes");
    assert!(NOW.load(Ordering::Relaxed) - before < 60_000_000);
}
