# SPDX-License-Identifier: MIT
"""A headless Chromium, by the W3C's WebDriver protocol: open a page, look for elements, take a picture."""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def is_there():
    return bool(shutil.which("chromedriver") and shutil.which("chromium"))


class Browser:
    def __init__(self, width=1280, height=1100):
        self.folder = tempfile.mkdtemp()
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True,
                                       env={**os.environ, "HOME": self.folder})
        for line in self.driver.stdout:
            if found := re.search(r"successfully on port (\d+)", line):
                self.at = f"http://127.0.0.1:{found[1]}"
                break
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                            f"--user-data-dir={self.folder}", f"--window-size={width},{height}"]}
        session = self.ask("/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
        self.at += f"/session/{session['sessionId']}"

    def ask(self, path, value=None, method="POST"):
        data = json.dumps({} if value is None else value).encode() if method == "POST" else None
        request = urllib.request.Request(self.at + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from None

    def open(self, url):
        self.ask("/url", {"url": url})

    def run(self, script, *arguments):
        """The value that a script returns."""
        return self.ask("/execute/sync", {"script": script, "args": list(arguments)})

    def texts(self, selector):
        return self.run("return Array.from(document.querySelectorAll(arguments[0]), e => e.textContent)", selector)

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def complaints(self):
        """What the console has of errors."""
        return [one["message"] for one in self.ask("/se/log", {"type": "browser"}) if one["level"] == "SEVERE"]

    def prefer(self, scheme):
        self.ask("/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]}})

    def picture(self, path):
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.ask("/screenshot", method="GET")))

    def close(self):
        try:
            self.ask("", method="DELETE")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            shutil.rmtree(self.folder, ignore_errors=True)
