// Copies of the page's templates, and the one live region.

export function part(name) {
  const template = document.getElementById(`${name}-template`);
  return template.content.firstElementChild.cloneNode(true);
}

let nextId = 0;

export function freshId(name) {
  nextId += 1;
  return `${name}-${nextId}`;
}

// Said once by a screen reader when it has nothing else to say; a later word replaces an earlier.
export function announce(words) {
  document.getElementById("status").textContent = words;
}

export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
