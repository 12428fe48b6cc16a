//! Sample templates for tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{Permissions, Scope, Template, document};

/// A template with one table of this name, whose partition key is `pk`.
pub(crate) fn with_table(name: &str) -> Template {
    of(&format!(
        "Resources: {{ T: {{ Type: AWS::DynamoDB::Table, Properties: {{ TableName: {name}, \
         AttributeDefinitions: [], KeySchema: [{{ AttributeName: pk, KeyType: HASH }}] }} }} }}"
    ))
}

/// The permission for one action on one resource.
pub(crate) fn allowing(action: &str, resource: &str) -> Permissions {
    let mut template = of(&format!(
        "Resources: {{ F: {{ Type: AWS::Serverless::Function, Properties: {{ Policies: [{{ \
         Statement: {{ Effect: Allow, Action: '{action}', Resource: '{resource}' }} }}] }} }} }}"
    ));
    template.functions.remove("f").unwrap().permissions.unwrap()
}

fn of(text: &str) -> Template {
    let document = Arc::new(document::parse(text).unwrap());
    Template::of(&Scope::new(document, Path::new("template.yaml"), &BTreeMap::new())).unwrap()
}
