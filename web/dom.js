// Elements made by scripts: what is put in is text or other elements, never markup.

/** An element with properties, attributes where a name has a dash, and what is in it. */
export function element(name, properties = {}, ...inside) {
  const out = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes('-') || key === 'role') out.setAttribute(key, value);
    else out[key] = value;
  }
  out.append(...inside.filter((child) => child !== null && child !== undefined));
  return out;
}

/** The engine with all programs has reported. */
export function ready() {
  const image = () => document.querySelector('.image');
  return new Promise((done) => {
    const look = () => (image()?.dataset.engine === 'full' ? done() : setTimeout(look, 50));
    look();
  });
}
