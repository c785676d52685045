// Elements. What comes from the daemon is only ever text, never markup.

/** `make('td.number', { title: '…' }, 'text', child)`. A property that is undefined is left out. */
export function make(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split('.');
  const element = document.createElement(tag);
  element.classList.add(...classes);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Changes text only where it is another one: the page is read while it is written. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Puts in new children where they differ from the present ones: what is being pressed or read stays. */
export function renew(parent, ...children) {
  children.forEach((child, index) => {
    const former = parent.children[index];
    if (!former) parent.append(child);
    else if (!former.isEqualNode(child)) former.replaceWith(child);
  });
  while (parent.children.length > children.length) parent.lastElementChild.remove();
}

/** A state as shape and word; its colour says the same once more. */
export function badge({ shape, words, kind }) {
  return make(`span.state.${kind}`, {}, make('span.shape', { 'aria-hidden': 'true' }, shape), ` ${words}`);
}

export const byId = (id) => document.getElementById(id);

/** The path of a breaker's own page. */
export const pathOf = (name) => `#/breaker/${encodeURIComponent(name)}`;
