// The elements of a page. Its template has them: one that is missing is a fault of ours.

/**
 * The element whose id is `id`.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [kind]
 * @returns {T}
 */
export function one(id, kind) {
  return checked(document.getElementById(id), `#${id}`, kind);
}

/**
 * The first element in `root` that `selector` selects.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [kind]
 * @returns {T}
 */
export function first(root, selector, kind) {
  return checked(root.querySelector(selector), selector, kind);
}

/**
 * The elements that `selector` selects, in the page or in `root`.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement[]}
 */
export const all = (selector, root = document) =>
  /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);

/**
 * A copy of what the template `id` holds.
 * @param {string} id
 */
export function copyOf(id) {
  const { content } = one(id, HTMLTemplateElement);
  return first(/** @type {DocumentFragment} */ (content.cloneNode(true)), "*");
}

/**
 * @template {HTMLElement} T
 * @param {Element | null} element
 * @param {string} name
 * @param {new () => T} [kind]
 * @returns {T}
 */
function checked(element, name, kind) {
  if (!(element instanceof (kind ?? HTMLElement))) throw new Error(`${name} is not there`);
  return /** @type {T} */ (element);
}
