//! The code of a component, whose type only the layer knows that runs it.

use std::any::Any;

use crate::{Error, Result};

/// A function of a component, with its type erased: descriptions hold it without knowing tensors, layers or views.
#[derive(Clone, Copy)]
pub struct Code(&'static (dyn Any + Send + Sync));

impl Code {
    /// Erases the type of a function; [`code!`](crate::code) writes the call.
    #[must_use]
    pub const fn of<F: Any + Send + Sync>(function: &'static F) -> Self {
        Self(function)
    }

    /// The function, where it is of that type.
    #[must_use]
    pub fn get<F: Any + Copy>(&self) -> Option<F> {
        self.0.downcast_ref().copied()
    }

    /// The function of the component of that name.
    ///
    /// # Errors
    /// When it is of another type than the kind of component has.
    pub fn function<F: Any + Copy>(&self, component: &str) -> Result<F> {
        self.get().ok_or_else(|| {
            let wanted = std::any::type_name::<F>();
            Error::Component(format!("the code of `{component}` is of another kind; its type must be {wanted}"))
        })
    }
}

/// Whether both are the very same code. Equal functions that stand at two places may be told apart.
impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.type_id() == other.0.type_id() && std::ptr::addr_eq(self.0, other.0)
    }
}

impl Eq for Code {}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code")
    }
}

/// A function as the [`Code`](crate::spec::Code) of a component: `code!(Start, |settings| ..)`, with the type of function
/// that its kind of component has.
#[macro_export]
macro_rules! code {
    ($function:ty, $code:expr) => {
        $crate::spec::Code::of(
            const {
                let code: $function = $code;
                &{ code }
            },
        )
    };
}
