"""`python -m demo`: start everything, feed the demo's posts, show the province's ratios.

In: a command line. Out: exit code 0, or 1 and one clear message on standard error.
"""

import signal

if __name__ == "__main__":
    # While the libraries are being loaded nothing runs that Ctrl-C would have to stop; Python's
    # own answer to it would be a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from demo.command import app

    app(prog_name="python -m demo")
