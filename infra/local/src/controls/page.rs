//! The page for developers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::problem::Problem;
use crate::aws::Fail;
use crate::machine::Machine;
use crate::mailbox::Mail;
use crate::template::{Cadence, Schedule};

#[derive(Template)]
#[template(path = "mailbox.html")]
struct MailboxPage {
    now: String,
    is_moved: bool,
    mails: Vec<Mail>,
    faults: Vec<String>,
    fails: [&'static str; Fail::ALL.len()],
    duplicates: bool,
    jobs: Vec<Schedule>,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage {
    mail: Mail,
    text: Vec<Piece>,
}

/// A piece of a text: a link, or the text between two links.
struct Piece {
    text: String,
    is_link: bool,
}

pub(super) async fn mailbox(State(machine): State<Arc<Machine>>) -> Response {
    let faults = machine.faults.list();
    let jobs = machine.template.schedules.iter();
    render(&MailboxPage {
        now: machine.clock.now().to_string(),
        is_moved: !machine.clock.ahead().is_zero(),
        mails: machine.mailbox.list(None),
        faults: faults.iter().filter_map(|fault| serde_json::to_string(fault).ok()).collect(),
        fails: Fail::ALL.map(Fail::name),
        duplicates: machine.duplicates.load(Ordering::Relaxed),
        jobs: jobs.filter(|job| matches!(job.cadence, Cadence::Daily { .. })).cloned().collect(),
    })
}

pub(super) async fn mail(
    State(machine): State<Arc<Machine>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mail = find(&machine, &id)?;
    let text = pieces(&mail.text, &mail.links);
    Ok(render(&MailPage { mail, text }))
}

/// The HTML of a mail, for a frame that may only follow links.
pub(super) async fn mail_html(
    State(machine): State<Arc<Machine>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    const POLICY: &str = "sandbox allow-popups allow-top-navigation-by-user-activation; \
         default-src 'none'; style-src 'unsafe-inline'; img-src data:";
    const TARGET: &str = "<base target=\"_top\">";
    let html = find(&machine, &id)?.html;
    let html = match html.find("<head>") {
        Some(_) => html.replacen("<head>", &format!("<head>{TARGET}"), 1),
        None => format!("{TARGET}{html}"),
    };
    let policy = [(header::CONTENT_SECURITY_POLICY, POLICY)];
    Ok((policy, Html(html)).into_response())
}

fn find(machine: &Machine, id: &str) -> Result<Mail, Problem> {
    machine
        .mailbox
        .find(id)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no such mail"))
}

fn render(page: &impl Template) -> Response {
    const HEADERS: [(HeaderName, &str); 2] = [
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'",
        ),
    ];
    match page.render() {
        Ok(html) => (HEADERS, Html(html)).into_response(),
        Err(error) => Problem::internal(error.to_string()).into_response(),
    }
}

fn pieces(text: &str, links: &[String]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    // If two links begin at one place, the longer one counts.
    while let Some((position, link)) = links
        .iter()
        .filter_map(|link| Some((rest.find(link.as_str())?, link)))
        .min_by_key(|(position, link)| (*position, std::cmp::Reverse(link.len())))
    {
        let (before, after) = rest.split_at(position);
        pieces.push(Piece { text: before.to_owned(), is_link: false });
        pieces.push(Piece { text: link.clone(), is_link: true });
        rest = after.strip_prefix(link.as_str()).unwrap_or_default();
    }
    pieces.push(Piece { text: rest.to_owned(), is_link: false });
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_cut_out_of_the_text() {
        let links = ["http://a/b".to_owned(), "http://a/b#c".to_owned()];
        let marked: Vec<String> = pieces("x http://a/b#c y http://a/b", &links)
            .into_iter()
            .map(|piece| if piece.is_link { format!("[{}]", piece.text) } else { piece.text })
            .collect();

        assert_eq!(marked.concat(), "x [http://a/b#c] y [http://a/b]");
    }
}
