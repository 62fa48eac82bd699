//! Parameters: `width: usize = 64` in the head of a declaration, and where settings use them.

use std::cell::RefCell;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, Token, Type, Visibility};

use crate::declaration::docs;
use crate::errors::{Errors, did_you_mean};
use crate::names::{local, text};

/// `width: usize = 64`
pub(crate) struct Parameter {
    pub docs: Vec<Attribute>,
    pub name: Ident,
    ty: Type,
    default: Expr,
}

/// The types of parameters that are no choice, each with what makes a value of it.
const TYPES: [(&str, &str); 5] =
    [("usize", "size"), ("u64", "seed"), ("i64", "int"), ("f64", "Float"), ("bool", "Bool")];

/// Types that are no parameter's, each with what to write.
const REFUSED: [(&str, &str); 13] = [
    ("f32", "f64"),
    ("i8", "i64"),
    ("i16", "i64"),
    ("i32", "i64"),
    ("isize", "i64"),
    ("i128", "i64"),
    ("u8", "usize"),
    ("u16", "usize"),
    ("u32", "usize"),
    ("u128", "u64"),
    ("char", "an enum of choices"),
    ("str", "an enum of choices"),
    ("String", "an enum of choices"),
];

/// Words that mean something else where parameters are named.
const TAKEN: [(&str, &str); 2] = [
    ("seed", "the seed is a statement of the experiment, seed = 42; and may vary as it is: vary seed in [1, 2, 3];"),
    ("graph", "the parameters of an experiment hold those of its graph under this name; take another one"),
];

impl Parse for Parameter {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let docs = docs(&input.call(Attribute::parse_outer)?);
        let name: Ident = input.parse()?;
        let refuse = |message: String| Err(syn::Error::new(name.span(), message));
        if let Some((word, why)) = TAKEN.iter().find(|(word, _)| name == word) {
            return refuse(format!("`{word}` is no name of a parameter: {why}"));
        }
        if !input.peek(Token![:]) {
            return refuse(format!("say of which type `{name}` is and its default: {name}: usize = 64"));
        }
        input.parse::<Token![:]>()?;
        let ty: Type = input.parse()?;
        known_type(&ty)?;
        if !input.peek(Token![=]) {
            let ty = ty.to_token_stream();
            return refuse(format!(
                "parameter `{name}` has no default, with which it is checked and run; add one: {name}: {ty} = .."
            ));
        }
        input.parse::<Token![=]>()?;
        Ok(Self { docs, name, ty, default: input.parse()? })
    }
}

/// Refuses types that no setting has.
fn known_type(ty: &Type) -> syn::Result<()> {
    let name = match ty {
        Type::Path(path) => path.path.segments.last().filter(|last| last.arguments.is_none()).map(|last| &last.ident),
        _ => None,
    };
    let known = "a parameter is a usize, u64, i64, f64, bool, or an enum of choices such as Init";
    let Some(name) = name else { return Err(syn::Error::new_spanned(ty, known)) };
    match REFUSED.iter().find(|(refused, _)| name == refused) {
        Some((_, instead)) => Err(syn::Error::new_spanned(ty, format!("write {instead} for `{name}`: {known}"))),
        None if name.to_string().starts_with(char::is_lowercase) && !TYPES.iter().any(|(known, _)| name == known) => {
            let near = did_you_mean(&name.to_string(), TYPES.map(|(name, _)| name));
            Err(syn::Error::new_spanned(ty, format!("there is no type `{name}`{near} {known}")))
        }
        None => Ok(()),
    }
}

