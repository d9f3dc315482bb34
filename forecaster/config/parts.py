"""What the schema is made of: strict mappings, and values of which the YAML names one by its only key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from forecaster.errors import quoted

_LONGEST_GUESS = 64  # characters: nothing longer was meant to be a key
REFUSED = "forecaster"  # the type of pydantic's error where the words are ours


class Part(BaseModel):
    """A frozen, strict mapping that refuses keys it does not know."""

    # Validators are built when the first YAML is read, and only the outermost one: importing stays quick.
    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, defer_build=True, serialize_by_alias=True
    )

    def written(self) -> Any:
        """What people write for it, one level deep: every key with its value, unless there is a shorter form."""
        return {info.alias or name: getattr(self, name) for name, info in type(self).model_fields.items()}


class Refusal(NamedTuple):
    """What a validator has against a value: what is wrong, what to do, and where below the value it is."""

    what: str
    hint: str
    at: tuple[str | int, ...] = ()


def refuse(what: str, *, hint: str, at: tuple[str | int, ...] = ()) -> PydanticCustomError:
    """What a validator raises.

    Args:
        what: What is wrong, with the value received.
        hint: What to do about it.
        at: The keys below the value that the complaint should point to.
    """
    return refuse_all([Refusal(what, hint, at)])


def refuse_all(refusals: Sequence[Refusal]) -> PydanticCustomError:
    """Several refusals as the one error that a validator can raise."""
    told = "\n".join(f"{refusal.what}; {refusal.hint}" for refusal in refusals)
    return PydanticCustomError(REFUSED, "{told}", {"told": told, "refusals": tuple(refusals)})


def closest(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str | None:
    """The known word that `word` was probably meant to be.

    >>> closest("lookbak", ("lookback", "horizon"))
    'lookback'
    """
    from difflib import get_close_matches

    if len(word) > _LONGEST_GUESS:
        return None
    folded = {name.lower().replace("-", "_"): name for name in known}
    matches = get_close_matches(word.lower().replace("-", "_"), list(folded), n=1, cutoff=0.7)
    return folded[matches[0]] if matches else None


def bare(outside: object, *, longest: int = 120) -> str:
    r"""A string from outside on one line, as `quoted` but without quotes around it.

    >>> bare('a="b"\n')
    'a="b"\\n'
    """
    return quoted(outside, longest=longest)[1:-1].replace('\\"', '"')


@dataclass(frozen=True)
class Words:
    """How an error and the reference call a value that has no better name than its type."""

    text: str


@dataclass(frozen=True, eq=False)
class Before:
    """A function that brings what people write into the one form that the schema keeps.

    Args:
        change: From what is written to what is kept; anything that it does not know is returned as it is.
        words: What may be written, in words.
        also: What may be written besides what is kept, as JSON Schema.
    """

    change: Callable[[Any], Any]
    words: str
    also: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.change, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [dict(self.also), handler(core)]}


@dataclass(frozen=True, eq=False)
class Choice:
    """One of several kinds, each a mapping of one key, or a word: `cosine: {warmup: 0.1}`, `cosine`, `constant`.

    Args:
        noun: What they are kinds of.
        kinds: The keys.
        words: Words that stand alone and have no options.
        bare: What follows a kind that is written without options; an empty mapping where it is not named here.
    """

    noun: str
    kinds: tuple[str, ...]
    words: tuple[str, ...] = ()
    bare: Mapping[str, Any] = field(default_factory=dict)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.normal, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(dict.fromkeys((*self.words, *self.kinds)))}, handler(core)]}

    @property
    def known(self) -> tuple[str, ...]:
        """Every word and kind, once."""
        return tuple(dict.fromkeys((*self.words, *self.kinds)))

    def normal(self, value: Any) -> Any:
        """A kind as a mapping of one key, a word as itself."""
        if isinstance(value, Part) or (isinstance(value, str) and value in self.words):
            return value
        if isinstance(value, str):
            return {self._kind(value): self.bare.get(value, {})}
        if not isinstance(value, dict) or not value:
            raise refuse(f"must name one {self.noun}, got {shown(value)}", hint=self._listed())
        if len(value) > 1:
            keys = " and ".join(quoted(key, longest=30) for key in list(value)[:3])
            raise refuse(f"{len(value)} keys, {keys}, where one {self.noun} belongs", hint=self._apart(list(value)))
        ((kind, options),) = value.items()
        return {self._kind(kind): self.bare.get(kind, {}) if options is None else options}

    def tag(self, value: Any) -> str | None:
        """What tells the kinds apart, for pydantic's `Discriminator`."""
        if isinstance(value, Part):
            return next(iter(type(value).model_fields))
        return next(iter(value)) if isinstance(value, dict) else str(value)

    def _kind(self, kind: Any) -> str:
        if kind in self.kinds:
            return str(kind)
        near = closest(str(kind), self.known)
        guess = f"did you mean {quoted(near)}? " if near else ""
        if kind in self.words:
            raise refuse(f"{quoted(kind)} has no options", hint=f"write the word alone: {kind}", at=(str(kind),))
        raise refuse(f"unknown {self.noun} {quoted(kind)}", hint=guess + self._listed(), at=(str(kind),))

    def _listed(self) -> str:
        return f"known are {', '.join(self.known)}"

    def _apart(self, keys: list[Any]) -> str:
        if self.noun == "layer" and all(key in self.kinds for key in keys):
            return "give each layer its own line that starts with a dash"
        return f"keep one of them; {self._listed()}, and options are indented below"


def shown(value: Any) -> str:
    """A value as a message repeats it.

    >>> shown("24"), shown(None), shown({"a": 1}), shown(())
    ('the text "24"', 'null', 'a mapping (a)', 'an empty list')
    """
    if isinstance(value, str):
        return f"the text {quoted(value, longest=60)}"
    if isinstance(value, dict):
        return f"a mapping ({', '.join(bare(key, longest=30) for key in list(value)[:3])})" if value else "{}"
    if isinstance(value, tuple | list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return bare(value, longest=40)
