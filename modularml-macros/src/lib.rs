//! The macros of ModularML.
