// Which quotes stand behind which mark of the answer.

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
