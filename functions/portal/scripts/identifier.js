// The identifier that "remember me" has left in this browser, to spare one typing it.

export function remembered() {
  const cookie = document.cookie.match(/(?:^|; )identifier=([^;]*)/);
  return cookie ? decodeURIComponent(cookie[1]) : "";
}
