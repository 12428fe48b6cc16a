//! The statuses of the problems, and their texts in French and English.

use serde_json::{Value, json};

use crate::domain::{EndOfSession, FieldCode, Language};
use crate::error::{Error, Problem};

/// The problem document of `error` (RFC 9457).
#[must_use]
pub fn body(error: &Error, language: Language) -> Value {
    let problem = error.problem();
    let mut body = json!({
        "type": format!("urn:problem:{}", problem.code()),
        "title": title(problem, language),
        "status": status(problem),
        "detail": detail(error, language),
        "code": problem.code(),
    });
    if let (Error::InvalidFields(faults), Some(body)) = (error, body.as_object_mut()) {
        let faults = faults.iter().map(|fault| {
            json!({
                "field": fault.field,
                "code": fault.code.code(),
                "message": message(&fault.field, fault.code, language),
            })
        });
        body.insert("errors".to_owned(), faults.collect());
    }
    if let (Error::SessionEnded(end), Some(body)) = (error, body.as_object_mut()) {
        body.insert("reason".to_owned(), json!(end));
    }
    if let (Error::TooManyEndings { ending, of }, Some(body)) = (error, body.as_object_mut()) {
        body.insert("ending".to_owned(), json!(ending));
        body.insert("accounts".to_owned(), json!(of));
    }
    body
}

/// The HTTP status of `problem`.
#[must_use]
pub fn status(problem: Problem) -> u16 {
    match problem {
        Problem::MalformedBody | Problem::LinkInvalid => 400,
        Problem::BadCredentials | Problem::Unauthenticated => 401,
        Problem::Forbidden => 403,
        Problem::NotFound => 404,
        Problem::HouseholdAlreadyRegistered
        | Problem::EmailAlreadyUsed
        | Problem::TooManyEndings
        | Problem::AlreadySettled
        | Problem::PreviewOutdated => 409,
        Problem::LinkExpired | Problem::LinkUsed => 410,
        Problem::PayloadTooLarge => 413,
        Problem::UnsupportedMediaType => 415,
        Problem::InvalidFields | Problem::LeaseNotRecognised => 422,
        Problem::TooManyAttempts => 429,
        Problem::Unavailable => 503,
    }
}

/// The title of `problem`, in a few words.
#[must_use]
pub fn title(problem: Problem, language: Language) -> &'static str {
    let [french, english] = match problem {
        Problem::MalformedBody => ["Requête illisible", "Unreadable request"],
        Problem::InvalidFields => ["Champs à corriger", "Some fields need correcting"],
        Problem::LeaseNotRecognised => ["Bail non reconnu", "Lease not recognised"],
        Problem::LinkInvalid => ["Lien non valable", "Invalid link"],
        Problem::LinkExpired => ["Lien expiré", "Expired link"],
        Problem::LinkUsed => ["Lien déjà utilisé", "Link already used"],
        Problem::HouseholdAlreadyRegistered => {
            ["Foyer déjà inscrit", "Household already registered"]
        }
        Problem::EmailAlreadyUsed => ["Adresse déjà utilisée", "Address already in use"],
        Problem::TooManyEndings => ["Trop de fins de bail", "Too many endings"],
        Problem::AlreadySettled => ["Demande déjà traitée", "Request already settled"],
        Problem::PreviewOutdated => ["Aperçu dépassé", "Outdated preview"],
        Problem::BadCredentials => ["Connexion refusée", "Sign-in refused"],
        Problem::Unauthenticated => ["Connexion nécessaire", "Sign-in needed"],
        Problem::TooManyAttempts => ["Trop de tentatives", "Too many attempts"],
        Problem::Forbidden => ["Accès refusé", "Access denied"],
        Problem::NotFound => ["Introuvable", "Not found"],
        Problem::PayloadTooLarge => ["Envoi trop volumineux", "Request too large"],
        Problem::UnsupportedMediaType => ["Format non accepté", "Format not accepted"],
        Problem::Unavailable => {
            ["Service momentanément indisponible", "Service temporarily unavailable"]
        }
    };
    match language {
        Language::French => french,
        Language::English => english,
    }
}

