//! Rules over conditions on columns.

use super::asked::Asked;
use crate::spec::{ColumnSpec, Comparison, Condition, Dtype, Literal, SchemaSpec, Test, decimal, time};
use crate::text::{Message, Names, Verdict, contains, unknown};

/// Rule: each column is there, holds one value a row, and can be compared with what the condition compares it with.
///
/// # Errors
/// "column `cell` is i64 and is compared with "A"; compare it with a whole number".
#[cfg(test)]
pub const fn condition(condition: &Condition<'_>, schema: &SchemaSpec) -> Verdict {
    of_columns(condition, Asked::of(schema))
}

/// The same over the columns that a split may ask.
///
/// # Errors
/// As [`condition`], and "`cell.year`: rows of `cell` are not joined to those of `pulse`; ..".
pub(super) const fn of_columns(condition: &Condition<'_>, asked: Asked<'_>) -> Verdict {
    if let Condition::Single { column, test } = *condition {
        return tested(column, test, asked);
    }
    let parts = condition.parts();
    if parts.is_empty() {
        return Err(Message::new().text("a condition joins no conditions; write at least one, or leave it out"));
    }
    let mut i = 0;
    while i < parts.len() {
        if let Err(message) = of_columns(&parts[i], asked) {
            return Err(message);
        }
        i += 1;
    }
    Ok(())
}

const fn tested(key: &str, test: Test<'_>, asked: Asked<'_>) -> Verdict {
    if let Some(message) = asked.refused(key) {
        return Err(message);
    }
    let found = match asked.column(key) {
        Some(spec) => match single_value(spec) {
            Ok(()) => Ok(spec),
            Err(message) => Err(message),
        },
        None => column(asked.schema, key),
    };
    let spec = match found {
        Ok(spec) => spec,
        Err(message) => return Err(message),
    };
    match test {
        Test::Compare(how, value) => comparison(spec, how, value),
        Test::Between(low, high) => match comparison(spec, Comparison::Ge, low) {
            Ok(()) => comparison(spec, Comparison::Le, high),
            refused => refused,
        },
        Test::In(values) => {
            let mut position = 0;
            while let Some(value) = values.get(position) {
                if let Err(message) = comparison(spec, Comparison::Eq, value) {
                    return Err(message);
                }
                position += 1;
            }
            Ok(())
        }
        Test::Missing => Ok(()),
    }
}

/// Rule: the schema has the column, and it holds one value a row.
///
/// # Errors
/// "no column `sho` in `Pulse`; did you mean `soh`? columns: voltage, soh", "column `voltage` is \[101\]; ..".
pub const fn column(schema: &SchemaSpec, key: &str) -> Result<&'static ColumnSpec, Message> {
    let Some(spec) = schema.column(key) else {
        let mut names = Names::NONE;
        let mut i = 0;
        while i < schema.columns.len() {
            names = names.with(schema.columns[i].key);
            i += 1;
        }
        let place = Message::new().text("in ").name(schema.name);
        return Err(unknown("column", key, place, "columns", &names));
    };
    match single_value(spec) {
        Ok(()) => Ok(spec),
        Err(message) => Err(message),
    }
}

/// Rule: the column holds one value a row.
///
/// # Errors
/// "column `voltage` is \[101\]; only columns of one value a row can be compared".
pub const fn single_value(spec: &ColumnSpec) -> Verdict {
    if spec.shape.rank() == 0 {
        return Ok(());
    }
    let message = Message::new().text("column ").name(spec.key).text(" is ").shape(&spec.shape);
    Err(message.text("; only columns of one value a row can be compared"))
}

