// Work for the time between frames, in pieces: the picture stays alive meanwhile.

const PIECE = 5; // milliseconds

// names in order of urgency; done(name, result) is called when a task ends. A task that has begun is
// ended before a newer one of its name begins, so that something is finished while all keeps changing.
export function later(names, done) {
  const running = new Map(), waiting = new Map(), begun = new Map();
  let timer = 0;
  function work() {
    timer = 0;
    const until = performance.now() + PIECE;
    for (const name of names) {
      for (;;) {
        if (!running.has(name) && waiting.has(name)) {
          running.set(name, waiting.get(name)());
          waiting.delete(name);
        }
        if (!running.has(name)) break;
        let step;
        try {
          step = running.get(name).next();
        } catch (error) {
          step = {done: true, value: null}; // beyond the model: nothing to show
        }
        if (step.done) {
          running.delete(name);
          done(name, step.value);
        }
        if (performance.now() > until) return again();
      }
    }
    return undefined;
  }
  const again = () => { timer ||= setTimeout(work); };
  // Ask for a task unless the last one asked for had the same key.
  return function ask(name, key, make) {
    if (begun.get(name) === key) return;
    begun.set(name, key);
    waiting.set(name, make);
    again();
  };
}
