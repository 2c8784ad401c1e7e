# SPDX-License-Identifier: Apache-2.0
#
# The mutants of a C source: where it can be changed in one place, and how.
#
# The text is cut into tokens; comments, directives, and calls that only say
# something or assert are left out.  The layout of the project is relied on:
# a function's body begins with "{", and ends with "}", in the first column.
# What a mutant changes is named by its words, not by the number of its line,
# so that its ID stays the same when something else in the file changes.

"""What can be changed in a C source."""

import bisect
import hashlib
import re

TOKEN = re.compile(r"""
    (?P<skip>\s+|/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<number>\d(?:[eEpP][-+]|[\w.])*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
    """, re.S | re.M | re.X)
NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)\Z")
FLAG = re.compile(r"[A-Z][A-Z0-9_]*\Z")

# Calls that are not of the program's work

QUIET = re.compile(r"(DEBUG)?(ASSERT|PANIC|VERIFY)\Z|static_assert\Z|"
                   r"(iob|n|_)(err|warn|info)\Z|syslog\Z|UNUSED\Z")
CONTROL = ("if", "while", "for", "switch")
KEYWORDS = CONTROL + ("return", "case", "goto", "else", "do", "sizeof",
                      "break", "continue", "default")
TYPES = ("void", "char", "short", "int", "long", "unsigned", "signed",
         "struct", "union", "enum", "bool", "const", "static", "volatile",
         "FAR", "register", "extern", "float", "double", "typedef")

RELATIONS = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="),
             ">=": (">", "<"), "==": ("!=",), "!=": ("==",)}
OTHERS = {"&&": ("logic", "||"), "||": ("logic", "&&"),
          "<<": ("shift", ">>"), ">>": ("shift", "<<"),
          "+=": ("arithmetic", "-="), "-=": ("arithmetic", "+="),
          "++": ("arithmetic", "--"), "--": ("arithmetic", "++"),
          "|=": ("bits", "&="), "&=": ("bits", "|=")}
BINARY = {"+": ("arithmetic", "-"), "-": ("arithmetic", "+"),
          "&": ("bits", "|"), "|": ("bits", "&")}
JUMPS = ("return", "break", "continue", "goto")

# Of these, the order of the arguments does not matter

SYMMETRIC = ("MIN", "MAX", "IN_SET")


class Token:
    """A word of C, and where it is."""

    def __init__(self, kind, text, begin):
        self.kind = kind
        self.text = text
        self.begin = begin
        self.end = begin + len(text)


class Mutant:
    """A change of text[begin:end] to "new"."""

    def __init__(self, file, function, kind, begin, end, new):
        self.file = file
        self.function = function
        self.kind = kind
        self.begin = begin
        self.end = end
        self.new = new
        self.line = 0             # Filled in by mutants_of()
        self.old = ""
        self.name = ""            # The ID
        self.before = []          # The lines, without and with it
        self.after = []

    def apply(self, text):
        """The source with the mutant; as many lines as without."""

        gap = "\n" * text.count("\n", self.begin, self.end)
        return text[:self.begin] + self.new + gap + text[self.end:]

    def where(self):
        """For people."""

        return f"{self.file}:{self.line}"

    def diff(self):
        """For people: which lines are changed to what."""

        return "\n".join([f"@ {self.where()} {self.function}"] +
                         [f"- {line}" for line in self.before] +
                         [f"+ {line}" for line in self.after])


def tokens_of(text):
    """The tokens of a source, without blanks, comments and directives."""

    return [Token(match.lastgroup, match.group(), match.start())
            for match in TOKEN.finditer(text) if match.lastgroup != "skip"]


def pairs_of(tokens):
    """{index of a bracket: index of the other one}."""

    pairs = {}
    stack = []
    for index, token in enumerate(tokens):
        if token.text in ("(", "[", "{"):
            stack.append(index)
        elif token.text in (")", "]", "}") and stack:
            pairs[index] = stack.pop()
            pairs[pairs[index]] = index
    return pairs


