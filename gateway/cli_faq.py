"""`frontdesk faq`: bring articles in and out, try the search, measure it."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from desk.faq import FaqResult
from desk.faq_imports import FaqImport, ImportState
from desk.faq_replies import look_up
from desk.faq_tuning import USUAL_OUTSIDE, Calibration, CalibrationCurve
from desk.messages import Language
from gateway.cli_gaps import show_gaps
from gateway.jobs import fail, line, with_services
from knowledge_base.embedding import build_encoder
from knowledge_base.evaluation import EvalReport, evaluate
from knowledge_base.exchange import write_articles
from knowledge_base.search import DEPTH
from wiring.learning import refit
from wiring.services import Services
from wiring.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="The FAQ.")
ExistingFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]


app.command("gaps")(show_gaps)
_SHOWN = 20


@app.command("import")
def import_articles(
    file: ExistingFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Add or replace articles by id from CSV, XLSX, JSON or YAML: all of them, or, with an error, none."""

    async def bring_in(services: Services) -> None:
        imports = services.faq_imports
        started = await imports.start(file.name, file.read_bytes(), "")
        job = await imports.settled(started)
        _say_plan(job)
        if dry_run:
            await imports.cancel(started)
            line("Dry run: nothing was changed.")
            return
        await imports.apply(started)
        with typer.progressbar(length=job.total, label="Importing") as bar:
            while (now := await imports.get(started)).state.is_running:
                bar.update(now.done - bar.pos)
                await asyncio.sleep(0.1)
            bar.update(now.done - bar.pos)
        if now.state is not ImportState.DONE:
            fail("Nothing was changed: " + (now.faults[0].message if now.faults else now.state.value) + ".")
        line(f"Imported {now.total} articles; running processes serve them within a second.")

    with_services(bring_in)


def _say_plan(job: FaqImport) -> None:
    """Every fault with its row, or what would change."""
    if job.plan is None:
        for fault in job.faults:
            place = f"row {fault.row}" if fault.row else "file"
            typer.echo(f"{place}{f', {fault.column}' if fault.column else ''}: {fault.message}", err=True)
        several = f"{len(job.faults)} faults" if len(job.faults) > 1 else "one fault"
        fail(f"Nothing was changed: the file has {several}.")
    line(f"{job.plan.added} new, {job.plan.changed} changed, {job.plan.same} as they are.")
    if job.plan.drafts:
        line(f"{job.plan.drafts} of the new ones have no answer and come in as drafts.")
    if job.plan.ignored:
        line(f"Nothing is read from these columns: {', '.join(job.plan.ignored)}.")
    for warning in job.plan.warnings:
        line(f"row {warning.row}, {warning.column}: {warning.message}")
    for change in job.plan.changes[:_SHOWN]:
        line(f"  {'+' if change.kind == 'added' else '~'} {change.article_id}  {change.title}")
        for name, before, after in change.fields:
            line(f"      {name}: {before!r} -> {after!r}")
    if (more := job.plan.added + job.plan.changed - _SHOWN) > 0:
        line(f"  and {more} more")


@app.command("export")
def export_articles(file: Path) -> None:
    """Write every article to FILE; its ending (.csv .xlsx .json .yaml) says how."""

    async def write(services: Services) -> None:
        articles = await services.store.read(lambda tx: tx.articles.list_all())
        try:
            write_articles(file, articles)
        except OSError as error:
            fail(f"{file} cannot be written: {error.strerror}.")
        line(f"Wrote {len(articles)} articles to {file}.")

    with_services(write)


@app.command("search")
def search(
    text: str,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    language: Annotated[Language | None, typer.Option(help="The asker's; default: seen from the text.")] = None,
) -> None:
    """What a customer asking this would get, and why."""

    async def ask(services: Services) -> None:
        await services.faq.refresh()
        await services.faq.settled()
        result = await look_up(services.faq, text, language)
        line(json.dumps(_as_json(result), ensure_ascii=False) if as_json else _as_text(result))

    with_services(ask)


