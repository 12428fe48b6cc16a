// The page's language.

export const language = document.documentElement.lang;
