// The stack of layers: draws the rows it is given and says what a person wants done with them.
// Everything shown is set by textContent; names and arguments are data. Nothing is changed here: each wish goes to the
// server as one event, the next only once the server has answered the one before (its number comes back as `seen`).

const stacks = new WeakMap(); // one Stack for each place on the page, over all its redraws
const NARROW_PX = 480;
const ANSWER_MS = 4000;

export default function (component) {
  const { parentElement, data } = component;
  let stack = stacks.get(parentElement);
  if (!stack) {
    stack = newStack(parentElement);
    stacks.set(parentElement, stack);
  }
  stack.send = component.setTriggerValue;
  stack.setState = component.setStateValue;
  update(stack, data);
  const observer = new ResizeObserver(() => reportWidth(stack));
  observer.observe(stack.root);
  return () => observer.disconnect();
}

function newStack(parent) {
  const stack = {
    root: parent.querySelector(".stack"),
    tree: parent.querySelector(".tree"),
    live: parent.querySelector(".live"),
    data: null, shown: "", selected: null, queue: [], waits: null, n: 0, inserting: null, drag: null, narrow: null,
  };
  listenToKeys(stack);
  listenToPointer(stack);
  return stack;
}

function update(stack, data) {
  const text = JSON.stringify(data);
  stack.data = data;
  if (stack.waits && data.seen === stack.waits.n) {
    stack.waits = null;
  }
  if (text !== stack.shown) {
    stack.shown = text;
    if (!stack.queue.length && !stack.waits) stack.selected = data.selected;
    if (!stack.drag) draw(stack);
    if (stack.live.textContent !== data.say) stack.live.textContent = data.say;
  }
  sendNext(stack);
}

// A wish is a function, so that one that follows another reads the rows as they are by then.
function want(stack, wish) {
  clearTimeout(stack.settling); // a selection that has not been sent yet must not follow an edit, which selects anew
  if (stack.queue.length < 20) stack.queue.push(wish);
  sendNext(stack);
}

function sendNext(stack) {
  if (stack.waits && performance.now() - stack.waits.since < ANSWER_MS) return;
  const wish = stack.queue.shift();
  const event = wish && wish();
  if (!event) {
    if (wish) sendNext(stack);
    return;
  }
  stack.n = Math.max(stack.n, stack.data.seen || 0) + 1;
  stack.waits = { n: stack.n, since: performance.now() };
  stack.send("edit", { ...event, n: stack.n });
}

function reportWidth(stack) {
  const width = stack.root.clientWidth;
  if (!width) return;
  const narrow = width < NARROW_PX;
  if (narrow !== stack.narrow && (stack.narrow !== null || narrow !== Boolean(stack.data.narrow))) {
    stack.setState("narrow", narrow);
  }
  stack.narrow = narrow;
}

function draw(stack) {
  const had = stack.root.getRootNode().activeElement;
  const hadFocus = had && stack.tree.contains(had) && !had.closest(".insert");
  stack.tree.setAttribute("aria-label", stack.data.text.tree);
  const rows = stack.data.rows;
  const { inserting } = stack;
  const typed = inserting === null ? "" : stack.tree.querySelector(".insert input").value;
  stack.inserting = null;
  if (!rows.some((row) => row.path === stack.selected)) stack.selected = stack.data.selected;
  const reachable = rows.some((row) => row.path === stack.selected) ? stack.selected : rows[0].path;
  stack.tree.replaceChildren(...rows.map((row, i) => item(stack, row, i, row.path === reachable)));
  if (inserting !== null) showInsert(stack, inserting, typed);
  if (hadFocus) focusRow(stack, reachable);
}

function item(stack, row, i, reachable) {
  const element = make("div", "item");
  element.dataset.path = row.path;
  element.dataset.family = row.family;
  element.style.setProperty("--depth", row.depth);
  element.classList.toggle("fixed", row.fixed);
  element.classList.toggle("wrong", Boolean(row.error));
  element.classList.toggle("selected", row.path === stack.selected);
  element.tabIndex = reachable ? 0 : -1;
  for (const [name, value] of Object.entries({
    role: "treeitem", "aria-label": row.label, "aria-level": row.depth + 1,
    "aria-selected": String(row.path === stack.selected),
  })) element.setAttribute(name, value);
  if (row.holds) element.setAttribute("aria-expanded", "true");
  element.append(...rails(row, stack.data.rows[i - 1]));
  if (i > 0) element.append(wire(stack, row));
  element.append(line(row));
  if (row.error) element.append(fault(stack, row));
  return element;
}

function rails(row, before) {
  const all = make("div", "rails");
  for (let level = 1; level <= row.depth; level++) {
    const rail = make("span", before && before.depth < level ? "first" : "");
    rail.style.left = `calc(${level - 1 - row.depth} * var(--indent) + .55rem)`;
    all.append(rail);
  }
  return row.depth ? [all] : [];
}

function wire(stack, row) {
  const element = make("div", "wire");
  element.append(make("span", "shape", row.shape));
  if (row.gaps.length) {
    const plus = make("button", "plus", "+");
    plus.type = "button";
    plus.tabIndex = -1;
    plus.setAttribute("aria-label", stack.data.text.insert);
    plus.dataset.gap = row.gaps[row.gaps.length - 1].path;
    element.append(plus);
  }
  return element;
}

function line(row) {
  const element = make("div", "row");
  element.append(make("span", "stripe"), make("span", "name", row.name), make("span", "args", row.args));
  const share = make("span", "share");
  if (row.share > 0) {
    const bar = make("span", "");
    bar.style.width = `${100 * row.share}%`;
    share.append(bar);
  }
  element.append(share, make("span", "number", row.number), make("span", "grip", row.fixed ? "" : "⠿"));
  return element;
}

function fault(stack, row) {
  const element = make("div", "fault");
  const repairs = make("div", "repairs");
  row.repairs.forEach((label, n) => {
    const button = make("button", n === 0 ? "first" : "", label);
    button.type = "button";
    button.dataset.repair = n;
    repairs.append(button);
  });
  element.append(make("p", "", row.error), repairs);
  return element;
}

function select(stack, path, { open = false } = {}) {
  stack.selected = path;
  for (const element of stack.tree.children) {
    const chosen = element.dataset.path === path;
    element.classList.toggle("selected", chosen);
    element.setAttribute("aria-selected", String(chosen));
    element.tabIndex = chosen ? 0 : -1;
  }
  if (open) {
    want(stack, () => ({ event: "open", path: stack.selected }));
    return;
  }
  clearTimeout(stack.settling); // arrows held down send only where they end
  stack.settling = setTimeout(() => want(stack, () => ({ event: "select", path: stack.selected })), 90);
}

function focusRow(stack, path) {
  const element = [...stack.tree.children].find((child) => child.dataset.path === path);
  if (element) element.focus({ preventScroll: false });
}

function rowOf(stack, path) {
  return stack.data.rows.find((row) => row.path === path);
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
