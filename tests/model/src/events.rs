//! The events that start operations, as API Gateway and the schedule write them.

use serde_json::{Value, json};

/// A call by HTTP.
#[derive(Clone, Debug, Default)]
pub struct Request {
    cookies: Vec<String>,
    bearer: Option<String>,
    signed: bool,
    media_type: &'static str,
}

/// A call from anybody's browser.
pub fn browser() -> Request {
    Request { media_type: "application/json", ..Request::default() }
}

/// A call from the agency's system.
pub fn agency() -> Request {
    Request { signed: true, ..browser() }
}

impl Request {
    /// Adds a cookie, `name=value`.
    #[must_use]
    pub fn cookie(mut self, cookie: &str) -> Self {
        self.cookies.push(cookie.to_owned());
        self
    }

    /// Adds an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..self }
    }

    /// The event of an import of leases, in CSV.
    pub fn csv(self, text: &str) -> Value {
        Self { media_type: "text/csv", ..self }.event("POST /api/agency/leases", text, &json!({}))
    }

    /// The event of a call by `route` with `body`.
    pub fn call(self, route: &str, body: &Value) -> Value {
        self.event(route, &body.to_string(), &json!({}))
    }

    /// The event of a call by `route`, whose path has these parameters.
    pub fn call_of(self, route: &str, parameters: &Value) -> Value {
        self.event(route, "", parameters)
    }

    fn event(self, route: &str, body: &str, parameters: &Value) -> Value {
        let (method, path) = route.split_once(' ').unwrap_or_default();
        let mut headers = json!({
            "accept-language": "fr",
            "content-type": self.media_type,
            "host": "locataires.example",
            "origin": "https://locataires.example",
            "sec-fetch-site": "same-origin",
            "user-agent": "model",
        });
        if let Some(token) = &self.bearer {
            headers["authorization"] = json!(format!("Bearer {token}"));
        }
        let mut event = json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": "",
            "cookies": self.cookies,
            "headers": headers,
            "pathParameters": parameters,
            "requestContext": {
                "domainName": "locataires.example",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.24",
                    "userAgent": "model",
                },
                "requestId": "request",
                "routeKey": route,
                "stage": "$default",
            },
            "body": body,
            "isBase64Encoded": false,
        });
        if self.signed {
            let iam = json!({ "userArn": "arn:aws:iam::000000000000:user/gestion-locative" });
            event["requestContext"]["authorizer"] = json!({ "iam": iam });
        }
        event
    }
}

/// The event of the daily job that is due at `time`.
pub fn schedule(time: jiff::Timestamp) -> Value {
    json!({ "time": time.to_string() })
}

/// The event of the stream for the new row `pk`.
pub fn stream(pk: &str) -> Value {
    json!({ "Records": [{
        "eventName": "INSERT",
        "dynamodb": { "Keys": { "pk": { "S": pk } }, "SequenceNumber": "1" },
    }] })
}

/// The event of the sweep.
pub fn sweep() -> Value {
    json!({})
}