/// Rule: values of the column can be compared so with the literal.
///
/// # Errors
/// "column `state` has no class `warn`; did you mean `worn`? classes: fresh, worn".
pub const fn comparison(spec: &ColumnSpec, how: Comparison, literal: Literal<'_>) -> Verdict {
    if how.orders() && matches!(spec.dtype, Dtype::Bool | Dtype::Class) {
        let message = column_is(spec).text(", which has no order for `").text(how.symbol());
        return Err(message.text("`; compare it by == or !="));
    }
    match (spec.dtype, literal) {
        (Dtype::Class, Literal::Text(name)) => class(spec, name),
        (Dtype::Class, Literal::Int(index)) if index >= 0 && index < spec.classes.len().cast_signed() as i64 => Ok(()),
        (dtype, Literal::Text(text)) if dtype.is_time() => match time::number(dtype, text) {
            Some(_) if spec.zone.is_empty() || !matches!(dtype, Dtype::Timestamp) || time::says_offset(text) => Ok(()),
            Some(_) => {
                let message = written(column_is(spec).text(" in the zone ").text(spec.zone).text(", and "), literal);
                Err(message.text(" says no offset from UTC; write, for example, \"2026-01-31T12:30:00+01:00\""))
            }
            None => {
                let message = written(column_is(spec).text(", and "), literal).text(" is none; write ");
                Err(message.text(time::example(dtype)))
            }
        },
        (Dtype::Decimal, Literal::Text(text)) if decimal::units(text, spec.scale).is_some() => Ok(()),
        (Dtype::Decimal, Literal::Int(value)) if decimal::of_whole(value as i128, spec.scale).is_some() => Ok(()),
        (Dtype::Decimal, Literal::Uint(value)) if decimal::of_whole(value as i128, spec.scale).is_some() => Ok(()),
        (Dtype::Decimal, Literal::F32(_) | Literal::F64(_)) => {
            let message = written(digits(column_is(spec), spec).text(", and is compared with the float "), literal);
            Err(message.text("; write a text, which is exact, for example, ").text(decimal_example(spec.scale)))
        }
        (Dtype::Decimal, _) => {
            let message = written(digits(column_is(spec), spec).text(", and "), literal);
            Err(message.text(" is none; write, for example, ").text(decimal_example(spec.scale)))
        }
        (Dtype::Bool, Literal::Bool(_))
        | (Dtype::Text, Literal::Text(_))
        | (Dtype::F32 | Dtype::F64, Literal::Int(_) | Literal::Uint(_)) => Ok(()),
        (Dtype::F32 | Dtype::F64, Literal::F32(value)) if value.is_finite() => Ok(()),
        (Dtype::F32 | Dtype::F64, Literal::F64(value)) if value.is_finite() => Ok(()),
        (Dtype::F32 | Dtype::F64, Literal::F32(_) | Literal::F64(_)) => {
            let message = written(column_is(spec).text(" and is compared with "), literal);
            Err(message.text("; compare it with a finite number, or ask is_missing()"))
        }
        (Dtype::Class, Literal::Int(index)) => {
            let message = Message::new().text("column ").name(spec.key).text(" has ").count(spec.classes.len());
            let message = message.text(" classes, and there is no class ").int(index).text("; classes: ");
            Err(message.list(spec.classes))
        }
        (dtype, Literal::Int(value)) if dtype.is_integer() => in_range(spec, value as i128, literal),
        (dtype, Literal::Uint(value)) if dtype.is_integer() => in_range(spec, value as i128, literal),
        _ => {
            let message = column_is(spec).text(" and is compared with ");
            Err(written(message, literal).text("; compare it with ").text(comparable(spec.dtype)))
        }
    }
}

const fn column_is(spec: &ColumnSpec) -> Message {
    Message::new().text("column ").name(spec.key).text(" is ").text(spec.dtype.name())
}

/// " with 2 digits behind the point".
const fn digits(message: Message, spec: &ColumnSpec) -> Message {
    let message = message.text(" with ").count(spec.scale as usize);
    message.text(if spec.scale == 1 { " digit behind the point" } else { " digits behind the point" })
}

const fn decimal_example(scale: u8) -> &'static str {
    match scale {
        0 => "\"12\"",
        1 => "\"12.5\"",
        _ => "\"12.50\"",
    }
}

const fn class(spec: &ColumnSpec, name: &str) -> Verdict {
    if contains(spec.classes, name) {
        return Ok(());
    }
    let mut names = Names::NONE;
    let mut i = 0;
    while i < spec.classes.len() {
        names = names.with(spec.classes[i]);
        i += 1;
    }
    let place = Message::new().text("in column ").name(spec.key);
    Err(unknown("class", name, place, "classes", &names))
}

const fn in_range(spec: &ColumnSpec, value: i128, literal: Literal<'_>) -> Verdict {
    match held_by(spec.dtype) {
        Some((least, most)) if value < least || value > most => {}
        _ => return Ok(()),
    }
    let message = Message::new().text("column ").name(spec.key).text(" has type ").text(spec.dtype.name());
    Err(written(message.text(", which does not hold "), literal))
}

/// The least and the largest number that a type of whole numbers holds.
pub(super) const fn held_by(dtype: Dtype) -> Option<(i128, i128)> {
    Some(match dtype {
        Dtype::I8 => (i8::MIN as i128, i8::MAX as i128),
        Dtype::I16 => (i16::MIN as i128, i16::MAX as i128),
        Dtype::I32 => (i32::MIN as i128, i32::MAX as i128),
        Dtype::I64 => (i64::MIN as i128, i64::MAX as i128),
        Dtype::U8 => (0, u8::MAX as i128),
        Dtype::U16 => (0, u16::MAX as i128),
        Dtype::U32 => (0, u32::MAX as i128),
        Dtype::U64 => (0, u64::MAX as i128),
        _ => return None,
    })
}

const fn written(message: Message, literal: Literal<'_>) -> Message {
    match literal {
        Literal::Bool(true) => message.text("true"),
        Literal::Bool(false) => message.text("false"),
        Literal::Int(value) => message.int(value),
        Literal::Uint(value) if value <= i64::MAX as u64 => message.int(value.cast_signed()),
        Literal::Uint(value) => message.int((value / 10).cast_signed()).int((value % 10).cast_signed()),
        Literal::F32(value) => message.number(value as f64),
        Literal::F64(value) => message.number(value),
        Literal::Text(text) => message.text("\"").text(text).text("\""),
    }
}

const fn comparable(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::Bool => "true or false",
        Dtype::Text => "a text",
        Dtype::Class => "the name of one of its classes",
        Dtype::F32 | Dtype::F64 => "a number",
        dtype if dtype.is_time() => time::example(dtype),
        _ => "a whole number",
    }
}
