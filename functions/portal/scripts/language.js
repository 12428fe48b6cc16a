// The page's language.

export const language = document.documentElement.lang;

/** How dates, times and numbers are written: English as in Britain. */
export const locale = language === "en" ? "en-GB" : language;
