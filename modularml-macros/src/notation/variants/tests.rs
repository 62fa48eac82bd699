use quote::quote;

use super::variants;

/// The variants of a body, without spaces.
fn of(body: &proc_macro2::TokenStream) -> Option<String> {
    variants("experiment", &quote!(experiment Study for Net { #body })).map(|all| all.to_string().replace(' ', ""))
}

#[test]
fn what_has_no_conditions_is_left_as_it_is() {
    assert_eq!(of(&quote!(seed = 1; #[allow(overlap)] split a = B; train c { #[cfg(test)] d; })), None);
}

#[test]
fn each_statement_stands_where_all_of_its_conditions_hold() {
    let body = quote! {
        seed = 1;
        #[cfg(a)]
        #[allow(unused)]
        #[cfg(b)]
        split x = Y;
        #[cfg(a)]
        train t { s; }
        eval e { }
    };
    let start = "::modularml::experiment!{experimentStudyforNet{seed=1;";
    let (split, train, end) = ("#[allow(unused)]splitx=Y;", "traint{s;}", "evale{}}}");
    let expected = [
        format!("#[cfg(all(not(a),not(b)))]{start}{end}"),
        format!("#[cfg(all(a,not(b)))]{start}{train}{end}"),
        format!("#[cfg(all(not(a),b))]{start}{end}"),
        format!("#[cfg(all(a,b))]{start}{split}{train}{end}"),
    ];
    assert_eq!(of(&body), Some(expected.concat()));
}

#[test]
fn more_conditions_than_fit_are_refused() {
    let body =
        quote!(#[cfg(a)] seed = 1; #[cfg(b)] seed = 1; #[cfg(c)] seed = 1; #[cfg(d)] seed = 1; #[cfg(e)] seed = 1;);
    let refused = of(&body).unwrap();
    assert!(refused.starts_with("::core::compile_error!{\"statementsmaystandunder4"), "{refused}");
}

#[test]
fn a_node_called_as_a_phase_begins_ends_with_its_semicolon() {
    let graph = quote!(graph Net(row: Row) { #[cfg(a)] train = {WIDE}(row.x); y = Linear(train); });
    let all = variants("model_graph", &graph).unwrap().to_string().replace(' ', "");
    let expected = "#[cfg(all(a))]::modularml::model_graph!{graphNet(row:Row){train={WIDE}(row.x);y=Linear(train);}}";
    assert!(all.ends_with(expected), "{all}");
}

#[test]
fn a_misspelt_phase_ends_with_its_block() {
    let body = quote!(#[cfg(a,)] trian warm { s; } eval e { });
    let all = of(&body).unwrap();
    assert!(all.starts_with("#[cfg(all(not(a)))]::modularml::experiment!{experimentStudyforNet{evale{}}}"), "{all}");
}

#[test]
fn a_condition_of_nothing_is_left_where_it_stands() {
    let all = of(&quote!(seed = 1; #[cfg(a)])).unwrap();
    assert_eq!(all.matches("seed=1;#[cfg(a)]}").count(), 2, "{all}");
}
