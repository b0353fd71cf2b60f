"""The interactive page, a marimo app: ``overspec probe`` serves it.

Controls make a `Choice`; `reports.probe.view` computes, `probe_page` prints; this file connects
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
    import time
    from pathlib import Path

    import marimo as mo

    # marimo puts this folder first on the path, where html.py would shadow the standard library's
    here = Path(__file__).resolve().parent
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != here]
    ask = importlib.import_module("overspec.reports.probe.choice")
    view = importlib.import_module("overspec.reports.probe.view")
    page = importlib.import_module("overspec.reports.probe.page")
    jobs = importlib.import_module("overspec.reports.probe.job")
    controls = importlib.import_module("overspec.reports.probe.controls")
    errors = importlib.import_module("overspec.errors")
    Portrait = importlib.import_module("overspec.reports.probe.drag").Portrait
    return Portrait, ask, controls, errors, jobs, mo, page, time, view


@app.cell
def heading(mo, page):
    mo.Html(page.title_html())
    return


@app.cell
def states(controls, mo):
    # Not mo.ui.dictionary: of two quick changes in one, the server keeps only the second.
    given = controls.first_values(mo.query_params().to_dict())
    get_values, set_values = mo.state(given)
    get_shape, set_shape = mo.state({_name: given[_name] for _name in controls.SHAPE})
    get_job, set_job = mo.state(None)
    get_found, set_found = mo.state({})  # radii that jobs have found, by what was asked
    # the choice, if all of it could be read; a mixture and a start to drag from; which γ is kept
    last = {"choice": None}

    def put(name):
        def changed(value):
            set_values(lambda old: old | {name: value})
            if name in controls.SHAPE:
                set_shape(lambda old: old | {name: value})

        return changed

    return (
        get_found,
        get_job,
        get_shape,
        get_values,
        given,
        last,
        put,
        set_found,
        set_job,
        set_values,
    )


@app.cell
def typed(controls, given, mo, put):
    fields = controls.elements(mo.ui, given, put)
    return (fields,)


@app.cell
def moved(Portrait, controls, get_shape, last, mo, set_values):
    dragged = controls.sliders_for(get_shape(), last)  # name → value, kept up to date below

    def _put(name):
        def changed(value):
            dragged[name] = value
            set_values(lambda old: {**old})  # a copy: what depends on the values runs again

        return changed

    sliders = controls.sliders(mo.ui, dragged, _put)
    portrait = None
    if len(_start := controls.point_of(dragged)) == 2:
        portrait = Portrait(at=list(_start))

        def _dropped(change):
            _names = [_name for _name in dragged if _name.startswith(controls.AMPLITUDE)]
            dragged.update(zip(_names, change["new"], strict=True))
            set_values(lambda old: {**old})

        portrait.observe(_dropped, "at")
    return dragged, portrait, sliders


@app.cell
def panel(controls, fields, get_shape, mo, page, portrait, sliders):
    _rows = [[fields[_name] for _name in _row] for _row in controls.rows(get_shape())]
    _rows += [
        [mo.Html(page.labelled(_name, _one)) for _name, _one in _group.items()]
        for _group in sliders
    ]
    _rows = [mo.hstack(_row, wrap=True, justify="start", align="end") for _row in _rows if _row]
    _point = mo.Html(page.portrait_html(mo.ui.anywidget(portrait))) if portrait else None
    mo.vstack([*_rows, _point] if portrait else _rows)
    return


@app.cell
def chosen(ask, controls, dragged, errors, get_values, last, mo, page):
    choice, _problem = None, ""
    last["choice"] = None
    try:
        choice = ask.Choice.read(controls.fields_of(get_values(), dragged))
        last.update(choice=choice, mixture=choice.mixture, start=choice.start)
        controls.share(mo.query_params(), choice.query)
    except errors.InputError as _wrong:
        _problem = str(_wrong)
    mo.Html(page.problem_html(_problem))
    return (choice,)


@app.cell
def buttons(get_job, jobs, last, mo, set_job):
    def _start(certify):
        if last["choice"] is not None:
            if get_job() is not None:
                get_job().cancel()
            set_job(jobs.Job.radius(last["choice"], certify))

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
def progress(get_job, jobs, mo, page, set_found, tick):
    _job = get_job()
    mo.stop(_job is None)
    _beat = tick.value  # looked at again at every tick
    if _job.running():
        _shown = [mo.Html(page.running_html(_job.words, _job.seconds(), _job.said())), tick]
    else:
        _result = _job.result()
        _shown = [mo.Html(page.result_html(_job.words, _result, _job.ended))]
        if (_radius := _job.found()) is not None:
            set_found(lambda old: old | {_job.asked: _radius})
        _files = {"Certificate": (_job.certificate(), jobs.CERTIFICATE)}
        if "evidence" in _result:
            _files["Result"] = (_job.printed(), "radius.json")
        _shown += [
            mo.download(_text.encode(), _file, "application/json", label=_label)
            for _label, (_text, _file) in _files.items()
            if _text
        ]
    mo.vstack(_shown)
    return


@app.cell
def parts(choice, get_found, last, mo, page, portrait, time, view):
    mo.stop(choice is None)
    made, _shown = {}, time.monotonic()
    _there = "" if portrait is None else "phase"  # drawn in the portrait, and first
    for _name in sorted(view.PARTS, key=lambda name: name != _there):
        # what is ready is shown, with a progress sign, before a reader begins to wait
        _slow = view.is_slow(_name, choice, last.get("asked") == choice.asked)
        if _slow or time.monotonic() - _shown > page.SOON:
            mo.output.replace(mo.Html(page.grid_html(made, choice.digits, _name, _there)))
            _shown = time.monotonic()
        made[_name] = view.part(_name, choice, get_found().get(choice.asked))
        if portrait is not None and _name == _there:
            portrait.show(made[_name])
    last["asked"] = choice.asked
    made = {_name: made[_name] for _name in view.PARTS}
    mo.Html(page.grid_html(made, choice.digits, "", _there))
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
