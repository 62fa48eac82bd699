// DA11

use modularml::prelude::*;

#[derive(Settings, Clone, Copy)]
struct Many {
    /// Number 0.
    #[setting(default = 0)]
    s0: usize,
    /// Number 1.
    #[setting(default = 0)]
    s1: usize,
    /// Number 2.
    #[setting(default = 0)]
    s2: usize,
    /// Number 3.
    #[setting(default = 0)]
    s3: usize,
    /// Number 4.
    #[setting(default = 0)]
    s4: usize,
    /// Number 5.
    #[setting(default = 0)]
    s5: usize,
    /// Number 6.
    #[setting(default = 0)]
    s6: usize,
    /// Number 7.
    #[setting(default = 0)]
    s7: usize,
    /// Number 8.
    #[setting(default = 0)]
    s8: usize,
    /// Number 9.
    #[setting(default = 0)]
    s9: usize,
    /// Number 10.
    #[setting(default = 0)]
    s10: usize,
    /// Number 11.
    #[setting(default = 0)]
    s11: usize,
    /// Number 12.
    #[setting(default = 0)]
    s12: usize,
    /// Number 13.
    #[setting(default = 0)]
    s13: usize,
    /// Number 14.
    #[setting(default = 0)]
    s14: usize,
    /// Number 15.
    #[setting(default = 0)]
    s15: usize,
    /// Number 16.
    #[setting(default = 0)]
    s16: usize,
    /// Number 17.
    #[setting(default = 0)]
    s17: usize,
    /// Number 18.
    #[setting(default = 0)]
    s18: usize,
    /// Number 19.
    #[setting(default = 0)]
    s19: usize,
    /// Number 20.
    #[setting(default = 0)]
    s20: usize,
    /// Number 21.
    #[setting(default = 0)]
    s21: usize,
    /// Number 22.
    #[setting(default = 0)]
    s22: usize,
    /// Number 23.
    #[setting(default = 0)]
    s23: usize,
    /// Number 24.
    #[setting(default = 0)]
    s24: usize,
}

fn main() {}
