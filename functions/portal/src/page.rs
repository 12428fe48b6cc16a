//! The pages: the path, title and assets of each.

use askama::filters::Safe;

use crate::assets::{Parts, pages};
use crate::messages::Messages;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Page {
    Home,
    Register,
    CheckMail,
    Activation,
    ForgotPassword,
    NewPassword,
    ForgotIdentifier,
    Account,
    ChangeEmail,
    ChangePassword,
    Sessions,
    Requests,
    ChangeLease,
    Data,
    ConfirmEmail,
    RevertEmail,
    AnswerRequest,
    Terms,
    Cookies,
    Help,
    LegalNotice,
    NotFound,
    StaffHome,
    StaffHousehold,
    StaffRequests,
    StaffImports,
}

impl Page {
    /// Every page.
    pub(crate) const ALL: [Self; 26] = [
        Self::Home,
        Self::Register,
        Self::CheckMail,
        Self::Activation,
        Self::ForgotPassword,
        Self::NewPassword,
        Self::ForgotIdentifier,
        Self::Account,
        Self::ChangeEmail,
        Self::ChangePassword,
        Self::Sessions,
        Self::Requests,
        Self::ChangeLease,
        Self::Data,
        Self::ConfirmEmail,
        Self::RevertEmail,
        Self::AnswerRequest,
        Self::Terms,
        Self::Cookies,
        Self::Help,
        Self::LegalNotice,
        Self::NotFound,
        Self::StaffHome,
        Self::StaffHousehold,
        Self::StaffRequests,
        Self::StaffImports,
    ];

    /// The page at `path`, or the page for unknown paths.
    pub(crate) fn at(path: &str) -> Self {
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        Self::ALL.into_iter().find(|page| page.path() == Some(path)).unwrap_or(Self::NotFound)
    }

    pub(crate) fn path(self) -> Option<&'static str> {
        Some(match self {
            Self::Home => "/",
            Self::Register => "/inscription",
            Self::CheckMail => "/verifiez-vos-mails",
            Self::Activation => "/activation",
            Self::ForgotPassword => "/mot-de-passe-oublie",
            Self::NewPassword => "/nouveau-mot-de-passe",
            Self::ForgotIdentifier => "/identifiant-oublie",
            Self::Account => "/mon-compte",
            Self::ChangeEmail => "/mon-compte/adresse",
            Self::ChangePassword => "/mon-compte/mot-de-passe",
            Self::Sessions => "/mon-compte/sessions",
            Self::Requests => "/mon-compte/demandes",
            Self::ChangeLease => "/mon-compte/bail",
            Self::Data => "/mon-compte/donnees",
            Self::ConfirmEmail => "/confirmation-adresse",
            Self::RevertEmail => "/retablir-adresse",
            Self::AnswerRequest => "/reponse-agence",
            Self::Terms => "/conditions",
            Self::Cookies => "/cookies",
            Self::Help => "/aide",
            Self::LegalNotice => "/mentions-legales",
            Self::NotFound => return None,
            Self::StaffHome => "/agence",
            Self::StaffHousehold => "/agence/foyer",
            Self::StaffRequests => "/agence/demandes",
            Self::StaffImports => "/agence/imports",
        })
    }

    pub(crate) fn title(self, m: &Messages) -> &Safe<&'static str> {
        match self {
            Self::Home => &m.home.title,
            Self::Register => &m.register.title,
            Self::CheckMail => &m.check_mail.title,
            Self::Activation => &m.activation.title,
            Self::ForgotPassword => &m.forgot_password.title,
            Self::NewPassword => &m.new_password.title,
            Self::ForgotIdentifier => &m.forgot_identifier.title,
            Self::Account => &m.account.title,
            Self::ChangeEmail => &m.change_email.title,
            Self::ChangePassword => &m.change_password.title,
            Self::Sessions => &m.sessions.title,
            Self::Requests => &m.requests.title,
            Self::ChangeLease => &m.change_lease.title,
            Self::Data => &m.data.title,
            Self::ConfirmEmail => &m.confirm_email.title,
            Self::RevertEmail => &m.revert_email.title,
            Self::AnswerRequest => &m.answer_request.title,
            Self::Terms => &m.terms.title,
            Self::Cookies => &m.cookies.title,
            Self::Help => &m.help.title,
            Self::LegalNotice => &m.legal_notice.title,
            Self::NotFound => &m.not_found.title,
            Self::StaffHome => &m.staff_home.title,
            Self::StaffHousehold => &m.staff_household.title,
            Self::StaffRequests => &m.staff_requests.title,
            Self::StaffImports => &m.staff_imports.title,
        }
    }

    /// The style sheets and scripts.
    pub(crate) fn parts(self) -> &'static Parts {
        match self {
            Self::Home => &pages::HOME,
            Self::Register => &pages::REGISTER,
            Self::CheckMail => &pages::CHECK_MAIL,
            Self::Activation => &pages::ACTIVATION,
            Self::ForgotPassword => &pages::FORGOT_PASSWORD,
            Self::NewPassword => &pages::NEW_PASSWORD,
            Self::ForgotIdentifier => &pages::FORGOT_IDENTIFIER,
            Self::Account => &pages::ACCOUNT,
            Self::ChangeEmail => &pages::CHANGE_EMAIL,
            Self::ChangePassword => &pages::CHANGE_PASSWORD,
            Self::Sessions => &pages::SESSIONS,
            Self::Requests => &pages::REQUESTS,
            Self::ChangeLease => &pages::CHANGE_LEASE,
            Self::Data => &pages::DATA,
            Self::ConfirmEmail => &pages::CONFIRM_EMAIL,
            Self::RevertEmail => &pages::REVERT_EMAIL,
            Self::AnswerRequest => &pages::ANSWER_REQUEST,
            Self::Terms => &pages::TERMS,
            Self::Cookies => &pages::COOKIES,
            Self::Help => &pages::HELP,
            Self::LegalNotice => &pages::LEGAL_NOTICE,
            Self::NotFound => &pages::NOT_FOUND,
            Self::StaffHome => &pages::STAFF_HOME,
            Self::StaffHousehold => &pages::STAFF_HOUSEHOLD,
            Self::StaffRequests => &pages::STAFF_REQUESTS,
            Self::StaffImports => &pages::STAFF_IMPORTS,
        }
    }

    /// Whether its content is loaded by a script, from the account or a link. Such a page is as
    /// tall as the screen from the beginning, so that nothing moves when the content comes.
    pub(crate) fn comes_in_steps(self) -> bool {
        self.is_of_link() || self.path().is_some_and(|path| path.starts_with("/mon-compte"))
    }

    /// Whether the page is for the agency's staff. Such a page has a layout of its own, without the
    /// tenants' menu, and no search engine may list it.
    pub(crate) fn is_of_agency(self) -> bool {
        matches!(
            self,
            Self::StaffHome | Self::StaffHousehold | Self::StaffRequests | Self::StaffImports
        )
    }

    /// Whether mailed links lead to the page.
    pub(crate) fn is_of_link(self) -> bool {
        matches!(
            self,
            Self::Activation
                | Self::NewPassword
                | Self::ConfirmEmail
                | Self::RevertEmail
                | Self::AnswerRequest
        )
    }
}
