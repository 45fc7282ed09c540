// An answer's text as blocks of pieces: paragraphs and fenced code; in a paragraph plain text,
// `code` and marks `[n]`. Whatever else it says is text and shown as it is.

const FENCE = /^ {0,3}(`{3,}|~{3,})[^`]*$/;
const INLINE = /(`+)([^`\n]+)\1(?!`)|\[(\d{1,3})\]/g;

// Blocks in order: {kind: "code", pieces: [text]} or {kind: "paragraph", pieces}. A piece is
// {kind: "text" | "code", text} or {kind: "mark", n, at}, `at` the mark's offset in code points.
// A `[n]` is a mark when `known(n)`.
export function blocksOf(text, known) {
  const blocks = [];
  let lines = null;
  let fence = null;
  let at = 0;
  const close = () => {
    if (lines) blocks.push(finished(lines, fence, known));
    lines = null;
    fence = null;
  };
  for (const line of text.split("\n")) {
    const opening = line.match(FENCE)?.[1];
    if (fence) {
      if (opening?.startsWith(fence) && line.trim() === opening) close();
      else lines.text += `${line}\n`;
    } else if (opening) {
      close();
      fence = opening;
      lines = { text: "", at };
    } else if (line.trim() === "") {
      close();
    } else if (lines) {
      lines.text += `\n${line}`;
    } else {
      lines = { text: line, at };
    }
    at += line.length + 1;
  }
  close();
  return withCodePoints(blocks, text);
}

function finished(lines, fence, known) {
  if (fence) return { kind: "code", pieces: [{ kind: "text", text: lines.text.replace(/\n$/, "") }] };
  return { kind: "paragraph", pieces: piecesOf(lines.text, lines.at, known) };
}

function piecesOf(text, at, known) {
  const pieces = [];
  let plain = "";
  let from = 0;
  const flush = () => {
    if (plain) pieces.push({ kind: "text", text: plain });
    plain = "";
  };
  for (const match of text.matchAll(INLINE)) {
    const n = match[3] === undefined ? null : Number(match[3]);
    if (n !== null && !known(n)) continue;
    plain += text.slice(from, match.index);
    // The space before a mark goes, so that a mark never begins a line.
    if (n !== null) plain = plain.replace(/[ \t]+$/, "");
    flush();
    if (n !== null) pieces.push({ kind: "mark", n, at: at + match.index });
    else pieces.push({ kind: "code", text: match[2].trim() || match[2] });
    from = match.index + match[0].length;
  }
  plain += text.slice(from);
  flush();
  return pieces;
}

// Offsets of the strings of this language count surrogates twice; those of events do not.
function withCodePoints(blocks, text) {
  let units = 0;
  let points = 0;
  for (const piece of blocks.flatMap((block) => block.pieces)) {
    if (piece.kind !== "mark") continue;
    for (; units < piece.at; points += 1) units += text.codePointAt(units) > 0xffff ? 2 : 1;
    piece.at = points;
  }
  return blocks;
}

export function marksOf(blocks) {
  return blocks.flatMap((block) => block.pieces.filter((piece) => piece.kind === "mark"));
}
