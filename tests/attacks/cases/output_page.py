"""Prints, raises and names HTML and scripts, for the page that the instructor opens."""

SCRIPT = "<script>gradmark()</script><img src=x onerror=gradmark()><a href='javascript:gradmark()'>here</a>"


class Nasty(Exception):
    pass


Nasty.__name__ = Nasty.__qualname__ = SCRIPT


def mix(x):
    print(SCRIPT)
    raise Nasty(SCRIPT)


def double(x):
    print(SCRIPT)
    return SCRIPT


def train(x, y, x_test, seed):
    return y, {SCRIPT: [float("nan")] * 20}


def constant():
    raise ValueError("</pre></table></body>" + SCRIPT)
