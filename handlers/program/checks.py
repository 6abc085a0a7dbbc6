"""Everything that can be wrong with a program whose tables could be read."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Final

from handlers.program.facts import REST, UNANSWERED, Condition, holds, is_country
from handlers.program.shape import READ, Block, Bullet, Kind, Program, Question

IDENTIFIER: Final = re.compile(r"[a-z0-9_]+")
ARG: Final = re.compile(r"[A-Za-z0-9_]{1,22}")
"""What a button can carry as its arg (see `handlers.model.Button`)."""
BULLETS: Final = 5
CHECKS: Final = 7
"""Lines of a checklist: more are not ticked but skipped, and each has a button."""
CHECK: Final = 15
"""Characters of a checklist's line: with the case's reference and a dot before it, a button carries it back."""
TOPIC_LETTERS: Final = 60
"""Of all topics' ids together: so every sealed subscription has the same length, whatever was chosen."""

Vocabulary = Mapping[str, frozenset[str]]


def faults_of(program: Program) -> list[str]:
    """Every fault, one line each, file first."""
    checks: tuple[Callable[[Program], Iterator[str]], ...] = (
        _ids,
        _lists,
        _topics,
        _countries,
        _questions,
        _reach,
        _known_facts,
        _triage,
        _clocks,
        _conditions,
        _blocks,
        _guided,
        _answers,
        _checklists,
    )
    return [fault for check in checks for fault in check(program)]


def vocabulary(program: Program) -> Vocabulary:
    """Every fact that a condition may name, with its values."""
    asked = {question.id: frozenset(question.options) for question in program.questions if question.options}
    known = {fact: frozenset(values) for fact, values in program.facts.items()}
    lists = dict.fromkeys(program.lists, frozenset(("yes", "no")))
    return {**asked, **known, **lists, REST: frozenset(("yes", "no")), "category": frozenset(program.categories)}


def _repeated(items: Iterable[str]) -> list[str]:
    return [item for item, count in Counter(items).items() if count > 1]


def _ids(program: Program) -> Iterator[str]:
    named = {
        "form.toml: question": [question.id for question in program.questions],
        "taxonomy.toml: category": program.categories,
        "taxonomy.toml: topic": program.topics,
        "triage.toml: fact": tuple(program.facts),
        "guidance.toml: block": [block.id for block in program.guidance],
        "desk.toml: answer": [answer.id for answer in program.answers],
    }
    for place, ids in named.items():
        yield from (f"{place} {id}: is there twice" for id in _repeated(ids))
        yield from (f"{place} {id}: an id has only a-z, 0-9 and _" for id in ids if not IDENTIFIER.fullmatch(id))


def _lists(program: Program) -> Iterator[str]:
    taken = {"emergency", *program.facts, *(question.id for question in program.questions)}
    yield from (
        f"taxonomy.toml: groups: {name} is the name of another fact" for name in program.groups if name in taken
    )


def _topics(program: Program) -> Iterator[str]:
    yield from (f"taxonomy.toml: topic {id}: does not fit a button" for id in program.topics if not ARG.fullmatch(id))
    if not program.topics:
        yield "taxonomy.toml: topics: at least one is needed"
    if sum(map(len, program.topics)) > TOPIC_LETTERS:
        yield f"taxonomy.toml: topics: the ids have more than {TOPIC_LETTERS} letters together"


def _countries(program: Program) -> Iterator[str]:
    lists = {"countries": program.countries, "origins": program.origins, "hosts": program.hosts, **program.groups}
    for name, codes in lists.items():
        yield from (f"taxonomy.toml: {name}: {code} is there twice" for code in _repeated(codes))
        unknown = [code for code in codes if not is_country(code) or code not in program.countries]
        yield from (f"taxonomy.toml: {name}: {code} is not one of the countries" for code in unknown)
    without = [host for host in program.hosts if not program.emergency.get(host)]
    yield from (f"emergency.toml: the offered host {host} has no emergency number" for host in without)


