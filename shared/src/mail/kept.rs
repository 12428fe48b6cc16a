//! The paragraph about the data that is kept of a deactivated account.

use jiff::civil::Date;

use super::date::in_words;
use crate::domain::Language;

/// Which data is kept until the account is erased. Rows of earlier versions do not have the day.
pub(super) fn until(language: Language, erased_on: Option<Date>) -> String {
    match (language, erased_on.map(|day| in_words(language, day))) {
        (Language::French, Some(day)) => format!(
            "Votre mot de passe est déjà effacé. Jusqu’au\u{a0}{day}, nous conservons le nom du \
             signataire, votre référence client, votre adresse e-mail et vos choix. Ils seront \
             ensuite effacés à leur tour."
        ),
        (Language::French, None) => "Votre mot de passe est déjà effacé. Le reste des données de \
                                     ce compte le sera à la fin de leur durée de conservation."
            .to_owned(),
        (Language::English, Some(day)) => format!(
            "Your password has already been erased. Until {day}, we keep the signatory’s name, \
             your customer reference, your e-mail address and your choices. They will then be \
             erased too."
        ),
        (Language::English, None) => "Your password has already been erased. The rest of the data \
                                      of this account will be once it no longer has to be kept."
            .to_owned(),
    }
}
