"""A refusal that the person who wrote the request can act on: every problem at once, no stack trace."""


class Refused(Exception):
    """The request or its data cannot be trained on; trying again unchanged gives the same answer."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
