// Which quotes stand behind which mark of the answer, and what the check says of them.

// A list of citations for each mark, in the order of the marks ({n, at}). A citation belongs to
// the first mark of its number, at or after the start of what it proves, that has none yet; where
// each has one, a further quote joins the nearest.
export function assign(marks, citations) {
  const quotes = marks.map(() => []);
  for (const citation of citations) {
    const start = citation.answer_span?.start ?? 0;
    const own = marks.flatMap((mark, i) => (mark.n === citation.n ? [i] : []));
    const after = own.filter((i) => marks[i].at >= start);
    const free = (i) => quotes[i].length === 0;
    const place = after.find(free) ?? after[0] ?? own.at(-1);
    if (place !== undefined) quotes[place].push(citation);
  }
  return quotes;
}

const SAID = {
  exact: "The source says this word for word.",
  supported: "Checked: the source says this.",
  exists: "The nearest sentence of the source; not checked.",
  unsupported: "Checked: the source does not say this.",
};
const ORIGINS = {
  moved: " The writer had cited another source.",
  added: " The writer had cited none.",
};
const FROM_THE_WORST = ["unsupported", "exists", "supported", "exact"];

// What to tell about the citations of one mark: {doubted, words}, by the worst of them.
export function judged(citations) {
  const verdicts = new Set(citations.map((citation) => citation.verdict));
  const worst = FROM_THE_WORST.find((verdict) => verdicts.has(verdict));
  const origin = citations.find((citation) => citation.origin in ORIGINS)?.origin;
  const words = worst ? SAID[worst] + (ORIGINS[origin] ?? "") : "";
  return { doubted: worst === "unsupported", words };
}
