// An answer as Markdown, and the way to the clipboard.

import { linkOf } from "./address.js";

// The text as it is, its marks `[n]` leading to the numbered list of all sources.
export function asMarkdown(text, sources) {
  const lines = sources.map(({ n, result }) => `${n}. ${reference(result)}`);
  return lines.length ? `${text.trim()}\n\n## Sources\n\n${lines.join("\n")}\n` : `${text.trim()}\n`;
}

function reference(result) {
  const title = (result.title || result.url).replace(/\s+/g, " ").replace(/[\\`*_[\]<>]/g, "\\$&");
  const href = linkOf(result.url);
  if (href) return `[${title}](<${href.replace(/[<>]/g, encodeURIComponent)}>)`;
  return `${title} (\`${result.url.replaceAll("`", "'")}\`)`;
}

// Whether it worked. Browsers give the clipboard to secure origins only, and a server in the
// house often is none; there the older way is left.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const area = document.createElement("textarea");
  const before = document.activeElement;
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  before?.focus();
  return copied;
}
