"""`akta searches`: searches that are kept, shared, and watched for news."""

import click

from akta.cli.context import open_archive, print_json, who
from akta.kernel.errors import InvalidError
from akta.records.views import summary
from indexer.model import SORTS
from indexer.saved.news import list_news, unseen, watched
from indexer.saved.searches import SearchDraft, as_data, compose, find_search, list_searches

_SORT = click.Choice(SORTS)


@click.group("searches")
def command() -> None:
    """Saved searches of the person at this command line.

    SEARCH is a saved search's name or number. Sharing gives others the words of the
    search; they find what they themselves may see.
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and search.")
def list_(as_json: bool) -> None:
    """List saved searches, with how many news each has."""
    app = open_archive()
    principal = who()
    with app.database.read() as session:
        fresh, since = unseen(session, principal), watched(session, principal)
        items = [as_data(session, principal, found) for found in list_searches(session, principal)]
    for item in items:
        count, told = fresh.get(item["id"], 0), item["id"] in since
        if as_json:
            print_json({**item, "told": told, "news": count})
        else:
            news = f"{count} new" if count else "watched" if told else "-"
            click.echo(f"{item['id']}  {news:<10} {item['name']}: {item['text']}")
    if not items and not as_json:
        click.echo("There are no saved searches. 'akta searches save NAME QUERY' adds one.")


@command.command("save")
@click.argument("name")
@click.argument("query", nargs=-1, required=True)
@click.option("--sort", type=_SORT, default="relevance", show_default=True)
@click.option("--facet", "facets", multiple=True, metavar="FACET=VALUE", help="A value chosen; repeatable.")
@click.option("--watch", "and_watch", is_flag=True, help="Be told of news at once.")
def save(name: str, query: tuple[str, ...], sort: str, facets: tuple[str, ...], and_watch: bool) -> None:
    """Save QUERY under NAME."""
    chosen: dict[str, list[str]] = {}
    for text in facets:
        facet, sign, value = text.partition("=")
        if not sign:
            raise InvalidError(f"'{text}' is not FACET=VALUE.")
        chosen.setdefault(facet, []).append(value)
    app = open_archive()
    with app.database.write() as session:
        made = app.searches.save(session, who(), SearchDraft(name, " ".join(query), sort, chosen))
        if and_watch:
            session.flush()
            app.news.watch(session, who(), made.id)
        number = made.id
    click.echo(f"Saved as {number}.")


@command.command("change")
@click.argument("search")
@click.option("--name")
@click.option("--query")
@click.option("--sort", type=_SORT)
def change(search: str, name: str | None, query: str | None, sort: str | None) -> None:
    """Rename SEARCH, or change its query or order."""
    if name is None and query is None and sort is None:
        raise InvalidError("Say what is to be changed: --name, --query or --sort.")
    app = open_archive()
    with app.database.write() as session:
        found = find_search(session, who(), search)
        draft = SearchDraft(name or found.name, query or found.query, sort or found.sort, found.facets)
        app.searches.change(session, who(), found.id, draft)
    click.echo("Changed.")


@command.command("run")
@click.argument("search")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and hit.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.pass_context
def run(context: click.Context, search: str, as_json: bool, limit: int) -> None:
    """Run SEARCH. Exit code 0 if something was found, 1 if nothing."""
    app = open_archive()
    with app.database.read() as session:
        found = find_search(session, who(), search)
    text = compose(found.query, found.facets)
    page, records = app.index.search(who(), text, limit=limit, sort=found.sort)
    for record in records:
        if as_json:
            print_json(summary(record))
        else:
            click.echo(f"{record.id}  {record.state:<11} {_clean(record.title)}")
    if not as_json:
        click.echo(f"{page.total} found" + (f", {len(records)} shown" if page.total > len(records) else ""))
    context.exit(0 if records else 1)


@command.command("share")
@click.argument("search")
@click.option("--user", "users", multiple=True, metavar="LOGIN", help="An account; repeatable.")
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="Everybody with a role; repeatable.")
def share(search: str, users: tuple[str, ...], roles: tuple[str, ...]) -> None:
    """Share SEARCH with these people and roles, and nobody else."""
    app = open_archive()
    with app.database.write() as session:
        found = find_search(session, who(), search)
        app.searches.share(session, who(), found.id, users=users, roles=roles)
    click.echo("Shared." if users or roles else "Shared with nobody any more.")


@command.command("watch")
@click.argument("search")
@click.option("--stop", is_flag=True, help="Be told no more, and forget what was told.")
def watch(search: str, stop: bool) -> None:
    """Be told of what is filed from now on and fits SEARCH."""
    app = open_archive()
    with app.database.write() as session:
        found = find_search(session, who(), search)
        if stop:
            app.news.unwatch(session, who(), found.id)
        else:
            app.news.watch(session, who(), found.id)
    click.echo("Stopped." if stop else "'akta searches news' tells what is new.")


@command.command("news")
@click.argument("search")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and record.")
@click.option("--seen", "mark", is_flag=True, help="Mark what is listed as seen.")
@click.option("--all", "everything", is_flag=True, help="Also what was seen.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def news(search: str, as_json: bool, mark: bool, everything: bool, limit: int) -> None:
    """List what is new for SEARCH, the newest first."""
    app = open_archive()
    with app.database.read() as session:
        found = find_search(session, who(), search)
        rows = list_news(session, who(), found.id, seen=everything, limit=limit)
    for record, told in rows:
        if as_json:
            print_json({**summary(record), "told_at": told.at.isoformat()})
        else:
            click.echo(f"{record.id}  {told.at:%Y-%m-%d %H:%M}  {_clean(record.title)}")
    if not rows and not as_json:
        click.echo("Nothing new.")
    if mark and rows:
        with app.database.write() as session:
            app.news.see(session, who(), found.id, records=[record.id for record, _ in rows])


@command.command("delete")
@click.argument("search")
def delete(search: str) -> None:
    """Delete SEARCH; it can be restored for 30 days."""
    app = open_archive()
    with app.database.write() as session:
        found = find_search(session, who(), search)
        app.searches.delete(session, who(), found.id)
    click.echo(f"Deleted. To take it back: akta searches restore {found.id}")


@command.command("restore")
@click.argument("number")
def restore(number: str) -> None:
    """Take the deletion of a search back."""
    app = open_archive()
    with app.database.write() as session:
        app.searches.restore(session, who(), number.strip().lower())
    click.echo("Restored.")


def _clean(text: str) -> str:
    """A title from a paper without characters that would steer a terminal."""
    return "".join(c for c in text if c.isprintable())[:100]
