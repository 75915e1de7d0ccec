"""The source of contenders that misbehave, each in its own way: a toy project for the tests of faults."""

SOURCE = '''
def daemon(run):
    """Fork twice into a session of its own, as daemons do."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            run()
        os._exit(0)


def linger():
    print("PID", os.getpid(), flush=True)
    time.sleep(1000)


def in_own_session(run):
    if os.fork() == 0:
        os.setsid()
        run()


def family():
    """Children that a process group does not hold: a daemon, and sessions nested three deep."""
    if os.fork() == 0:
        linger()
    daemon(linger)
    in_own_session(lambda: (in_own_session(lambda: (in_own_session(linger), linger())), linger()))
    time.sleep(0.3)


class Scores:
    """Correct scores on the validation part, `test` on the test part."""

    num_parameters = 1

    def __init__(self, test):
        self.test, self.calls = test, 0

    def predict(self, graphs):
        self.calls += 1
        return np.zeros((len(graphs), 2)) if self.calls == 1 else self.test(len(graphs))


class Honest(Toy):
    pass

class RaisesInConfigurations(Toy):
    @classmethod
    def configurations(cls, profile):
        raise RuntimeError("no configurations today")

class RaisesInFit(Toy):
    def fit(self, train, valid, context):
        print("about to fail")
        raise ValueError("fit went wrong at graph 7")

class RaisesInPredict(Toy):
    def fit(self, train, valid, context):
        def fail(count):
            raise KeyError("predict went wrong")
        return Scores(fail)

class RaisesUnprintable(Toy):
    def fit(self, train, valid, context):
        raise ValueError("lone surrogate \\ud800 and NUL \\0")

class LeavesAtOnce(Toy):
    def fit(self, train, valid, context):
        os._exit(3)

class ExitsPolitely(Toy):
    def fit(self, train, valid, context):
        sys.exit("I have had enough")

class Hangs(Toy):
    def fit(self, train, valid, context):
        print("PID", os.getpid(), flush=True)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)

class HangsWithChildren(Toy):
    def fit(self, train, valid, context):
        family()
        linger()

class LeavesChildren(Toy):
    def fit(self, train, valid, context):
        family()
        return Constant(train.num_classes)

class EatsMemory(Toy):
    def fit(self, train, valid, context):
        eaten = []
        while True:
            eaten.append(np.ones(4 << 20))
            time.sleep(0.02)

class ChildEatsMemory(Toy):
    def fit(self, train, valid, context):
        if os.fork() == 0:
            print("PID", os.getpid(), flush=True)
            EatsMemory.fit(self, train, valid, context)
        time.sleep(1000)

class Killed(Toy):
    def fit(self, train, valid, context):
        os.kill(os.getpid(), signal.SIGKILL)

class PrintsGarbage(Toy):
    def fit(self, train, valid, context):
        garbage = b"\\xff\\x00\\x1b[31m garbage\\n[1]\\n7\\nnull\\n{}\\n" + b"[" * 5000
        garbage += b'\\n{"event": "failed"}\\n'
        for descriptor in range(256):
            try:
                os.write(descriptor, garbage)
            except OSError:
                pass
        return Constant(train.num_classes)

def forge(line, code):
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, line)
        except OSError:
            pass
    os._exit(code)

class ForgesReport(Toy):
    def fit(self, train, valid, context):
        forge(b'{"event": "failed", "kind": 7}\\n', 1)

class ForgesSuccess(Toy):
    def fit(self, train, valid, context):
        forge(b'{"event": "done"}\\n', 0)

def forge_output(context, content, link=""):
    """Write a report of one's own, as the worker would have, and leave."""
    folder = context.scratch.parent / "output"
    folder.mkdir()
    (folder / "facts.json").write_text(content)
    if link:
        (folder / "scores.npy").symlink_to(link)
    forge(b'{"event": "done"}\\n', 0)

class ForgesFacts(Toy):
    def fit(self, train, valid, context):
        forge_output(context, '{"arrays": [], "facts": [1]}')

class ForgesDepth(Toy):
    def fit(self, train, valid, context):
        forge_output(context, "[" * 100000)

class ForgesCount(Toy):
    def fit(self, train, valid, context):
        facts = {"settings": {}, "valid_loss": 10**400, "configurations_tried": 1, "fit_seconds": 1,
                 "predict_seconds": 1, "parameters": None, "measured": {}, "model": {}, "flags": [], "device": {},
                 "curve": []}
        import json
        forge_output(context, json.dumps({"arrays": [], "facts": facts}))

class ForgesName(Toy):
    def fit(self, train, valid, context):
        forge_output(context, '{"arrays": ["../../../views/targets"], "facts": {}}')

class ForgesLink(Toy):
    def fit(self, train, valid, context):
        forge_output(context, '{"arrays": ["scores"], "facts": {}}', "/etc/passwd")

class NanEverywhere(Toy):
    def fit(self, train, valid, context):
        model = Constant(train.num_classes)
        model.predict = lambda graphs: np.full((len(graphs), 2), np.nan)
        return model

class NanOnTest(Toy):
    def fit(self, train, valid, context):
        return Scores(lambda count: np.full((count, 2), np.nan))

class WrongShape(Toy):
    def fit(self, train, valid, context):
        return Scores(lambda count: np.zeros((count + 1, 2)))

class WrongType(Toy):
    def fit(self, train, valid, context):
        return Scores(lambda count: np.full((count, 2), "yes"))

class Objects(Toy):
    def fit(self, train, valid, context):
        return Scores(lambda count: np.full((count, 2), None))

class NoModel(Toy):
    def fit(self, train, valid, context):
        return None

class WrongEpochs(Toy):
    def fit(self, train, valid, context):
        model = Constant(train.num_classes)
        model.predict_epochs = lambda graphs: np.zeros((3, len(graphs) + 1, 2))
        return model

class EndlessScores(Toy):
    def fit(self, train, valid, context):
        return Scores(lambda count: np.tile([-1e308, 1e308], (count, 1)))

class UndeclaredStream(Toy):
    def fit(self, train, valid, context):
        context.stream("weather")

class CountsTooMuch(Toy):
    def fit(self, train, valid, context):
        model = Constant(train.num_classes)
        model.num_parameters = 10**400
        return model
'''
AT_IMPORT = {
    "raises-at-import": "raise RuntimeError('broken wheel')",
    "exits-at-import": "import sys; sys.exit(5)",
    "no-python": "def (:",
}
