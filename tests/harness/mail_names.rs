//! The names of mails by their subjects, because not every mailbox shows SES's tags.

/// The name of the mail with this subject, as in the tag `mail`; empty for an unknown subject.
pub(crate) fn name_of(subject: &str) -> &'static str {
    match subject {
        "Activez votre compte Espace locataire" | "Activate your Espace locataire account" => {
            "activation"
        }
        "Votre compte Espace locataire est actif" | "Your Espace locataire account is active" => {
            "account-activated"
        }
        "Votre foyer dispose déjà d’un compte" | "Your household already has an account" => {
            "household-already-registered"
        }
        "Vous avez déjà un compte Espace locataire"
        | "You already have an Espace locataire account" => "email-already-registered",
        "Choisissez un nouveau mot de passe" | "Choose a new password" => "password-reset",
        "Votre mot de passe a été modifié" | "Your password has been changed" => {
            "password-changed"
        }
        "Rappel de votre identifiant" | "Your identifier" => "identifier-reminder",
        "Confirmez votre nouvelle adresse e-mail" | "Confirm your new e-mail address" => {
            "email-change-confirm"
        }
        "Votre adresse e-mail a été modifiée" | "Your e-mail address has been changed" => {
            "email-changed"
        }
        "Une session de votre compte a été fermée" | "A session of your account was ended" => {
            "session-theft"
        }
        "Un locataire demande la fermeture de son compte"
        | "A tenant asks for their account to be closed"
        | "Un locataire demande à recevoir ses documents par courrier"
        | "A tenant asks to receive their documents by post" => "agency-request",
        "Votre demande a été transmise à votre agence"
        | "Your request has been passed on to your agency" => "agency-request-received",
        "Votre demande n’est pas parvenue à votre agence"
        | "Your request did not reach your agency" => "agency-request-not-delivered",
        "Votre agence n’a pas donné suite à votre demande"
        | "Your agency has declined your request" => "agency-request-refused",
        "Votre compte est rattaché à un autre bail"
        | "Your account is now attached to another lease" => "lease-changed",
        "Vos documents arrivent désormais sans papier"
        | "Your documents now come without paper" => "paperless-started",
        "Votre compte Espace locataire est fermé" | "Your Espace locataire account is closed" => {
            "account-closed"
        }
        "Vos documents vous parviendront de nouveau par courrier"
        | "Your documents will come by post again" => "paperless-stopped",
        "Votre compte Espace locataire sera bientôt désactivé"
        | "Your Espace locataire account will soon be deactivated" => "closing-soon",
        "Votre compte Espace locataire est désactivé"
        | "Your Espace locataire account is deactivated" => "account-deactivated",
        _ => "",
    }
}
