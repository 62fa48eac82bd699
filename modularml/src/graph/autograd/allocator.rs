//! What the allocator keeps between steps.

/// The largest block of which glibc learns, less its own notes.
const BLOCK: usize = (32 << 20) - (64 << 10);

/// Lets the allocator of the process keep freed memory, which makes training of small and middle-sized models faster
/// where glibc is the allocator: a step asks for as much again as the one before it freed.
///
/// It changes the whole process, so nothing calls it but a program that wants it, once, before it trains; and the command
/// line of a study, whose process is there for nothing else.
///
/// glibc returns the end of its heap to the system when twice the size of the largest block that it gave back so far
/// lies there unused, which are a few megabytes at first; then every step faults its pages in again, up to a third of
/// its time. Giving back one large block raises that limit to 64 MB. Nothing is written to it, so it costs a call or
/// two of the system; other allocators do not care.
pub fn keep_freed_memory() {
    let mut block = Vec::<u8>::new();
    // Where there is no such block, steps run as they did.
    let _ = block.try_reserve_exact(BLOCK);
    drop(std::hint::black_box(block));
}