/// What failed, and what the caller can do.
#[must_use]
pub fn detail(error: &Error, language: Language) -> &'static str {
    let [french, english] = match error {
        Error::MalformedBody => [
            "Le corps de la requête n’est pas du JSON conforme\u{a0}: vérifiez sa syntaxe et le type de chaque champ.",
            "The body is not well-formed JSON: check its syntax and the type of each field.",
        ],
        Error::InvalidFields(_) => [
            "Corrigez les champs signalés, puis recommencez.",
            "Correct the fields listed, then try again.",
        ],
        Error::LeaseNotRecognised => [
            "Nous ne trouvons pas de bail en cours à cette référence et à ce nom. Vérifiez la référence client sur votre avis d’échéance et le nom du signataire principal, ou adressez-vous à votre agence.",
            "We find no current lease with this reference and name. Check the customer reference on your rent notice and the main signatory’s name, or ask your agency.",
        ],
        Error::LinkInvalid => [
            "Ce lien n’est pas valable. Copiez-le en entier depuis le message reçu, ou demandez-en un nouveau.",
            "This link is not valid. Copy it whole from the e-mail, or ask for a new one.",
        ],
        Error::LinkExpired => [
            "Ce lien n’est plus valable. Demandez-en un nouveau.",
            "This link can no longer be used. Ask for a new one.",
        ],
        Error::LinkUsed => [
            "Ce lien a déjà servi. S’il vous en faut un autre, demandez-en un nouveau.",
            "This link has been used. If you need another, ask for a new one.",
        ],
        Error::HouseholdAlreadyRegistered => [
            "Ce foyer a déjà un compte\u{a0}; un seul est possible par foyer. Connectez-vous, ou retrouvez votre identifiant.",
            "This household already has an account, and may have only one. Sign in, or recover your identifier.",
        ],
        Error::EmailAlreadyUsed => [
            "Cette adresse est déjà l’identifiant d’un compte. Connectez-vous, ou choisissez une autre adresse.",
            "This address is already an account’s identifier. Sign in, or choose another address.",
        ],
        Error::PreviewOutdated => [
            "Le fichier, ou ce qu’il changerait, n’est plus celui de l’aperçu. Rien d’autre n’a été enregistré\u{a0}: faites un nouvel aperçu.",
            "The file, or what it would change, is no longer that of the preview. Nothing else was saved: make a new preview.",
        ],
        Error::TooManyEndings { .. } => [
            "Ce fichier mettrait fin à beaucoup de comptes\u{a0}; rien n’a été enregistré. Vérifiez-le, puis renvoyez-le avec le paramètre «\u{a0}confirm\u{a0}» égal au nombre «\u{a0}ending\u{a0}».",
            "This file would end many accounts; nothing was saved. Check it, then send it again with the parameter “confirm” set to the number in “ending”.",
        ],
        Error::AlreadySettled => [
            "Quelqu’un a déjà répondu à cette demande, ou le foyer n’en a plus besoin. Rechargez la liste des demandes.",
            "Somebody has answered this request already, or the household no longer needs it. Reload the list of requests.",
        ],
        Error::BadCredentials => [
            "L’adresse e-mail ou le mot de passe ne convient pas. Réessayez, ou choisissez un nouveau mot de passe avec «\u{a0}Mot de passe oublié\u{a0}».",
            "The e-mail address or the password is not right. Try again, or choose a new password with “Forgotten password”.",
        ],
        Error::Unauthenticated => [
            "Vous n’êtes pas connecté, ou votre session a pris fin. Connectez-vous.",
            "You are not signed in, or your session has ended. Sign in.",
        ],
        Error::SessionEnded(end) => session_ended(*end),
        Error::TooManyAttempts(_) => [
            "Trop de tentatives en peu de temps. Patientez avant de recommencer\u{a0}; un nouveau mot de passe par e-mail reste possible.",
            "Too many attempts in a short time. Wait before trying again; a new password by e-mail remains possible.",
        ],
        Error::RoleForbids => [
            "Votre rôle ne permet pas cette action. Demandez à un responsable, ou à qui gère les accès.",
            "Your role does not allow this. Ask a supervisor, or whoever manages access.",
        ],
        Error::Forbidden => [
            "Cette requête ne vient pas du portail. Ouvrez le portail et recommencez.",
            "This request does not come from the portal. Open the portal and try again.",
        ],
        Error::NotFound => [
            "Il n’y a rien à cette adresse. Vérifiez-la.",
            "There is nothing at this address. Check it.",
        ],
        Error::PayloadTooLarge => [
            "L’envoi dépasse la taille acceptée. Réduisez-le ou répartissez-le.",
            "The request is larger than accepted. Shorten it or split it.",
        ],
        Error::UnsupportedMediaType => [
            "Ce format n’est pas accepté ici. Vérifiez l’en-tête Content-Type.",
            "This format is not accepted here. Check the Content-Type header.",
        ],
        Error::Unavailable(_) => [
            "Rien n’a été fait à moitié. Réessayez dans quelques instants.",
            "Nothing was half done. Try again in a moment.",
        ],
    };
    match language {
        Language::French => french,
        Language::English => english,
    }
}