@app.command("eval")
def evaluate_files(
    articles: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="id,question,answer,language")],
    queries: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="query,expected_id")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    limit_candidates: Annotated[int, typer.Option(help="Entries looked at per signal.")] = DEPTH,
) -> None:
    """Measure search on anybody's files in a throw-away index; the live one is not touched."""
    settings = load_settings()
    encoder = build_encoder(settings.embedding_model, settings.home / "encoders")
    report = evaluate(articles, queries, encoder, limit_candidates=limit_candidates)
    line(report.as_json() if as_json else _table(report))


@app.command("calibrate")
def calibrate(
    save: Annotated[bool, typer.Option("--save", help="Let the suggested calibration serve.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the shipped one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    outside: Annotated[
        float, typer.Option(min=0, max=0.95, help="Expected share of questions that no article answers.")
    ] = round(USUAL_OUTSIDE, 2),
) -> None:
    """Where should answers begin? Cross-validates on this base's own phrasings; writes only with --save or --reset."""

    async def measure(services: Services) -> None:
        if reset:
            now = services.clock.now()
            await services.store.transact(lambda tx: tx.faq_tuning.set_calibration(Calibration(), now))
            line("The shipped calibration serves again.")
            return
        await services.faq.refresh()
        curve = await services.faq.curve(outside)
        if save:
            now = services.clock.now()
            await services.store.transact(lambda tx: tx.faq_tuning.set_calibration(curve.suggested, now))
        line(json.dumps(asdict(curve)) if as_json else _curve_text(curve, saved=save))

    with_services(measure)


@app.command("learn")
def learn() -> None:
    """Refit the search from confirmed pairs now; what is worse on kept-back pairs is not served."""

    async def teach(services: Services) -> None:
        model = await refit(services)
        if model is None:
            fail("Nothing to learn from: too few confirmed pairs (20 are needed).")
        line(
            f"{model.pairs} pairs, {model.kept_back} kept back: {model.before:.3f} found first before, "
            f"{model.after:.3f} after. {'It serves now.' if model.active else 'It is worse, so it does not serve.'}"
        )

    with_services(teach)


def _curve_text(curve: CalibrationCurve, *, saved: bool) -> str:
    cuts = curve.suggested.cuts or curve.current
    rows = [
        f"{curve.asked} held-back phrasings and {curve.outside} questions without an answer were asked.",
        f"An answerable question outscores another in {curve.auroc:.1%} of cases.",
        "answers from   right   wrong   answered though outside   precision",
        *(f"{point.cut:12.2f} {point.right:7.3f} {point.wrong:7.3f} {point.false_answers:25.3f} {point.precision:11.3f}"
          for point in curve.points[4::5]),
        f"Now: answers from {curve.current.answer:.2f}, offers from {curve.current.offer:.2f}.",
        f"{'Serving' if saved else 'Suggested'}: slope {curve.suggested.slope:.2f}, "
        f"shift {curve.suggested.shift:+.2f}, answers from {cuts.answer:.2f}, offers from {cuts.offer:.2f}"
        f"{'.' if saved else '; --save lets it serve.'}",
    ]
    return "\n".join(rows)


def _table(report: EvalReport) -> str:
    values = json.loads(report.as_json())
    return "\n".join(f"{name:15} {value}" for name, value in values.items())


def _as_json(result: FaqResult) -> dict[str, object]:
    return {
        "verdict": result.verdict.value,
        "threshold": round(result.threshold, 4),
        "offer_from": round(result.offer_from, 4),
        "read_as": result.read_as,
        "matches": [
            {"id": match.article_id, "question": match.question, "answer": match.answer,
             "language": match.answer_language.value if match.answer_language else None,
             "score": round(match.score, 4), "signals": dict(match.signals), "shares": dict(match.shares),
             "view": match.view}
            for match in result.matches
        ],
    }


def _as_text(result: FaqResult) -> str:
    rows = [f"{result.verdict.value} (answers from {result.threshold:.2f}, offers from {result.offer_from:.2f})"]
    rows += [f"read as: {result.read_as}"] if result.read_as else []
    for match in result.matches:
        why = ", ".join(f"{name} {match.signals[name]:.2f}" for name in match.signals)
        rows.append(f"  {match.score:.2f}  {match.article_id:24} {match.question}  [{match.view}: {why}]")
    if not result.matches:
        rows.append("  nothing found")
    return "\n".join(rows)
