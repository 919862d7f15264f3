// Markup that others paste: the page itself makes none from text.

/** A text as markup shows it, in an attribute too. */
export function escape(text) {
  return text.replace(/[&<>"]/g, (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark]);
}

/** A frame with the playground at an address. */
export function frame(address, width, height) {
  return `<iframe src="${escape(address)}" title="Dockerfile playground" width="${width}" height="${height}" style="border: 0"></iframe>`;
}