/// Why a session ended, and what the tenant can do.
fn session_ended(end: EndOfSession) -> [&'static str; 2] {
    match end {
        EndOfSession::Expired => [
            "Votre session a pris fin\u{a0}: elle dure 12\u{a0}heures sans activité, ou 30\u{a0}jours si vous avez choisi de rester connecté. Connectez-vous de nouveau.",
            "Your session has ended: it lasts 12\u{a0}hours without activity, or 30\u{a0}days if you chose to stay signed in. Sign in again.",
        ],
        EndOfSession::Revoked => [
            "Cette session a été fermée depuis un autre appareil connecté à votre compte. Si ce n’est pas vous qui l’avez fait, choisissez un nouveau mot de passe.",
            "This session was ended from another device that is signed in to your account. If that was not you, choose a new password.",
        ],
        EndOfSession::Copied => [
            "Cette session a été fermée par sécurité\u{a0}: quelqu’un d’autre s’en est servi. Un message vient de vous l’expliquer. Connectez-vous de nouveau.",
            "This session was ended for your safety: somebody else has used it. A message has just told you about it. Sign in again.",
        ],
        EndOfSession::CredentialsChanged => [
            "Votre session a pris fin parce que le mot de passe ou l’adresse e-mail du compte a changé. Reconnectez-vous avec les nouveaux.",
            "Your session has ended because the account’s password or e-mail address has changed. Sign in with the new ones.",
        ],
        EndOfSession::AccountClosed => [
            "Votre session a pris fin parce que le compte est fermé. Un message vous a dit pourquoi.",
            "Your session has ended because the account is closed. A message has told you why.",
        ],
    }
}

/// The fault of the field that the API calls `field`, and how to correct it.
#[must_use]
pub fn message(field: &str, code: FieldCode, language: Language) -> String {
    let [french, english] = match code {
        FieldCode::PasswordTooShort(min) => return password_too_short(min, language),
        FieldCode::PasswordTooLong(max) => {
            return too_long(["Le mot de passe", "The password"], max, language);
        }
        FieldCode::TooLong(max) => return too_long(what(field), max, language),
        FieldCode::MissingColumn(name) => return missing_column(name, language),
        FieldCode::Required => required(field),
        FieldCode::UnknownField => ["Ce champ n’existe pas.", "There is no such field."],
        FieldCode::InvalidEmail => [
            "Cette adresse e-mail n’est pas valable. Exemple\u{a0}: prenom.nom@exemple.fr.",
            "This e-mail address is not valid. Example: first.last@example.com.",
        ],
        FieldCode::InvalidLease => [
            "La référence client ne comporte que des chiffres, avec ou sans «\u{a0}L\u{a0}» devant.",
            "The customer reference has digits only, with or without an “L” before them.",
        ],
        FieldCode::PasswordNeedsLetter => [
            "Le mot de passe doit comporter au moins une lettre.",
            "The password needs at least one letter.",
        ],
        FieldCode::PasswordNeedsDigit => [
            "Le mot de passe doit comporter au moins un chiffre.",
            "The password needs at least one digit.",
        ],
        FieldCode::PasswordBeginsWithName => [
            "Le mot de passe ne doit pas commencer par le nom ou le prénom.",
            "The password must not begin with the last or first name.",
        ],
        FieldCode::PasswordBeginsWithEmail => [
            "Le mot de passe ne doit pas commencer par l’adresse e-mail.",
            "The password must not begin with the e-mail address.",
        ],
        FieldCode::PasswordTooCommon => [
            "Ce mot de passe est trop courant. Choisissez-en un autre.",
            "This password is too common. Choose another.",
        ],
        FieldCode::PasswordUnchanged => [
            "C’est déjà votre mot de passe. Choisissez-en un autre.",
            "This is your password already. Choose another.",
        ],
        FieldCode::WrongPassword => {
            ["Ce n’est pas le bon mot de passe.", "This is not the right password."]
        }
        FieldCode::TermsNotCurrent => [
            "Les conditions générales ont changé. Relisez-les avant de les accepter.",
            "The terms have changed. Read them again before accepting them.",
        ],
        FieldCode::NotAllowed => {
            ["Cette valeur n’est pas acceptée.", "This value is not accepted."]
        }
        FieldCode::ForbiddenCharacter => [
            "Ce texte contient un caractère invisible ou de commande. Effacez-le, puis retapez le texte.",
            "This text has an invisible or control character in it. Delete it and type the text again.",
        ],
        FieldCode::DuplicateColumn => [
            "Cette colonne figure deux fois dans l’en-tête du fichier. Gardez-en une seule.",
            "This column stands twice in the header of the file. Keep one only.",
        ],
    };
    match language {
        Language::French => french.to_owned(),
        Language::English => english.to_owned(),
    }
}

