//! Routes, matched like those of an HTTP API of API Gateway.

use std::cmp::Ordering;

use percent_encoding::percent_decode_str;

/// Why a route is invalid.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum RouteError {
    /// The method does not exist.
    #[error("{0} is not a method")]
    Method(String),
    /// The path does not begin with a slash.
    #[error("the path {0} does not begin with a slash")]
    NoSlash(String),
    /// Something follows a greedy parameter.
    #[error("the path {0} goes on after its greedy parameter")]
    AfterGreedy(String),
}

/// A route of the HTTP API.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    key: String,
    /// `None` means `ANY`.
    method: Option<String>,
    /// `None` means `$default`.
    segments: Option<Vec<Segment>>,
    function: String,
    iam: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Segment {
    Exact(String),
    Parameter(String),
    Greedy(String),
}

/// A route that matches a request.
#[derive(Debug)]
pub(crate) struct Taken<'a> {
    /// The route.
    pub route: &'a Route,
    /// The path parameters, decoded.
    pub parameters: Vec<(String, String)>,
}

impl Route {
    /// Parses a route of a template.
    pub(crate) fn parse(
        method: &str,
        path: &str,
        function: &str,
        iam: bool,
    ) -> Result<Self, RouteError> {
        let method = method.to_ascii_uppercase();
        let any = matches!(method.as_str(), "ANY" | "*" | "X-AMAZON-APIGATEWAY-ANY-METHOD");
        if !any && !METHODS.contains(&method.as_str()) {
            return Err(RouteError::Method(method));
        }
        let (key, segments) = if path == "$default" {
            ("$default".to_owned(), None)
        } else {
            let method = if any { "ANY" } else { method.as_str() };
            (format!("{method} {path}"), Some(parse_segments(path)?))
        };
        let method = (!any).then_some(method);
        Ok(Self { key, method, segments, function: function.to_owned(), iam })
    }

    /// The key, such as `GET /api/account` or `$default`.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The function of the route.
    pub(crate) fn function(&self) -> &str {
        &self.function
    }

    /// Whether requests must be signed.
    pub(crate) fn needs_iam(&self) -> bool {
        self.iam
    }

    fn parameters(&self, method: &str, path: &[&str]) -> Option<Vec<(String, String)>> {
        if self.method.as_deref().is_some_and(|own| own != method) {
            return None;
        }
        let Some(segments) = &self.segments else {
            return Some(Vec::new());
        };
        let mut parameters = Vec::new();
        let mut rest = path;
        for segment in segments {
            let (first, after) = rest.split_first()?;
            match segment {
                Segment::Exact(text) if decoded(first) == *text => rest = after,
                Segment::Exact(_) => return None,
                Segment::Parameter(_) if first.is_empty() => return None,
                Segment::Parameter(name) => {
                    parameters.push((name.clone(), decoded(first)));
                    rest = after;
                }
                Segment::Greedy(name) => {
                    let all = rest.join("/");
                    if all.is_empty() {
                        return None;
                    }
                    parameters.push((name.clone(), decoded(&all)));
                    rest = &[];
                }
            }
        }
        rest.is_empty().then_some(parameters)
    }

    /// The more specific route is the greater.
    fn specificity(&self, other: &Self) -> Ordering {
        let rank = |route: &Self| -> Option<Vec<u8>> {
            route.segments.as_ref().map(|segments| segments.iter().map(Segment::rank).collect())
        };
        rank(self).cmp(&rank(other)).then(self.method.is_some().cmp(&other.method.is_some()))
    }
}

impl Segment {
    fn rank(&self) -> u8 {
        match self {
            Self::Greedy(_) => 0,
            Self::Parameter(_) => 1,
            Self::Exact(_) => 2,
        }
    }
}

/// The route of a request. Exact segments beat parameters, parameters beat greedy ones, all beat
/// `$default`. Then a route for the method beats `ANY`.
pub(crate) fn take<'a>(routes: &'a [Route], method: &str, path: &str) -> Option<Taken<'a>> {
    let path: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    routes
        .iter()
        .filter_map(|route| Some(Taken { route, parameters: route.parameters(method, &path)? }))
        .max_by(|left, right| left.route.specificity(right.route))
}

