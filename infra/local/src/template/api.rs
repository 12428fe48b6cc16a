//! The routes of the HTTP API, from its OpenAPI document.

use serde_json::Value;

use super::error::Fault;
use super::resolve::Scope;
use crate::route::Route;

/// The routes of the API `resource`; none if it has no document.
pub(super) fn routes(scope: &Scope<'_>, resource: &Value) -> Result<Vec<Route>, Fault> {
    let Some(paths) = resource.pointer("/Properties/DefinitionBody/paths") else {
        return Ok(Vec::new());
    };
    let paths = scope.resolve(paths)?;
    let mut routes = Vec::new();
    for (path, methods) in paths.as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            routes.push(route(path, method, operation).map_err(|fault| fault.at(path))?);
        }
    }
    Ok(routes)
}

fn route(path: &str, method: &str, operation: &Value) -> Result<Route, Fault> {
    let path = path.strip_prefix('/').filter(|it| *it == "$default").unwrap_or(path);
    let uri = operation.pointer("/x-amazon-apigateway-integration/uri").and_then(Value::as_str);
    let function = uri.and_then(function_of).ok_or(Fault::NoFunction)?;
    Ok(Route::parse(method, path, function, needs_iam(operation)?)?)
}

/// The function whose alias stands in `arn:…:functions/arn:…:function:register:live/invocations`.
fn function_of(uri: &str) -> Option<&str> {
    let (_, arn) = uri.split_once(":function:")?;
    arn.split(':').next()
}

fn needs_iam(operation: &Value) -> Result<bool, Fault> {
    let security = operation.get("security").and_then(Value::as_array);
    let schemes = security.into_iter().flatten().filter_map(Value::as_object);
    let mut names = schemes.flat_map(|scheme| scheme.keys());
    match (names.next().map(String::as_str), names.next()) {
        (None, _) => Ok(false),
        (Some("AWS_IAM"), None) => Ok(true),
        (Some(other), _) => Err(Fault::Authorizer(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_function_is_found_in_the_address_of_its_alias() {
        let arn = "arn:aws:lambda:eu-west-3:000000000000:function:register:live";
        let uri = format!("arn:aws:apigateway:eu-west-3:lambda:path/functions/{arn}/invocations");

        assert_eq!(function_of(&uri), Some("register"));
        assert_eq!(function_of("https://example.org"), None);
    }

    #[test]
    fn iam_is_the_only_authorizer_known_here() {
        assert!(!needs_iam(&json!({})).unwrap());
        assert!(!needs_iam(&json!({ "security": [] })).unwrap());
        assert!(needs_iam(&json!({ "security": [{ "AWS_IAM": [] }] })).unwrap());
        assert!(needs_iam(&json!({ "security": [{ "tokens": [] }] })).is_err());
        assert!(needs_iam(&json!({ "security": [{ "AWS_IAM": [], "tokens": [] }] })).is_err());
    }
}
