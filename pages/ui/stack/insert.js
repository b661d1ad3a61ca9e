// Inserting by name: a small field with the layers that match it, in the flow under the wire it belongs to.

function showInsert(stack, gap, typed = "") {
  if (!gap) return;
  closeInsert(stack);
  stack.inserting = gap;
  const owner = stack.data.rows.find((row) => row.gaps.some((place) => place.path === gap));
  const home = owner && [...stack.tree.children].find((child) => child.dataset.path === owner.path);
  if (!home) {
    stack.inserting = null;
    return;
  }
  const panel = make("div", "insert");
  const field = make("input", "");
  const list = make("div", "");
  list.id = "insert-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", stack.data.text.insert);
  for (const [name, value] of Object.entries({
    type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": list.id, "aria-autocomplete": "list",
    "aria-label": stack.data.text.insert, placeholder: stack.data.text.search, autocomplete: "off", spellcheck: "false",
  })) field.setAttribute(name, value);
  panel.append(field, list);
  home.insertBefore(panel, home.querySelector(".row"));
  field.value = typed;
  const menu = { field, list, found: [], at: 0 };
  fillInsert(stack, menu);
  field.addEventListener("input", () => { menu.at = 0; fillInsert(stack, menu); });
  field.addEventListener("keydown", (event) => insertKey(stack, menu, event));
  panel.addEventListener("focusout", (event) => {
    // Removing the panel takes its focus away too: only a person's leaving closes it.
    if (panel.isConnected && stack.inserting !== null && !panel.contains(event.relatedTarget)) closeInsert(stack);
  });
  field.focus();
}

function fillInsert(stack, menu) {
  const typed = menu.field.value.trim().toLowerCase();
  const begins = (layer) => layer.name.toLowerCase().startsWith(typed);
  menu.found = stack.data.layers.filter((layer) => layer.name.toLowerCase().includes(typed));
  menu.found.sort((a, b) => begins(b) - begins(a));
  menu.list.replaceChildren(...menu.found.map((layer, i) => layerOption(stack, menu, layer, i)));
  if (!menu.found.length) menu.list.append(make("div", "none", stack.data.text.none));
  markInsert(menu);
}

function layerOption(stack, menu, layer, i) {
  const option = make("div", "item");
  option.id = `insert-${i}`;
  option.setAttribute("role", "option");
  option.dataset.family = layer.family;
  option.append(make("span", "stripe"), make("span", "name", layer.name), make("span", "line", layer.line));
  option.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    event.stopPropagation();
    menu.at = i;
    takeInsert(stack, menu);
  });
  return option;
}

function markInsert(menu) {
  [...menu.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === menu.at)));
  const marked = menu.found.length ? menu.list.children[menu.at] : null;
  menu.field.setAttribute("aria-activedescendant", marked ? marked.id : "");
  if (marked) marked.scrollIntoView({ block: "nearest" });
}

function insertKey(stack, menu, event) {
  event.stopPropagation();
  if (event.key === "ArrowDown") menu.at = Math.min(menu.found.length - 1, menu.at + 1);
  else if (event.key === "ArrowUp") menu.at = Math.max(0, menu.at - 1);
  else if (event.key === "Enter") return takeInsert(stack, menu);
  else if (event.key === "Escape") {
    closeInsert(stack);
    return focusRow(stack, stack.selected);
  } else return;
  event.preventDefault();
  markInsert(menu);
}

function takeInsert(stack, menu) {
  const layer = menu.found[menu.at];
  const gap = stack.inserting;
  if (!layer) return;
  closeInsert(stack);
  focusRow(stack, stack.selected);
  want(stack, () => ({ event: "insert", path: gap, kind: layer.kind }));
}

function closeInsert(stack) {
  stack.inserting = null;
  const panel = stack.tree.querySelector(".insert");
  if (panel) panel.remove();
}