/// `text` percent-decoded, or unchanged if the result is not UTF-8.
pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Into::into)
}

const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

fn parse_segments(path: &str) -> Result<Vec<Segment>, RouteError> {
    let rest = path.strip_prefix('/').ok_or_else(|| RouteError::NoSlash(path.to_owned()))?;
    let segments: Vec<Segment> = rest.split('/').map(parse_segment).collect();
    let greedy = segments.iter().position(|segment| matches!(segment, Segment::Greedy(_)));
    if greedy.is_some_and(|position| position + 1 < segments.len()) {
        return Err(RouteError::AfterGreedy(path.to_owned()));
    }
    Ok(segments)
}

fn parse_segment(text: &str) -> Segment {
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(name) => match name.strip_suffix('+') {
            Some(name) => Segment::Greedy(name.to_owned()),
            None => Segment::Parameter(name.to_owned()),
        },
        None => Segment::Exact(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Vec<Route> {
        [
            ("ANY", "$default"),
            ("ANY", "/{proxy+}"),
            ("GET", "/pets/{proxy+}"),
            ("GET", "/pets/{id}/toys"),
            ("GET", "/pets/{id}"),
            ("GET", "/pets/dog"),
            ("ANY", "/pets/cat"),
            ("POST", "/pets/cat"),
            ("GET", "/"),
        ]
        .into_iter()
        .map(|(method, path)| Route::parse(method, path, "any", false).unwrap())
        .collect()
    }

    #[track_caller]
    fn takes(method: &str, path: &str, key: &str, parameters: &[(&str, &str)]) {
        let routes = routes();
        let taken = take(&routes, method, path).unwrap();
        assert_eq!(taken.route.key(), key, "{method} {path}");
        let found: Vec<_> =
            taken.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, parameters, "{method} {path}");
    }

    #[test]
    fn the_most_specific_route_is_taken() {
        takes("GET", "/", "GET /", &[]);
        takes("POST", "/", "$default", &[]);
        takes("GET", "/pets/dog", "GET /pets/dog", &[]);
        takes("GET", "/pets/cat", "ANY /pets/cat", &[]);
        takes("POST", "/pets/cat", "POST /pets/cat", &[]);
        takes("GET", "/pets/4", "GET /pets/{id}", &[("id", "4")]);
        takes("GET", "/pets/4/toys", "GET /pets/{id}/toys", &[("id", "4")]);
        takes("GET", "/pets/4/food/1", "GET /pets/{proxy+}", &[("proxy", "4/food/1")]);
        takes("DELETE", "/pets/4", "ANY /{proxy+}", &[("proxy", "pets/4")]);
    }

    #[test]
    fn parameters_are_decoded_and_never_empty() {
        takes("GET", "/pets/a%20b%2Fc", "GET /pets/{id}", &[("id", "a b/c")]);
        takes("GET", "/pets/", "ANY /{proxy+}", &[("proxy", "pets/")]);
        takes("GET", "/pets/dog/", "GET /pets/{proxy+}", &[("proxy", "dog/")]);
    }

    #[test]
    fn without_a_default_there_may_be_no_route() {
        let routes = [Route::parse("GET", "/a", "any", false).unwrap()];

        assert!(take(&routes, "POST", "/a").is_none());
        assert!(take(&routes, "GET", "/b").is_none());
    }

    #[test]
    fn invalid_routes_are_refused() {
        let refused = |method, path| Route::parse(method, path, "any", false).unwrap_err();

        assert_eq!(refused("FETCH", "/a"), RouteError::Method("FETCH".to_owned()));
        assert_eq!(refused("GET", "a"), RouteError::NoSlash("a".to_owned()));
        assert_eq!(refused("GET", "/{a+}/b"), RouteError::AfterGreedy("/{a+}/b".to_owned()));
    }
}
