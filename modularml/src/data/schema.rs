//! Which columns can be scaled.

use super::{ColumnSpec, Dtype};
use crate::{Error, Result};

impl ColumnSpec {
    /// Refuses columns that no scaler can work on, or none but encoders.
    pub(crate) fn refuse_scaling(&self, encodes: bool) -> Result<()> {
        let key = self.key;
        let advice = match self.dtype {
            Dtype::Text => Some("; read it as classes, by Reader::classes or a field of type Class, which are encoded"),
            Dtype::Class | Dtype::Bool if !encodes => Some("; encode it first, by OneHot or Ordinal"),
            dtype if dtype.is_time() => Some("; a node makes numbers of times, for example Hour"),
            _ => None,
        };
        if let Some(advice) = advice {
            let dtype = self.dtype.name();
            return Err(Error::Data(format!("column `{key}` is {dtype}; only numbers can be scaled{advice}")));
        }
        Ok(())
    }
}
