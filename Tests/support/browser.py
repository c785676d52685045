"""The installed Chromium, headless, as a person uses it."""

from __future__ import annotations

import shutil
from typing import Any, List, Optional

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

#: What Debian's packages chromium and chromium-driver install.
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


class Browser:
    """One window.

    - `dark`: the colour scheme that its user prefers.
    - `width`, `height`: of what is seen of a page; below 500 wide as a phone.
    """

    def __init__(self, width: int = 1280, height: int = 800, dark: bool = False) -> None:
        if BROWSER is None or DRIVER is None:
            raise RuntimeError("no browser here: install chromium and chromium-driver")
        options = Options()
        options.binary_location = BROWSER
        for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})

    def open(self, url: str) -> None:
        self.driver.get(url)

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script gives that runs in the page."""
        return self.driver.execute_script(script, *arguments)

    def text(self, selector: str) -> Optional[str]:
        """What is read in the first such element; None: it is not there, or hidden."""
        return self.run(
            """const found = document.querySelector(arguments[0]);
            return found && found.checkVisibility() ? found.innerText.trim() : null""",
            selector,
        )

    def texts(self, selector: str) -> List[str]:
        return self.run(
            "return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText.trim())", selector
        )

    def press(self, words: str) -> None:
        """Presses the button that reads so."""
        found = self.run(
            """return [...document.querySelectorAll('button')]
                .find((one) => one.checkVisibility() && one.innerText.trim() === arguments[0])""",
            words,
        )
        assert found, f"no button {words!r} among {self.texts('button')}"
        found.click()

    def complaints(self) -> List[str]:
        """What the page has complained of since the last time, on the console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def close(self) -> None:
        self.driver.quit()
