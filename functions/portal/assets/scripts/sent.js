// The two halves of a page that has a mail sent: asking, and what comes after.

const one = (id) => document.getElementById(id);

/** The mail is on its way, to `address` if that was typed here. */
export function sent(address) {
  if (one("address")) one("address").textContent = address;
  one("asking").hidden = true;
  one("sent").hidden = false;
  const titles = [...one("sent").querySelectorAll("h1, h2")];
  titles.find((title) => !title.closest("[hidden]")).focus();
}

/** Goes back to `form` when one asks for it. */
export function again(form) {
  one("again").addEventListener("click", () => {
    one("sent").hidden = true;
    one("asking").hidden = false;
    form.querySelector("[name]").focus();
  });
}