def _questions(program: Program) -> Iterator[str]:
    missing = [id for id in ("danger", "category") if program.question(id) is None]
    yield from (f"form.toml: the question {id} is missing" for id in missing)
    if sum(question.kind is Kind.WORDS for question in program.questions) != 1:
        yield "form.toml: exactly one question takes own words"
    for question in program.questions:
        yield from (f"form.toml: question {question.id}: {fault}" for fault in _question(question))


def _question(question: Question) -> Iterator[str]:
    for arg in (question.id, *question.options):
        if not ARG.fullmatch(arg):
            yield f"{arg} does not fit a button: at most 22 of A-Z, a-z, 0-9 and _"
    yield from (f"option {value} is there twice" for value in _repeated(question.options))
    yield from (f"alone names {value}, which is no option" for value in question.alone if value not in question.options)
    if (question.kind is Kind.WORDS) == bool(question.options):
        yield "own words have no options, every other kind needs them"
    if question.kind is not Kind.MULTI and (question.alone or question.most):
        yield "alone and most belong to a multi"
    if question.most < 0:
        yield "most is not negative"


def _reach(program: Program) -> Iterator[str]:
    """Questions whose condition can never hold when their turn comes."""
    before: dict[str, Question] = {}
    for question in program.questions:
        where = f"form.toml: question {question.id}"
        for fact in question.when:
            asks = "host" if fact in program.lists else "danger" if fact == REST else fact
            if asks not in before:
                yield f"{where}: is unreachable, {asks} is not asked before it"
        if any(not values for values in _needs(question, before).values()):
            yield f"{where}: is unreachable, its conditions exclude each other"
        before[question.id] = question


def _needs(question: Question, before: Mapping[str, Question]) -> dict[str, frozenset[str]]:
    """Fact -> values that it may have for the question, and for those that it follows from, to be asked."""
    needs: dict[str, frozenset[str]] = {}
    for fact, wanted in question.when.items():
        needs[fact] = needs.get(fact, frozenset(wanted)) & frozenset(wanted)
        earlier = before.get(fact)
        for other, values in (_needs(earlier, before) if earlier else {}).items():
            many = other in before and before[other].kind is Kind.MULTI
            needs[other] = values if many else needs.get(other, values) & values
    return needs


def _known_facts(program: Program) -> Iterator[str]:
    """A question that triage knows offers nothing that triage does not know."""
    for question in program.questions:
        known = program.facts.get(question.id, question.options)
        strange = [value for value in question.options if value not in known]
        yield from (f"form.toml: question {question.id}: triage does not know the option {value}" for value in strange)


def _triage(program: Program) -> Iterator[str]:
    if set(program.bands) != {"P2", "P3"}:
        yield "triage.toml: bands: needs exactly P2 and P3, for P1 comes only from a floor"
    bands = program.bands
    if bands.get("P2", 1) <= bands.get("P3", 0):
        yield "triage.toml: bands: P2 must begin above P3"
    for fact, points in program.points.items():
        yield from (f"triage.toml: points.{fact}.{value}: is negative" for value in points if points[value] < 0)
    for floor in program.floors:
        if bool(floor.fewer) != bool(floor.of) or bool(floor.when) == bool(floor.of):
            yield f"triage.toml: floors {floor.rule}: needs either when, or fewer and of"


def _clocks(program: Program) -> Iterator[str]:
    """Somebody is called in the end, in time, and sooner for what is more urgent."""
    if set(program.clocks) != {"P1", "P2", "P3", "P4"}:
        yield "triage.toml: clocks: needs exactly P1, P2, P3, P4"
    for level, clock in program.clocks.items():
        where = f"triage.toml: clocks.{level}"
        if min(clock.reply, clock.idle, clock.admins) < 1 or min((clock.second, clock.duty, *clock.remind)) < 0:
            yield f"{where}: reply, idle and admins are minutes above 0, the others are not negative"
        if not clock.remind or list(clock.remind) != sorted(set(clock.remind)) or not clock.remind[0]:
            yield f"{where}: remind needs minutes above 0, each after the one before"
    replies = [program.clocks[level].reply for level in sorted(program.clocks)]
    if replies != sorted(replies):
        yield "triage.toml: clocks: a more urgent level is answered sooner, or as soon"


