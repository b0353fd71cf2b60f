"""The interactive page, a marimo app: ``overspec probe`` serves it.

Controls make a `Choice`; `verify.probe_view` computes, `probe_page` prints; this file connects
them. Figures are SVG in the page: marimo's plotly component would ask another server for MathJax.
"""


# mypy: ignore-errors
# marimo runs this file by its path, outside of its package: what it needs is imported by name.

import marimo

app = marimo.App(width="full", app_title="overspec probe")


@app.cell
def imports():
    import importlib
    import sys
    from pathlib import Path

    import marimo as mo

    # marimo puts this folder first on the path, where html.py would shadow the standard library's
    here = Path(__file__).resolve().parent
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != here]
    ask = importlib.import_module("overspec.verify.probe_choice")
    view = importlib.import_module("overspec.verify.probe_view")
    page = importlib.import_module("overspec.reports.probe_page")
    jobs = importlib.import_module("overspec.reports.probe_job")
    controls = importlib.import_module("overspec.reports.probe_controls")
    errors = importlib.import_module("overspec.errors")
    return ask, controls, errors, jobs, mo, page, view


@app.cell
def heading(mo, page):
    mo.Html(page.title_html())
    return


@app.cell
def fields(controls, mo):
    _made = controls.elements(mo.ui, controls.first_fields(mo.query_params().to_dict()))
    k, family, mode = (_made.pop(name) for name in ("k", "family", "mode"))
    others = mo.ui.dictionary(_made)
    get_job, set_job = mo.state(None)
    last = {}  # the last mixture and start that could be read: where dragging begins
    return family, get_job, k, last, mode, others, set_job


@app.cell
def bars(controls, family, k, last, mo):
    _mixture = last.get("mixture")
    dragged = mo.ui.dictionary(controls.weight_bars(mo.ui, family.value, k.value, _mixture))
    return (dragged,)


@app.cell
def sliders(controls, k, last, mo, mode):
    slid = mo.ui.dictionary(controls.start_sliders(mo.ui, mode.value, k.value, last.get("start")))
    return (slid,)


@app.cell
def panel(controls, dragged, family, k, mo, mode, others, slid):
    _named = {"k": k, "family": family, "mode": mode}
    _rows = [
        [_named[_name] if _name in _named else others[_name] for _name in _row]
        for _row in controls.rows(family.value, mode.value)
    ]
    _rows += [list(dragged.values()), list(slid.values())]
    mo.vstack([mo.hstack(_row, wrap=True, justify="start", align="end") for _row in _rows if _row])
    return


@app.cell
def chosen(ask, controls, dragged, errors, family, k, last, mo, mode, others, page, slid):
    choice, _problem = None, ""
    _values = {"k": k.value, "family": family.value, "mode": mode.value, **others.value}
    try:
        choice = ask.Choice.read(controls.fields_of(_values, dragged.value, slid.value))
        last.update(mixture=choice.mixture, start=choice.start)
        controls.share(mo.query_params(), choice.query)
    except errors.InputError as _wrong:
        _problem = str(_wrong)
    mo.Html(page.problem_html(_problem))
    return (choice,)


@app.cell
def buttons(choice, get_job, jobs, mo, set_job):
    mo.stop(choice is None)

    def _start(certify):
        running = get_job()
        if running is not None:
            running.cancel()
        set_job(jobs.Job.start([*choice.radius_command(certify), "--json"]))

    certify = mo.ui.button(label="Certify this γ", on_click=lambda _: _start(True))
    search = mo.ui.button(label="Search γ in the background", on_click=lambda _: _start(False))
    cancel = mo.ui.button(label="Cancel", on_click=lambda _: get_job() and get_job().cancel())
    mo.hstack([certify, search, cancel], wrap=True, justify="start")
    return


@app.cell
def clock(get_job, mo):
    tick = mo.ui.refresh(options=["1s"], default_interval="1s") if get_job() is not None else None
    return (tick,)


@app.cell
def progress(get_job, mo, page, tick):
    _job = get_job()
    mo.stop(_job is None)
    _beat = tick.value  # looked at again at every tick
    if _job.running():
        _shown = [mo.Html(page.running_html(_job.words, _job.seconds(), _job.said())), tick]
    else:
        _result = _job.result()
        _name = "Certificate" if "--certify" in _job.words else "Result"
        _shown = [mo.Html(page.result_html(_job.words, _result, _job.ended))]
        if "evidence" in _result:
            _text = _job.printed().encode()
            _shown.append(mo.download(_text, "radius.json", "application/json", label=_name))
    mo.vstack(_shown)
    return


@app.cell
def parts(choice, mo, page, view):
    mo.stop(choice is None)
    made = {}
    for _name in view.PARTS:
        if view.is_slow(_name, choice):
            mo.output.replace(mo.Html(page.grid_html(made, choice.digits, waiting=_name)))
        made[_name] = view.part(_name, choice)
    mo.Html(page.grid_html(made, choice.digits))
    return (made,)


@app.cell
def keep(choice, made, mo, page):
    _figures = [
        mo.download(
            page.file_svg(_part.figure).encode(),
            f"{_part.figure.id}.svg",
            "image/svg+xml",
            label=f"Figure: {_part.figure.id}",
        )
        for _part in made.values()
        if _part.figure is not None
    ]
    _data = mo.download(
        page.data_json(choice.query, choice.commands(), made).encode(),
        "probe.json",
        "application/json",
        label="Data of this view",
    )
    mo.vstack(
        [
            mo.Html(page.commands_html(choice.commands())),
            mo.hstack([_data, *_figures], wrap=True, justify="start"),
        ]
    )
    return


if __name__ == "__main__":
    app.run()
