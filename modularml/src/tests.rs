//! What tests of several layers share.

pub(crate) mod fixture;
