//! The pages: where each one is, what it is called, and the script that makes it work.

use shared::domain::Language;

use crate::assets::{self, Asset};

/// A page.
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
    LegalNotice,
    NotFound,
}

impl Page {
    /// Every page.
    pub(crate) const ALL: [Self; 21] = [
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
        Self::LegalNotice,
        Self::NotFound,
    ];

    /// The page at `path`; the one that says so where there is none.
    pub(crate) fn at(path: &str) -> Self {
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        Self::ALL.into_iter().find(|page| page.path() == Some(path)).unwrap_or(Self::NotFound)
    }

    /// Where it is.
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
            Self::LegalNotice => "/mentions-legales",
            Self::NotFound => return None,
        })
    }

    /// What it is called.
    pub(crate) fn title(self, language: Language) -> &'static str {
        let [french, english] = match self {
            Self::Home => ["Connexion", "Sign in"],
            Self::Register => ["Inscription", "Registration"],
            Self::CheckMail => ["Vérifiez vos e-mails", "Check your e-mail"],
            Self::Activation => ["Activation du compte", "Account activation"],
            Self::ForgotPassword => ["Mot de passe oublié", "Forgotten password"],
            Self::NewPassword => ["Nouveau mot de passe", "New password"],
            Self::ForgotIdentifier => ["Identifiant oublié", "Forgotten identifier"],
            Self::Account => ["Mon compte", "My account"],
            Self::ChangeEmail => ["Modifier mon adresse e-mail", "Change my e-mail address"],
            Self::ChangePassword => ["Modifier mon mot de passe", "Change my password"],
            Self::Sessions => ["Mes sessions", "My sessions"],
            Self::Requests => ["Mes demandes", "My requests"],
            Self::ChangeLease => ["Changer de bail", "Change lease"],
            Self::Data => ["Mes données", "My data"],
            Self::ConfirmEmail => ["Confirmation de l’adresse e-mail", "E-mail confirmation"],
            Self::RevertEmail => ["Annuler le changement d’adresse", "Undo the change of address"],
            Self::AnswerRequest => ["Répondre à une demande", "Answer a request"],
            Self::Terms => ["Conditions générales d’utilisation", "Terms of use"],
            Self::Cookies => ["Cookies", "Cookies"],
            Self::LegalNotice => ["Mentions légales", "Legal notice"],
            Self::NotFound => ["Page introuvable", "Page not found"],
        };
        match language {
            Language::French => french,
            Language::English => english,
        }
    }

    /// The script that makes it work.
    pub(crate) fn script(self) -> &'static Asset {
        match self {
            Self::Home => &assets::HOME_JS,
            Self::Register => &assets::REGISTER_JS,
            Self::CheckMail => &assets::CHECK_MAIL_JS,
            Self::Activation => &assets::ACTIVATION_JS,
            Self::ForgotPassword => &assets::FORGOT_PASSWORD_JS,
            Self::NewPassword => &assets::NEW_PASSWORD_JS,
            Self::ForgotIdentifier => &assets::FORGOT_IDENTIFIER_JS,
            Self::Account => &assets::ACCOUNT_JS,
            Self::ChangeEmail => &assets::CHANGE_EMAIL_JS,
            Self::ChangePassword => &assets::CHANGE_PASSWORD_JS,
            Self::Sessions => &assets::SESSIONS_JS,
            Self::Requests => &assets::REQUESTS_JS,
            Self::ChangeLease => &assets::CHANGE_LEASE_JS,
            Self::Data => &assets::DATA_JS,
            Self::ConfirmEmail => &assets::CONFIRM_EMAIL_JS,
            Self::RevertEmail => &assets::REVERT_EMAIL_JS,
            Self::AnswerRequest => &assets::ANSWER_REQUEST_JS,
            Self::Terms | Self::Cookies | Self::LegalNotice | Self::NotFound => &assets::SITE_JS,
        }
    }

    /// Whether mailed links lead to it.
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

    /// Whether it is a tenant's own: it shows nothing until one is signed in.
    pub(crate) fn is_private(self) -> bool {
        self.path().is_some_and(|path| path.starts_with("/mon-compte"))
    }
}
