// Where a source stands, as text for people, and whether it may be opened.

const OPENED = new Set(["http:", "https:"]);

function parsed(url) {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

function readable(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

// The address to link to, or null: a page of the web may be opened, anything else is only named.
export function linkOf(url) {
  const address = parsed(url);
  return address && OPENED.has(address.protocol) ? address.href : null;
}

// Host and path of a web page, the path of a file, anything else as it is.
export function placeOf(url) {
  const address = parsed(url);
  if (address?.protocol === "file:") return readable(address.pathname);
  if (!linkOf(url)) return url;
  const path = readable(address.pathname + address.search);
  return address.host + (path === "/" ? "" : path);
}

// Fills `element` with the title: a link that opens a new tab where that is safe, else text.
export function showTitle(element, result) {
  const title = result.title || placeOf(result.url);
  const href = linkOf(result.url);
  if (!href) {
    element.textContent = title;
    return;
  }
  const link = document.createElement("a");
  link.textContent = title;
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  element.replaceChildren(link);
}