def _conditions(program: Program) -> Iterator[str]:
    known = vocabulary(program)
    for place, condition in _all_conditions(program):
        for fact, values in condition.items():
            if fact not in known:
                yield f"{place}: unknown fact {fact}"
                continue
            strange = [value for value in values if value not in known[fact] and value != UNANSWERED]
            yield from (f"{place}: {fact} has no value {value}" for value in strange)
            if not values:
                yield f"{place}: {fact} lists no value, so it never holds"


def _all_conditions(program: Program) -> Iterator[tuple[str, Condition]]:
    for question in program.questions:
        yield f"form.toml: question {question.id}", question.when
    for floor in program.floors:
        yield f"triage.toml: floors {floor.rule}", {**floor.when, **floor.of}
    yield "triage.toml: points", {fact: tuple(points) for fact, points in program.points.items()}
    for block in program.guidance:
        yield f"guidance.toml: block {block.id}", block.when
        for bullet in block.bullets:
            yield f"guidance.toml: block {block.id}, bullet {bullet.id}", bullet.when


def _blocks(program: Program) -> Iterator[str]:
    for block in program.guidance:
        yield from (f"guidance.toml: block {block.id}: {fault}" for fault in _block(block, vocabulary(program)))


def _block(block: Block, known: Vocabulary) -> Iterator[str]:
    if not block.when:
        yield "needs a condition"
    if not block.sources or not all(block.sources) or not block.authority:
        yield "needs sources and an authority"
    if block.expires <= block.reviewed_on:
        yield "expires before it was reviewed"
    yield from (f"bullet {id} is there twice" for id in _repeated(bullet.id for bullet in block.bullets))
    wrong = [bullet.id for bullet in block.bullets if not IDENTIFIER.fullmatch(bullet.id)]
    yield from (f"bullet {id}: an id has only a-z, 0-9 and _" for id in wrong)
    counts = [len(bullets) for bullets in bullets_together(block, known)]
    fewest, most = min(counts), max(counts)
    if not 1 <= fewest <= most <= BULLETS:
        yield f"shows {fewest} to {most} bullets, but 1 to {BULLETS} fit a frightened reader"


def bullets_together(block: Block, known: Vocabulary) -> Iterator[list[Bullet]]:
    """The bullets that are shown together, for each combination of answers that decides about them."""
    facts = sorted({fact for bullet in block.bullets for fact in bullet.when if fact in known})
    cases = product(*(((value,) for value in sorted(known[fact] | {UNANSWERED})) for fact in facts))
    for given in (dict(zip(facts, case, strict=True)) for case in cases):
        yield [bullet for bullet in block.bullets if holds(bullet.when, given)]


def _guided(program: Program) -> Iterator[str]:
    guided = {category for block in program.guidance for category in block.when.get("category", ())}
    without = [category for category in program.categories if category not in guided]
    yield from (f"guidance.toml: the category {category} has no guidance" for category in without)
    if not any("danger" in block.when for block in program.guidance):
        yield "guidance.toml: there is no block for danger"


def _answers(program: Program) -> Iterator[str]:
    if READ not in (answer.id for answer in program.answers):
        yield f"desk.toml: the answer {READ} is missing"
    for answer in program.answers:
        strange = [category for category in answer.categories if category not in program.categories]
        yield from (f"desk.toml: answer {answer.id}: there is no category {category}" for category in strange)
        if not ARG.fullmatch(answer.id):
            yield f"desk.toml: answer {answer.id}: does not fit a button"


def _checklists(program: Program) -> Iterator[str]:
    for category, lines in program.checklists.items():
        where = f"desk.toml: checklists.{category}"
        if category not in program.categories:
            yield f"{where}: there is no such category"
        if not 1 <= len(lines) <= CHECKS:
            yield f"{where}: has {len(lines)} lines, but 1 to {CHECKS} fit a phone"
        yield from (f"{where}: {line} is there twice" for line in _repeated(lines))
        long = (line for line in lines if not ARG.fullmatch(line) or len(line) > CHECK)
        yield from (f"{where}: {line} does not fit a button" for line in long)