impl Parameter {
    /// Its value as a description holds it, of the values in `owner`.
    pub(crate) fn erased(&self, owner: &TokenStream) -> TokenStream {
        let (name, made) = (&self.name, quote!(::modularml::spec::ParameterValue));
        let choice = || quote!(#made::Choice(#owner.#name.name()));
        self.constructor().map_or_else(choice, |constructor| quote!(#made::#constructor(#owner.#name)))
    }

    fn constructor(&self) -> Option<Ident> {
        let Type::Path(path) = &self.ty else { return None };
        let last = path.path.get_ident()?;
        TYPES.iter().find(|(name, _)| last == name).map(|(_, constructor)| format_ident!("{constructor}"))
    }

    /// The parameter in a description, of the values in `owner`.
    pub(crate) fn spec(&self, owner: &TokenStream) -> TokenStream {
        let (written, value) = (text(&self.name), self.erased(owner));
        quote!(::modularml::spec::ParameterSpec { name: #written, value: #value })
    }

    /// The arm that takes the value of this parameter out of a text.
    fn taken(&self) -> TokenStream {
        let (name, ty, written) = (&self.name, &self.ty, text(&self.name));
        let written_type = ty.to_token_stream().to_string().replace(' ', "");
        let takes = match written_type.as_str() {
            "i64" | "f64" => format!("an {written_type}"),
            "usize" | "u64" | "bool" => format!("a {written_type}"),
            _ => format!("a choice of {written_type}"),
        };
        let is_choice = self.constructor().is_none();
        let read = if is_choice {
            quote_spanned!(ty.span()=> <#ty>::from_name(text))
        } else {
            quote!(text.parse::<#ty>().ok())
        };
        quote! {
            #written => match #read {
                ::core::option::Option::Some(value) => {
                    self.#name = value;
                    ::core::result::Result::Ok(())
                }
                ::core::option::Option::None => ::core::result::Result::Err(::std::string::String::from(#takes)),
            },
        }
    }
}

/// The struct of the parameters of `owner`, which for an experiment holds those of its graph as well.
pub(crate) fn parameters_struct(
    owner: &Ident,
    visibility: &Visibility,
    parameters: &[Parameter],
    of_graph: Option<&TokenStream>,
) -> TokenStream {
    let name = parameters_type(owner);
    let (names, types): (Vec<_>, Vec<_>) = parameters.iter().map(|it| (&it.name, &it.ty)).unzip();
    let defaults = parameters.iter().map(|parameter| &parameter.default);
    let fields = parameters.iter().zip(&types).map(|(Parameter { docs, name, default, .. }, ty)| {
        let default = format!("{} where nothing is said.", default.to_token_stream());
        quote!(#(#docs)* #[doc = #default] pub #name: #ty,)
    });
    let specs: Vec<_> = parameters.iter().map(|parameter| parameter.spec(&quote!(self))).collect();
    let taken = parameters.iter().map(Parameter::taken);
    let docs = format!("The parameters of [`{owner}`].");
    let trait_of = quote!(::modularml::spec::Parameters);
    let graph = of_graph.map(|ty| quote!(#[doc = "The parameters of the graph."] pub graph: #ty,));
    let graph_default = of_graph.map(|ty| quote!(graph: <#ty as #trait_of>::DEFAULT,));
    let (all, other) = match of_graph {
        None => (quote!(::std::vec![#(#specs),*]), quote!(return ::core::option::Option::None)),
        Some(_) => (
            quote! {{
                let mut all = #trait_of::specs(&self.graph);
                all.extend([#(#specs),*]);
                all
            }},
            quote!(return #trait_of::take(&mut self.graph, name, text)),
        ),
    };
    let deref = of_graph.map(|ty| {
        quote! {
            #[automatically_derived]
            impl ::core::ops::Deref for #name {
                type Target = #ty;

                fn deref(&self) -> &#ty {
                    &self.graph
                }
            }

            #[automatically_derived]
            impl ::core::ops::DerefMut for #name {
                fn deref_mut(&mut self) -> &mut #ty {
                    &mut self.graph
                }
            }
        }
    });
    quote! {
        #[doc = #docs]
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[allow(dead_code, reason = "which parameters are read is the user's choice")]
        #visibility struct #name { #(#fields)* #graph }

        #[automatically_derived]
        impl #name {
            /// The declared values.
            pub const DEFAULT: Self = Self { #(#names: #defaults,)* #graph_default };
        }

        #[automatically_derived]
        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self::DEFAULT
            }
        }

        #[automatically_derived]
        impl #trait_of for #name {
            const DEFAULT: Self = Self::DEFAULT;

            fn specs(&self) -> ::std::vec::Vec<::modularml::spec::ParameterSpec> {
                #all
            }

            fn take(
                &mut self,
                name: &str,
                text: &str,
            ) -> ::core::option::Option<::core::result::Result<(), ::std::string::String>> {
                ::core::option::Option::Some(match name {
                    #(#taken)*
                    _ => #other,
                })
            }
        }

        #deref
    }
}

/// The type of the parameters of a declaration.
pub(crate) fn parameters_type(owner: &Ident) -> Ident {
    format_ident!("{owner}Parameters")
}

/// The parameters that settings may use, each with where its value stands in the parameters of the declaration.
#[derive(Default)]
pub(crate) struct Scope {
    names: Vec<(String, TokenStream)>,
    used: RefCell<Vec<String>>,
}

impl Scope {
    /// Makes a parameter known, whose value stands behind this path: `graph.width`.
    pub(crate) fn add(&mut self, name: &Ident, path: TokenStream) {
        self.names.push((text(name), path));
    }

    /// Whether there are no parameters.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether a name is a parameter.
    pub(crate) fn has(&self, name: &Ident) -> bool {
        let name = text(name);
        self.names.iter().any(|(known, _)| *known == name)
    }

    /// Whether nothing that was bound uses this parameter.
    pub(crate) fn is_unused(&self, name: &Ident) -> bool {
        !self.used.borrow().contains(&text(name))
    }

    /// What makes the parameters that some code uses known in it, out of `__parameters`: nothing where it uses none.
    ///
    /// Each stands for the token that uses it, so that rustc finds it there whichever macro wrote it.
    pub(crate) fn bind(&self, code: &TokenStream) -> TokenStream {
        let owner = parameters_value();
        let bound = self.uses(code).into_iter().map(|name| {
            let written = text(&name);
            let path = self.names.iter().find(|(known, _)| *known == written).map(|(_, path)| path);
            self.used.borrow_mut().push(written);
            quote!(let #name = #owner.#path;)
        });
        bound.collect()
    }

    /// Where some code uses parameters, the first of each.
    pub(crate) fn uses(&self, code: &TokenStream) -> Vec<Ident> {
        let mut found = Vec::new();
        if !self.names.is_empty() {
            self.gather(code.clone(), &mut found);
        }
        found
    }

    fn gather(&self, code: TokenStream, found: &mut Vec<Ident>) {
        let mut before = ' ';
        let mut is_path = false;
        for token in code {
            match token {
                TokenTree::Ident(name) => {
                    let is_new = !found.iter().any(|known| text(known) == text(&name));
                    // Behind a dot stands a method, and behind two colons what belongs to a type.
                    if before != '.' && !is_path && is_new && self.has(&name) {
                        found.push(name);
                    }
                    (before, is_path) = (' ', false);
                }
                TokenTree::Punct(mark) => {
                    is_path = before == ':' && mark.as_char() == ':';
                    // Two dots are a range.
                    before = if before == '.' && mark.as_char() == '.' { ' ' } else { mark.as_char() };
                }
                TokenTree::Group(group) => {
                    self.gather(group.stream(), found);
                    (before, is_path) = (if group.delimiter() == Delimiter::None { before } else { ' ' }, false);
                }
                TokenTree::Literal(_) => (before, is_path) = (' ', false),
            }
        }
    }
}

/// Those without what is named as one before it, or as something else is; each such one is a mistake.
pub(crate) fn distinct<T>(
    all: Vec<T>,
    name: impl Fn(&T) -> &Ident,
    taken: &[(String, &str)],
    errors: &mut Errors,
) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for one in all {
        let written = text(name(&one));
        if let Some((_, what)) = taken.iter().find(|(other, _)| *other == written) {
            errors.add(name(&one), format!("`{written}` is {what} already; give the parameter another name"));
        } else if kept.iter().any(|other| text(name(other)) == written) {
            errors.add(name(&one), format!("parameter `{written}` stands twice; remove one"));
        } else {
            kept.push(one);
        }
    }
    kept
}

/// The variable that holds the parameters in generated functions.
pub(crate) fn parameters_value() -> Ident {
    local("__parameters", Span::call_site())
}

/// What an item is given that holds what the user wrote in another place.
pub(crate) fn may_be_unused() -> TokenStream {
    quote! {
        #[allow(unused_parens, unused_braces, reason = "they stand around a part of what is written")]
        #[allow(unused_variables, reason = "a name in a block of the user's may be that of a parameter")]
    }
}

/// Lists of layers that use parameters: a list lives as long as the program, so each is made by a function of its own,
/// in a constant or for a running program, and handed to what holds it.
pub(crate) struct Hoisted<'a> {
    pub scope: &'a Scope,
    /// Each with the number of its layers.
    lists: RefCell<Vec<(TokenStream, usize)>>,
}

impl<'a> Hoisted<'a> {
    pub(crate) fn new(scope: &'a Scope) -> Self {
        Self { scope, lists: RefCell::default() }
    }

    /// A list of these layers, as an expression.
    pub(crate) fn list(&self, layers: &[TokenStream]) -> TokenStream {
        let list = quote!([#(#layers),*]);
        let lists = local("__lists", Span::call_site());
        if self.scope.uses(&list).is_empty() && !mentions(&list, &lists) {
            return quote!(const { &#list });
        }
        let mut all = self.lists.borrow_mut();
        all.push((list, layers.len()));
        let position = all.len() - 1;
        quote!(#lists[#position])
    }

    /// The lists in an order in which each uses earlier ones alone.
    pub(crate) fn into_lists(self) -> Vec<(TokenStream, usize)> {
        self.lists.into_inner()
    }
}

/// Whether a name stands in some code.
fn mentions(code: &TokenStream, name: &Ident) -> bool {
    code.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}