class Finder:
    """Finds the mutants of a source."""

    def __init__(self, file, text):
        self.file = file
        self.text = text
        self.tokens = tokens_of(text)
        self.pairs = pairs_of(self.tokens)
        self.function = ""
        self.found = []

    def at_margin(self, index):
        """Does a token stand in the first column?"""

        begin = self.tokens[index].begin
        return begin == 0 or self.text[begin - 1] == "\n"

    def word(self, index):
        """The text of a token; "" if there is none."""

        return self.tokens[index].text if 0 <= index < len(self.tokens) \
            else ""

    def kind(self, index):
        """Its kind."""

        return self.tokens[index].kind if 0 <= index < len(self.tokens) \
            else ""

    def add(self, kind, first, last, new):
        """A mutant: the tokens from first to last become "new"."""

        self.found.append(Mutant(self.file, self.function, kind,
                                 self.tokens[first].begin,
                                 self.tokens[last].end, new))

    def find(self):
        """All of them, in the order of the text."""

        index = 0
        while index < len(self.tokens):
            if self.word(index) == "{" and self.at_margin(index) and \
                    self.word(index - 1) == ")" and index in self.pairs:
                self.function = self.word(self.pairs.get(index - 1, 0) - 1)
                self.body(index + 1, self.pairs[index])
                index = self.pairs[index]
            index += 1
        return self.found

    def body(self, begin, end):
        """Those of a function."""

        index = begin
        while index < end:
            if QUIET.match(self.word(index)) and self.word(index + 1) == "(":
                index = self.pairs[index + 1]
            else:
                self.operator(index)
                self.constant(index)
                self.condition(index)
                self.arguments(index)
                if self.begins_statement(index):
                    self.statement(index, begin)
            index += 1

    # Operators and constants

    def is_cast(self, index):
        """Is this ")" the end of a cast?"""

        inside = [self.tokens[at]
                  for at in range(self.pairs.get(index, index) + 1, index)]
        return bool(inside) and \
            all(token.kind == "name" or token.text == "*"
                for token in inside) and \
            any(token.text in TYPES or token.text.endswith("_t")
                for token in inside) and \
            self.word(self.pairs[index] - 1) != "sizeof"

    def is_binary(self, index):
        """Has this operator something on its left?"""

        before = self.tokens[index - 1]
        if before.text == ")":
            return not self.is_cast(index - 1)
        return before.text == "]" or before.kind in ("number", "string") or \
            (before.kind == "name" and before.text not in KEYWORDS)

    def operator(self, index):
        """Another one instead."""

        text = self.word(index)
        for new in RELATIONS.get(text, ()):
            self.add("relation", index, index, new)
        if text in OTHERS:
            kind, new = OTHERS[text]
            self.add(kind, index, index, new)
        if text in BINARY and self.is_binary(index):
            kind, new = BINARY[text]
            self.add(kind, index, index, new)
            self.mask(index, text)
        if text == "!":
            self.add("negation", index, index, "")

    def mask(self, index, text):
        """A neighbouring bit."""

        word = self.word(index + 1)
        if text in ("&", "|") and self.word(index + 2) != "(" and \
                (FLAG.match(word) or word[:2] in ("0x", "0X")):
            self.add("mask", index + 1, index + 1, f"({word} << 1)")

    def constant(self, index):
        """One more, one less, 0."""

        text = self.word(index)
        if text in ("true", "false"):
            self.add("constant", index, index,
                     "false" if text == "true" else "true")
        match = NUMBER.match(text)
        if not match or self.kind(index) != "number" or \
                (self.word(index - 1) == "[" and self.in_declaration(index)):
            return
        value = int(match.group(1), 0 if match.group(1)[:2] in ("0x", "0X")
                    else 10)
        for new in sorted({value + 1, max(0, value - 1), 0} - {value}):
            self.add("constant", index, index, f"{new}{match.group(2)}")

    def in_declaration(self, index):
        """Is a token part of one?"""

        while index > 0 and self.word(index - 1) not in (";", "{", "}"):
            index -= 1
        return self.is_declaration(index)

    # Conditions and arguments

    def condition(self, index):
        """if (a && b): if (!(a && b)).  Those of one comparison, or with a
        "!" of their own, are changed at their operators."""

        if self.word(index) not in ("if", "while") or \
                self.word(index + 1) != "(":
            return
        first, last = index + 2, self.pairs[index + 1] - 1
        top = []
        at = first
        while at <= last:
            top.append(self.word(at))
            at = self.pairs[at] if self.word(at) in ("(", "[") else at
            at += 1
        if not set(top) & {"&&", "||"} and \
                (set(top) & set(RELATIONS) or top[0] == "!"):
            return
        text = self.text[self.tokens[first].begin:self.tokens[last].end]
        if "\n" not in text:
            self.add("condition", first, last, f"!({text})")

    def arguments(self, index):
        """f(a, b): f(b, a), if both are plain; the compiler refuses them if
        one is a pointer and the other is not."""

        name = self.word(index)
        if self.kind(index) != "name" or name in KEYWORDS or \
                name in SYMMETRIC or self.word(index + 1) != "(":
            return
        args = []                 # (first, last) of each
        first = at = index + 2
        end = self.pairs[index + 1]
        while at <= end:
            if self.word(at) == "," or at == end:
                args.append((first, at - 1))
                first = at + 1
            elif self.word(at) in ("(", "[", "{"):
                at = self.pairs[at]
            at += 1
        for one, two in zip(args, args[1:]):
            texts = [self.text[self.tokens[arg[0]].begin:
                               self.tokens[arg[1]].end] for arg in (one, two)
                     if arg[0] <= arg[1]]
            if len(texts) == 2 and texts[0] != texts[1] and \
                    all(re.fullmatch(r"\w+((->|\.)\w+)*", text)
                        for text in texts):
                self.add("arguments", one[0], two[1],
                         f"{texts[1]}, {texts[0]}")

    # Statements

    def begins_statement(self, index):
        """Can a statement begin with this token?"""

        before = self.word(index - 1)
        if before in ("{", "}", ";", "else", "do"):
            return not self.in_parentheses(index)
        if before == ")":
            opened = self.pairs.get(index - 1, 0)
            return self.word(opened - 1) in CONTROL and \
                self.word(index) != ";"
        return before == ":" and \
            self.word(index - 2) != "?" and self.is_label(index - 1)

    def in_parentheses(self, index):
        """for (a; b; c): b and c are no statements."""

        at = index - 1
        while at >= 0 and self.word(at) not in ("{", "}"):
            if self.word(at) in (")", "]"):
                at = self.pairs.get(at, at)
            elif self.word(at) == "(":
                return True
            at -= 1
        return False

    def is_label(self, index):
        """Is this ":" behind a label, and not behind a "?"?"""

        at = index - 1
        while self.word(at) not in (";", "{", "}", ":", ""):
            if self.word(at) == "?":
                return False
            if self.word(at) in ("case", "default"):
                return True
            at -= 1
        return index - at == 2

    def is_declaration(self, index):
        """Is the statement one?"""

        if self.word(index) in TYPES:
            return True
        at = index + 1
        while self.word(at) == "*":
            at += 1
        return self.kind(index) == "name" and \
            self.word(index) not in KEYWORDS and self.kind(at) == "name" and \
            (at == index + 1 or self.word(index).endswith("_t"))

    def statement(self, index, body):
        """Without it."""

        word = self.word(index)
        if word not in JUMPS and (word in KEYWORDS or word in ("{", ";", "}")
                                  or QUIET.match(word)
                                  or self.is_declaration(index)):
            return
        end = index
        while self.word(end) != ";":
            if self.word(end) in ("{", "}", ""):
                return
            end = self.pairs[end] if self.word(end) in ("(", "[") else end
            end += 1
        if self.word(index + 1) == ":":
            return                # A label of goto
        if word in JUMPS:
            if not self.nested(index, body):
                return
            self.add("jump", index, end, ";")
        else:
            self.add("statement", index, end, ";")

    def nested(self, index, body):
        """Is it inside of a block, or behind an if?"""

        depth = 0
        for at in range(body, index):
            depth += (self.word(at) == "{") - (self.word(at) == "}")
        return depth > 0 or self.word(index - 1) in (")", "else")


def squeeze(text):
    """With one blank for each run of white space."""

    return " ".join(text.split())


def mutants_of(file, text):
    """The mutants of a source, in the order of its text."""

    found = Finder(file, text).find()
    found.sort(key=lambda mutant: (mutant.begin, mutant.end, mutant.new))
    starts = [0] + [at + 1 for at, char in enumerate(text) if char == "\n"]
    lines = text.split("\n")
    seen = {}
    for mutant in found:
        first = bisect.bisect(starts, mutant.begin) - 1
        last = bisect.bisect(starts, mutant.end) - 1
        mutant.line = first + 1
        mutant.old = squeeze(text[mutant.begin:mutant.end])
        mutant.before = lines[first:last + 1]
        mutant.after = [
            line for line in
            (text[starts[first]:mutant.begin] + mutant.new +
             text[mutant.end:starts[last]] + lines[last][
                 max(0, mutant.end - starts[last]):]).split("\n")
            if line.strip()]
        key = "|".join((file, mutant.function, mutant.kind, mutant.old,
                        squeeze(mutant.new), squeeze(lines[first])))
        seen[key] = seen.get(key, 0) + 1
        mutant.name = hashlib.sha1(
            f"{key}|{seen[key]}".encode()).hexdigest()[:8]
    return found
