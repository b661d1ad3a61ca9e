// The keyboard: arrows select, Alt+arrows move, Enter edits, Delete removes, `/` inserts by name, Ctrl+D duplicates.

function listenToKeys(stack) {
  stack.tree.addEventListener("keydown", (event) => {
    if (!event.target.classList.contains("item")) return;
    const done = commandFor(stack, event);
    if (!done) return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
    done();
  });
}

function commandFor(stack, event) {
  const { key, altKey } = event;
  const control = event.ctrlKey || event.metaKey;
  if (control && key.toLowerCase() === "z") return () => want(stack, () => ({ event: event.shiftKey ? "redo" : "undo" }));
  if (control && key.toLowerCase() === "d") return () => edit(stack, "duplicate");
  if (control) return null;
  if (altKey && key === "ArrowUp") return () => edit(stack, "up");
  if (altKey && key === "ArrowDown") return () => edit(stack, "down");
  if (altKey) return null;
  if (key === "ArrowUp") return () => step(stack, -1);
  if (key === "ArrowDown") return () => step(stack, 1);
  if (key === "Home") return () => step(stack, -Infinity);
  if (key === "End") return () => step(stack, Infinity);
  if (key === "Enter") return () => select(stack, stack.selected, { open: true });
  if (key === "Delete" || key === "Backspace") return () => edit(stack, "remove");
  if (key === "/") return () => showInsert(stack, gapAfter(stack, stack.selected));
  return null;
}

function edit(stack, name) {
  want(stack, () => {
    const row = rowOf(stack, stack.selected);
    return row && !row.fixed ? { event: name, path: row.path } : null;
  });
}

function step(stack, by) {
  const rows = stack.data.rows;
  const now = rows.findIndex((row) => row.path === stack.selected);
  const next = rows[Math.max(0, Math.min(rows.length - 1, now + by))];
  select(stack, next.path);
  focusRow(stack, next.path);
}

// Where a layer inserted after this row goes: the deepest place before the next row, so that a container takes it in.
function gapAfter(stack, path) {
  const rows = stack.data.rows;
  const now = rows.findIndex((row) => row.path === path);
  const after = rows.slice(now + 1).find((row) => row.gaps.length) || rows[rows.length - 1];
  return after.gaps.length ? after.gaps[0].path : "";
}
