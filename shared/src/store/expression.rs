//! Transaction actions, written so that a condition reads as a rule.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};

use super::{Item, unavailable};
use crate::error::Error;

/// The values that an expression names, by their names with the colon.
pub(super) type Values = Vec<(&'static str, AttributeValue)>;

/// Puts `item`, which must not exist.
pub(super) fn put_new(table: &str, item: Item) -> Result<TransactWriteItem, Error> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(pk)")
        .build();
    Ok(TransactWriteItem::builder().put(built(put)?).build())
}

/// Changes the item `pk` as `update` says if `condition` holds.
pub(super) fn update(
    table: &str,
    pk: String,
    update: &str,
    condition: &str,
    values: Values,
) -> Result<TransactWriteItem, Error> {
    let mut action = Update::builder()
        .table_name(table)
        .key("pk", AttributeValue::S(pk))
        .update_expression(update)
        .condition_expression(condition);
    for name in names(update).chain(names(condition)) {
        action = action.expression_attribute_names(format!("#{name}"), name);
    }
    for (name, value) in values {
        action = action.expression_attribute_values(name, value);
    }
    Ok(TransactWriteItem::builder().update(built(action.build())?).build())
}

/// Deletes the item `pk` if `condition` holds.
pub(super) fn delete(
    table: &str,
    pk: String,
    condition: &str,
    values: Values,
) -> Result<TransactWriteItem, Error> {
    let mut action = Delete::builder()
        .table_name(table)
        .key("pk", AttributeValue::S(pk))
        .condition_expression(condition);
    for (name, value) in values {
        action = action.expression_attribute_values(name, value);
    }
    Ok(TransactWriteItem::builder().delete(built(action.build())?).build())
}

/// The attributes that `expression` names with a `#`, for DynamoDB reserves the bare word.
pub(super) fn names(expression: &str) -> impl Iterator<Item = &str> {
    let after = expression.split('#').skip(1);
    after.filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next())
}

/// A string.
#[expect(clippy::needless_pass_by_value, reason = "callers give what they have")]
pub(super) fn s(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

/// A number.
#[expect(clippy::needless_pass_by_value, reason = "callers give what they have")]
pub(super) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn built<T>(result: Result<T, BuildError>) -> Result<T, Error> {
    result.map_err(unavailable)
}
