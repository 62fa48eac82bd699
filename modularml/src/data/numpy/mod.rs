//! Arrays of NumPy, `.npy` and `.npz`: columns out of them, and into them.
//!
//! A `.npy` file is a header, which is a dictionary as Python writes it, and the values behind it (NumPy Enhancement
//! Proposal 1); a `.npz` file is a zip of such files.

mod header;
mod read;
mod values;
mod write;
