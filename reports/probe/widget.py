"""The page as a widget of a notebook (Jupyter, marimo, VS Code), of the same modules."""

from __future__ import annotations

import threading
from typing import Any

import anywidget
import traitlets

from overspec.mixture import Mixture
from overspec.reports.probe.choice import Choice
from overspec.reports.probe.desk import Desk
from overspec.reports.probe.page import script, style

START = """
export default {render({model, el}) {
  const waiting = new Map();
  let number = 0;
  const answered = message => {
    const done = waiting.get(message.number);
    waiting.delete(message.number);
    done?.(message.answer);
  };
  const ask = request => new Promise((good, bad) => {
    waiting.set(++number, answer => answer.error ? bad(new Error(answer.error)) : good(answer));
    model.send({number, request});
  });
  model.on("msg:custom", answered);
  const place = el.appendChild(document.createElement("div"));
  modules["ui/main.js"].mount(place, {config: CONFIG, address: false, ask,
    fields: model.get("fields"),
    seen: fields => { model.set("fields", fields); model.save_changes(); }});
  return () => model.off("msg:custom", answered);
}};
"""


class Probe(anywidget.AnyWidget):
    """The page in a notebook.

    Attributes:
        fields: the view that is shown, by the names of the command's options; follows the page.

    >>> Probe(fields={"k": "3", "weights": "1/2,3/10,1/5"}).choice.mixture.k
    3
    """

    _esm = script(START)
    _css = style()
    fields = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._desk = Desk()
        self.on_msg(self._asked)

    @property
    def choice(self) -> Choice:
        """The view that is shown, read exactly."""
        return Choice.read({str(name): str(text) for name, text in self.fields.items()})

    @property
    def mixture(self) -> Mixture:
        """The mixture that is shown."""
        return self.choice.mixture

    def _asked(self, widget: Any, content: Any, buffers: Any) -> None:
        """Answer a question of the page, apart, so that the notebook does not wait."""

        def answer() -> None:
            request = content.get("request")
            self.send({"number": content.get("number"), "answer": self._desk.answer(request)})

        if isinstance(content, dict):
            threading.Thread(target=answer, daemon=True).start()
