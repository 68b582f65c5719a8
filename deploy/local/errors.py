"""What can go wrong with the local stack, said so that an operator can mend it.

In: nothing. Out: the one base class; its children stand beside the rules that raise them.
"""


class StackError(Exception):
    """The stack cannot start or go on. The message names the cause and what to do."""