/// What to fill in, for a field that was left empty.
fn required(field: &str) -> [&'static str; 2] {
    match field {
        "email" => ["Indiquez votre adresse e-mail.", "Enter your e-mail address."],
        "password" => ["Indiquez votre mot de passe.", "Enter your password."],
        "current_password" => {
            ["Indiquez votre mot de passe actuel.", "Enter your current password."]
        }
        "new_password" => ["Choisissez un nouveau mot de passe.", "Choose a new password."],
        "lease" => ["Indiquez votre référence client.", "Enter your customer reference."],
        "last_name" => {
            ["Indiquez le nom du signataire principal.", "Enter the main signatory’s last name."]
        }
        "terms" => [
            "Acceptez les conditions générales pour continuer.",
            "Accept the terms of use to continue.",
        ],
        "kind" => ["Choisissez ce que vous demandez.", "Choose what you are asking for."],
        "reason" => ["Indiquez le motif.", "Give the reason."],
        _ => ["Ce champ est à remplir.", "This field is required."],
    }
}

/// The name of the text in `field`, for the beginning of a sentence.
fn what(field: &str) -> [&'static str; 2] {
    match field {
        "email" => ["L’adresse e-mail", "The e-mail address"],
        "last_name" => ["Le nom", "The name"],
        "message" => ["Le message", "The message"],
        "reason" => ["Le motif", "The reason"],
        _ => ["Ce texte", "This text"],
    }
}

fn password_too_short(min: usize, language: Language) -> String {
    let min = number(min, language);
    match language {
        Language::French => {
            format!("Le mot de passe est trop court\u{a0}: {min}\u{a0}caractères au moins.")
        }
        Language::English => format!("The password is too short: use {min} characters or more."),
    }
}

fn too_long([french, english]: [&str; 2], max: usize, language: Language) -> String {
    let max = number(max, language);
    match language {
        Language::French => format!("{french} est trop long\u{a0}: {max}\u{a0}caractères au plus."),
        Language::English => format!("{english} is too long: use {max} characters or fewer."),
    }
}

fn missing_column(french: &str, language: Language) -> String {
    match language {
        Language::French => format!(
            "Cette colonne manque dans l’en-tête du fichier. Ajoutez-la, par exemple sous le nom «\u{a0}{french}\u{a0}».",
        ),
        Language::English => {
            "The header of the file lacks this column. Add it under this name.".to_owned()
        }
    }
}

/// `value` with thousands separators: U+202F in French, a comma in English.
fn number(value: usize, language: Language) -> String {
    let digits = value.to_string();
    let mut spaced = String::with_capacity(digits.len() + 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            spaced.push(match language {
                Language::French => '\u{202f}',
                Language::English => ',',
            });
        }
        spaced.push(digit);
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_left_empty_is_asked_for_by_its_name() {
        let required = |field| message(field, FieldCode::Required, Language::English);

        assert_eq!(required("email"), "Enter your e-mail address.");
        assert_eq!(required("last_name"), "Enter the main signatory’s last name.");
        assert_eq!(required("column"), "This field is required.");
        assert_eq!(
            message("message", FieldCode::TooLong(1000), Language::French),
            "Le message est trop long\u{a0}: 1\u{202f}000\u{a0}caractères au plus."
        );
    }

    #[test]
    fn the_message_of_a_limit_has_its_number() {
        for (code, french, english) in [
            (
                FieldCode::TooLong(1000),
                "Ce texte est trop long\u{a0}: 1\u{202f}000\u{a0}caractères au plus.",
                "This text is too long: use 1,000 characters or fewer.",
            ),
            (
                FieldCode::PasswordTooShort(12),
                "Le mot de passe est trop court\u{a0}: 12\u{a0}caractères au moins.",
                "The password is too short: use 12 characters or more.",
            ),
            (
                FieldCode::PasswordTooLong(128),
                "Le mot de passe est trop long\u{a0}: 128\u{a0}caractères au plus.",
                "The password is too long: use 128 characters or fewer.",
            ),
        ] {
            assert_eq!(message("other", code, Language::French), french);
            assert_eq!(message("other", code, Language::English), english);
        }
        assert_eq!(number(1_234_567, Language::English), "1,234,567");
    }
}
