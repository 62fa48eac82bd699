use syn::parse_quote;

use super::facts;
use crate::errors::Errors;

#[test]
fn facts_that_cannot_be_said_are_refused() {
    let mut errors = Errors::default();
    let found = facts(
        &parse_quote! {
            #[spec(has_unit = true, higher_is_better = self.best > 0.0, has_unit = false, name = "Mine")]
            struct Mine;
        },
        &mut errors,
    );
    assert_eq!(found.len(), 2);
    assert_eq!(
        errors.messages(),
        ["`has_unit` is said twice; remove one", "`name` follows from the struct and its trait; remove it"]
    );
}
