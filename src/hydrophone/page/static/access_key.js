// The caller's key: kept for this tab only, never in an address.

const NAME = "hydrophone.key";
let kept = null;

// Storage may be switched off by the browser; then the key lives as long as the page.
function storage(act) {
  try {
    return act(window.sessionStorage);
  } catch {
    return null;
  }
}

export function readKey() {
  return kept ?? storage((store) => store.getItem(NAME));
}

export function keepKey(key) {
  kept = key;
  storage((store) => store.setItem(NAME, key));
}

export function forgetKey() {
  kept = null;
  storage((store) => store.removeItem(NAME));
}
