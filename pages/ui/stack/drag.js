// The pointer: a click selects, the grip or a pull drags, on touch a long press drags; a line shows where it would land.

const PULL_PX = 6;
const PRESS_MS = 350;
const EDGE_PX = 60;

function listenToPointer(stack) {
  stack.tree.addEventListener("pointerdown", (event) => pressed(stack, event));
  stack.tree.addEventListener("click", (event) => clicked(stack, event));
  // A scroll that began cannot be taken back, so touches are held from the start of a drag on.
  stack.tree.addEventListener("touchmove", (event) => { if (stack.drag) event.preventDefault(); }, { passive: false });
  stack.tree.addEventListener("contextmenu", (event) => { if (stack.drag) event.preventDefault(); });
}

function clicked(stack, event) {
  const { target } = event;
  if (target.closest(".insert")) return;
  const plus = target.closest(".plus");
  if (plus) return showInsert(stack, plus.dataset.gap);
  const home = target.closest(".item");
  if (!home || stack.justDragged) return;
  const repair = target.closest("[data-repair]");
  if (repair) {
    const [path, place] = [home.dataset.path, Number(repair.dataset.repair)];
    return want(stack, () => ({ event: "repair", path, place }));
  }
  if (!target.closest(".row")) return;
  home.focus({ preventScroll: true });
  select(stack, home.dataset.path, { open: stack.narrow });
}

function pressed(stack, event) {
  stack.justDragged = false;
  const home = event.target.closest(".item");
  if (event.button !== 0 || !home || home.classList.contains("fixed") || !event.target.closest(".row")) return;
  if (event.target.closest(".insert")) return;
  const start = { x: event.clientX, y: event.clientY };
  const touch = event.pointerType !== "mouse" && !event.target.closest(".grip");
  let timer = touch ? setTimeout(begin, PRESS_MS) : null;

  function begin() {
    timer = null;
    const path = home.dataset.path;
    stack.drag = { path, home, to: null, mark: make("div", "drop"), y: start.y, x: start.x };
    stack.tree.style.position = "relative";
    stack.root.classList.add("dragging");
    for (const child of stack.tree.children) child.classList.toggle("dragged", isWithin(child.dataset.path, path));
    if (touch && navigator.vibrate) navigator.vibrate(10);
    try { home.setPointerCapture(event.pointerId); } catch { /* the pointer is gone already: its end comes at once */ }
    scrollAtEdge(stack);
  }

  function moved(move) {
    const far = Math.hypot(move.clientX - start.x, move.clientY - start.y) > PULL_PX;
    if (!stack.drag) {
      if (!far) return;
      if (touch) return finish(); // it is a scroll
      begin();
    }
    stack.drag.x = move.clientX;
    stack.drag.y = move.clientY;
    aim(stack);
  }

  function finish(end) {
    clearTimeout(timer);
    for (const name of ["pointermove", "pointerup", "pointercancel"]) window.removeEventListener(name, listeners[name]);
    window.removeEventListener("keydown", escape, true);
    if (stack.drag) dropped(stack, end && end.type === "pointerup");
  }

  function escape(key) {
    if (key.key === "Escape" && stack.drag) finish();
  }

  const listeners = { pointermove: moved, pointerup: finish, pointercancel: finish };
  for (const name of Object.keys(listeners)) window.addEventListener(name, listeners[name]);
  window.addEventListener("keydown", escape, true);
}

// The place nearest to the pointer: between two rows by its height, into or out of a container by how far right it is.
function aim(stack) {
  const { drag, data, tree } = stack;
  const box = tree.getBoundingClientRect();
  let best = null;
  data.rows.forEach((row, i) => {
    const places = row.gaps.filter((place) => !isWithin(place.path, drag.path));
    if (!places.length) return;
    const element = tree.children[i];
    const y = (element.querySelector(".wire") || element).getBoundingClientRect();
    const distance = Math.abs(drag.y - (y.top + y.height / 2));
    if (!best || distance < best.distance) best = { distance, places, y: y.top + y.height / 2 };
  });
  if (!best) return;
  const indent = stack.narrow ? 20 : 26;
  const wanted = Math.floor((drag.x - box.left) / indent) - 0.5;
  const place = best.places.reduce((a, b) => (Math.abs(b.depth - wanted) < Math.abs(a.depth - wanted) ? b : a));
  drag.to = place.path;
  drag.mark.style.top = `${best.y - box.top}px`;
  drag.mark.style.left = `${place.depth * indent}px`;
  if (!drag.mark.isConnected) tree.append(drag.mark);
}

function dropped(stack, landed) {
  const { drag } = stack;
  stack.drag = null;
  stack.justDragged = true;
  setTimeout(() => { stack.justDragged = false; }, 50);
  drag.mark.remove();
  stack.root.classList.remove("dragging");
  for (const child of stack.tree.children) child.classList.remove("dragged");
  draw(stack);
  if (landed && drag.to) want(stack, () => ({ event: "move", path: drag.path, to: drag.to }));
}

function scrollAtEdge(stack) {
  if (!stack.drag) return;
  const scroller = scrolling(stack.root);
  const box = scroller.getBoundingClientRect();
  const above = stack.drag.y - Math.max(0, box.top);
  const below = Math.min(window.innerHeight, box.bottom) - stack.drag.y;
  if (above < EDGE_PX) scroller.scrollBy(0, -8);
  else if (below < EDGE_PX) scroller.scrollBy(0, 8);
  if (above < EDGE_PX || below < EDGE_PX) aim(stack);
  requestAnimationFrame(() => scrollAtEdge(stack));
}

function scrolling(element) {
  for (let at = element; at; at = at.parentElement || (at.getRootNode() && at.getRootNode().host)) {
    if (at.scrollHeight > at.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  }
  return document.scrollingElement;
}

function isWithin(path, outer) {
  return path === outer || path.startsWith(`${outer}.`);
}
