"""A headless Chromium, driven through chromedriver by the W3C WebDriver protocol."""
import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's name for a reference
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
           "--window-size=1400,1000", "--force-color-profile=srgb",
           "--host-resolver-rules=MAP * ~NOTFOUND"]  # whatever asks for a host fails and says so


def missing():
    """What is not installed, or None."""
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return program
    return None


class Browser:
    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="fihost-page-")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        self.session = None
        for line in self.driver.stdout:
            if "successfully on port " in line:
                self.url = "http://127.0.0.1:%d" % int(line.rsplit(" ", 1)[1].strip(" .\n"))
                break
        else:
            raise RuntimeError("chromedriver ended before it listened")
        options = {"args": OPTIONS + ["--user-data-dir=" + self.profile.name],
                   "binary": shutil.which("chromium")}
        found = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = found["sessionId"]

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.profile.cleanup()

    def call(self, method, path, body=None):
        base = self.url + ("/session/" + self.session if self.session else "")
        request = urllib.request.Request(base + path, method=method)
        if method == "POST":
            request.data = json.dumps(body or {}).encode()
        try:
            with DIRECT.open(request, timeout=60) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(path + ": " + error.read().decode()[:2000]) from None

    def open(self, path):
        self.call("POST", "/url", {"url": "file://" + str(path)})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, css):
        return self.call("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def click(self, css):
        self.call("POST", "/element/%s/click" % self.find(css))

    def type(self, css, text):
        self.call("POST", "/element/%s/value" % self.find(css), {"text": text})

    def clear(self, css):
        self.call("POST", "/element/%s/clear" % self.find(css))

    def hover(self, css):
        self.call("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "actions": [
                {"type": "pointerMove", "x": 0, "y": 0, "duration": 0,
                 "origin": {ELEMENT: self.find(css)}}]}]})

    def press(self, key):
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]}]})

    def messages(self):
        """What the console said since the last call."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def wait(self, script, seconds=10):
        deadline = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > deadline:
                raise AssertionError("never true: " + script)
            time.sleep(0.02)
